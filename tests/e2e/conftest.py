"""A whole f1stream as its users run it, and a real Chromium."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    async_playwright,
)

from tests.origin.fixtures import programme

__all__ = ["Running", "browser", "page", "phone", "programme", "serving"]

CHROMIUM = Path(__file__).parents[2] / ".setup" / "chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(autouse=True)
def no_blocking_calls() -> None:
    """The product runs in a process of its own here."""


@dataclass(frozen=True)
class Running:
    """A serving f1stream and where it is."""

    url: str
    process: Process


@asynccontextmanager
async def serving(folder: Path, *arguments: str, configuration: str = "") -> AsyncIterator[Running]:
    """`f1stream serve` in a process of its own, on a free port, stopped by SIGTERM at the end."""
    file = folder / "f1stream.toml"
    file.write_text(configuration)
    environ = {
        **os.environ,
        "F1STREAM_DATA__DIR": str(folder / "data"),
        "F1STREAM_SCHEDULE__ENABLED": "false",
        "F1STREAM_VERIFY__ENABLED": "false",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "f1stream", "serve", "--config", str(file)),
        *("--host", "127.0.0.1", "--port", "0", *arguments),
        stdout=PIPE,
        env=environ,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://\S+", line)
        assert found, f"no address in {line!r}"
        yield Running(found[0], process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await process.communicate()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium: the one that the set-up found."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM.read_text().strip(), args=FLAGS
        )
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that fails the test on an uncaught error or a violated policy."""
    async with watched(await browser.new_context()) as page:
        yield page


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """The same in the hand: small, and touched."""
    size: ViewportSize = {"width": 390, "height": 844}
    context = await browser.new_context(viewport=size, is_mobile=True, has_touch=True)
    async with watched(context) as page:
        yield page


@asynccontextmanager
async def watched(context: BrowserContext) -> AsyncIterator[Page]:
    """A page of `context`, closed at the end; what it complained of fails the test."""
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    await context.close()
    assert complaints == []
