"""The app's files: what is cached for ever, what is a page, what may run in it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.http.errors import problems
from f1stream.http.spa import BuiltApp, routes

SCRIPT = "console.log('start')"
PAGE = f"<!doctype html><script>{SCRIPT}</script><script src='/x.js'></script>"
BROWSER = {"Accept": "text/html,*/*"}

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def app(tmp_path: Path, aiohttp_client: AiohttpClient) -> Client:
    built = tmp_path / "build"
    (built / "_app/immutable").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "favicon.svg").write_text("<svg/>")
    (built / "_app/immutable/a.js").write_text("1")
    (built / "_app/immutable/a.js.gz").write_bytes(b"\x1f\x8b")
    (built / "verify").mkdir()
    (built / "verify/index.html").write_text("<title>Does it play?</title>")
    (tmp_path / "secret.txt").write_text("secret")
    application = web.Application(middlewares=[problems])
    application.add_routes(routes(await asyncio.to_thread(BuiltApp.load, built)))
    return await aiohttp_client(application)


async def test_hashed_assets_are_kept_for_ever_and_others_asked_for_again(app: Client) -> None:
    immutable = await app.get("/_app/immutable/a.js")
    assert immutable.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert immutable.headers["Content-Encoding"] == "gzip"
    icon = await app.get("/favicon.svg")
    assert icon.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/favicon.svg", "/verify/"])
async def test_a_newer_file_is_told_apart_by_its_content_alone(
    tmp_path: Path, aiohttp_client: AiohttpClient, path: str
) -> None:
    told = []
    for content in ("old", "new"):
        built = tmp_path / content
        (built / "verify").mkdir(parents=True)
        for name in ("index.html", "favicon.svg", "verify/index.html"):
            (built / name).write_text(content)
            os.utime(built / name, (0, 0))
        application = web.Application()
        application.add_routes(routes(await asyncio.to_thread(BuiltApp.load, built)))
        client: Client = await aiohttp_client(application)
        first = await client.get(path, headers=BROWSER)
        assert await first.text() == content
        told.append(first.headers["ETag"])
        statuses = [
            (await client.get(path, headers={**BROWSER, "If-None-Match": tag})).status
            for tag in told
        ]
        assert statuses == [200, 304][-len(told) :]
        assert "Last-Modified" not in first.headers


@pytest.mark.parametrize("path", ["/", "/watch", "/watch?stream=a", "/no/such/page"])
async def test_every_page_is_the_app(app: Client, path: str) -> None:
    response = await app.get(path, headers=BROWSER)
    assert (response.status, await response.text()) == (200, PAGE)
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("told", "directive"),
    [
        (None, "style-src 'self'; "),
        ("[]", "style-src 'self'; "),
        ('["YWJj", "ZGVm"]', "style-src 'self' 'sha256-YWJj' 'sha256-ZGVm'; "),
    ],
)
def test_only_styles_that_the_build_tells_of_may_be_inline(
    told: str | None, directive: str, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    if told is not None:
        (tmp_path / "style-hashes.json").write_text(told)
    assert directive in BuiltApp.load(tmp_path).policy


async def test_only_the_pages_own_scripts_run(app: Client) -> None:
    response = await app.get("/watch", headers=BROWSER)
    policy = dict(
        directive.split(" ", 1)
        for directive in response.headers["Content-Security-Policy"].split("; ")
    )
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/_app/immutable/gone.js", "/api", "/index.html.gz", "/_app/immutable/a.js.gz"]
)
async def test_what_is_missing_is_no_page(app: Client, path: str) -> None:
    response = await app.get(path, headers={"Accept": "*/*"})
    assert (response.status, response.content_type) == (404, "application/problem+json")
    if path.startswith("/_app"):
        assert (await app.get(path, headers=BROWSER)).status == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt"]
)
async def test_no_path_leads_outside(app: Client, path: str) -> None:
    session = app.session
    response = await session.get(f"http://{app.host}:{app.port}{path}")
    assert "secret" not in re.sub("secret.txt", "", await response.text())
    assert response.status == 404


async def test_without_a_build_the_remedy_is_told(
    tmp_path: Path, aiohttp_client: AiohttpClient
) -> None:
    application = web.Application(middlewares=[problems])
    application.add_routes(routes(await asyncio.to_thread(BuiltApp.load, tmp_path)))
    client: Client = await aiohttp_client(application)
    response = await client.get("/", headers=BROWSER)
    assert response.status == 404
    assert "make run" in await response.text()


async def test_a_page_beside_the_app_has_an_address_of_its_own(app: Client) -> None:
    response = await app.get("/verify/", headers=BROWSER)
    assert (response.status, response.content_type) == (200, "text/html")
    assert "Does it play?" in await response.text()
    assert response.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert response.headers["Cache-Control"] == "no-cache"
    assert await (await app.get("/other/", headers=BROWSER)).text() == PAGE
