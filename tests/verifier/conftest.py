"""An f1stream whose streams a browser can be sent to, and streams to send it to."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from f1stream.browser import Browser
from f1stream.hls.links import Kind
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.net.guard import Guard
from f1stream.verifier import Playback
from tests.conftest import House, OpenHouse
from tests.verifier.oddities import Oddities, make

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(scope="session")
def oddities(tmp_path_factory: pytest.TempPathFactory) -> Oddities:
    """Streams with something odd about them, on disk."""
    return make(tmp_path_factory.mktemp("oddities"))


@dataclass(frozen=True)
class Proving:
    """A whole f1stream at `url`."""

    house: House
    url: str

    def link(self, upstream: str) -> str:
        """The play URL of a playlist."""
        return self.url + self.house.link(Kind.PLAYLIST, upstream)

    def playback(self, browser: Browser, timeout_s: float = 20) -> Playback:
        parts = urlsplit(self.url)
        guard = Guard(LOOPBACK, allow_endpoints=[(parts.hostname or "", parts.port or 0)])
        page_url = f"{self.url}/verify/"
        return Playback(browser, page_url=page_url, guard=guard, timeout_s=timeout_s)


@pytest.fixture
async def proving(house: OpenHouse) -> AsyncIterator[Proving]:
    """An f1stream on a port of its own, and what is needed to prove its streams."""
    opened = await house()
    services = opened.run.services
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        yield Proving(opened, f"http://127.0.0.1:{port}")
