"""Links get other keys while viewers are there: what was signed before, and what is signed now."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from pydantic import SecretStr

from f1stream.http.sessions import BY_TOKEN, COOKIE
from f1stream.settings import Access
from tests.http.served import OpenServed, Served
from tests.origin import Origin, Request, Response

SEGMENT = b"\x47" + bytes(187) * 100
NEW = b"n" * 32


def recording(origin: Origin) -> str:
    """One that players keep for as long as any playlist."""
    origin.route("/0.ts", SEGMENT)
    return origin.route(
        "/all.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-ENDLIST\n"
    )


async def status(viewer: aiohttp.ClientSession, path: str) -> int:
    async with viewer.get(path) as answer:
        await answer.read()
        return answer.status


async def played(f1stream: Served, play_url: str) -> tuple[str, str]:
    """A playlist and its segment, asked for twice, so that memory answers, too."""
    for _ in range(2):
        segment = await f1stream.media_path(play_url)
        assert await f1stream.read(segment) == SEGMENT
    return play_url, segment


async def test_with_grace_what_plays_goes_on_and_what_is_made_is_signed_anew(
    served: OpenServed, origin: Origin
) -> None:
    f1stream = await served(recording(origin))
    links = f1stream.house.run.services.links
    before = await played(f1stream, await f1stream.house.play_url())
    links.replace([NEW, *links.keys])
    assert [await status(f1stream.viewer, path) for path in before] == [200, 200]
    after = await played(f1stream, await f1stream.house.play_url())
    assert not set(before) & set(after)
    # The playlist that an old link leads to holds new ones already.
    assert await f1stream.media_path(before[0]) == after[1]
    links.replace([NEW])
    assert [await status(f1stream.viewer, path) for path in after] == [200, 200]


async def test_without_grace_nothing_of_before_is_answered_not_even_from_memory(
    served: OpenServed, origin: Origin
) -> None:
    f1stream = await served(recording(origin))
    before = await played(f1stream, await f1stream.house.play_url())
    f1stream.house.run.services.links.replace([NEW])
    assert [await status(f1stream.viewer, path) for path in before] == [403, 403]
    await played(f1stream, await f1stream.house.play_url())


@pytest.mark.parametrize("grace", [True, False])
async def test_sessions_and_tokens_go_with_the_links(
    served: OpenServed, origin: Origin, grace: bool
) -> None:
    access = Access(viewer_password=SecretStr("sesame"))
    f1stream = await served(recording(origin), access=access)
    services = f1stream.house.run.services

    async def signed_in() -> str:
        async with f1stream.viewer.post("/login", json={"password": "sesame"}) as answer:
            assert answer.status == 200
            return answer.cookies[COOKIE].value

    async def listed(session: str) -> int:
        async with f1stream.viewer.get("/streams", cookies={COOKIE: session}) as told:
            return told.status

    session = await signed_in()
    assert await listed(session) == 200
    with_token = services.gate.tokened("/streams")
    assert with_token.startswith(BY_TOKEN)
    services.links.replace([NEW, *services.links.keys] if grace else [NEW])
    assert await listed(session) == (200 if grace else 401)
    assert services.gate.is_token(with_token.split("/")[3]) == grace
    assert await listed(await signed_in()) == 200


async def test_what_is_on_its_way_from_an_upstream_goes_on_with_the_new_key(
    served: OpenServed, origin: Origin
) -> None:
    asked, goes_on = asyncio.Queue[None](), asyncio.Event()
    goes_on.set()

    async def live(request: Request) -> Response:
        asked.put_nowait(None)
        await goes_on.wait()
        return Response(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n## {time.monotonic()}\n#EXTINF:1,\n0.ts\n".encode()
        )

    f1stream = await served(origin.mount("/live", live))
    links = f1stream.house.run.services.links
    play_url = await f1stream.house.play_url()
    before = await f1stream.media_path(play_url)
    while not asked.empty():
        asked.get_nowait()
    goes_on.clear()
    # Half a target duration later it is asked for anew.
    async with asyncio.timeout(10):
        while asked.empty():
            refresh = asyncio.create_task(f1stream.media_path(play_url))
            await asyncio.wait({refresh}, timeout=0.1)
    links.replace([NEW, *links.keys])
    goes_on.set()
    assert await refresh != before
    assert await f1stream.media_path(play_url) == await refresh
