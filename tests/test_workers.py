"""Several processes on one port, run as a program: who serves whom must not be noticed."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import pytest
from yarl import URL

from tests.origin import Origin, Request, Response
from tests.origin.faults import SlowBody, StallBeforeHeaders, Status, Truncate
from tests.program import LOOPBACK, address, alive, children, served_by, source, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SEGMENTS = 5
TARGET_S = 4
FRESH_S = TARGET_S / 2


def segment(number: int) -> bytes:
    return random.Random(number).randbytes(300_000)


def broadcast(origin: Origin) -> str:
    """A playlist of a few segments; returns its address."""
    lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{TARGET_S}"]
    for number in range(SEGMENTS):
        origin.route(f"/{number}.ts", segment(number))
        lines += [f"#EXTINF:{TARGET_S},", f"{number}.ts"]
    return origin.route("/live.m3u8", "\n".join([*lines, ""]))


class Viewer:
    """One connection to the service, and which process serves it."""

    def __init__(self, url: str) -> None:
        self._sockets: list[socket.socket] = []
        connector = aiohttp.TCPConnector(limit=1, socket_factory=self._open)
        self._url = URL(url)
        self.session = aiohttp.ClientSession(url, connector=connector)

    def _open(self, address: Any) -> socket.socket:
        self._sockets.append(socket.socket(*address[:3]))
        self._sockets[-1].setblocking(False)
        return self._sockets[-1]

    async def read(self, path: str, **asked: str) -> bytes:
        async with self.session.get(path, headers=asked) as response:
            assert response.status in (200, 206), await response.text()
            return await response.read()

    def served_by(self, pids: set[int]) -> int:
        assert self._url.port is not None
        return served_by(self._url.port, self._sockets[-1].getsockname()[1], pids)


@dataclass
class Service:
    """An f1stream with one stream."""

    process: Process
    url: str
    play_url: str = ""
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def owner(self) -> int:
        return self.process.pid

    @property
    def fronts(self) -> set[int]:
        return children(self.owner)

    async def viewer(self) -> Viewer:
        viewer = Viewer(self.url)
        await self.stack.enter_async_context(viewer.session)
        return viewer

    async def viewer_of(self, pid: int) -> Viewer:
        """A viewer whose connection the kernel gave to that process."""
        for _ in range(200):
            viewer = await self.viewer()
            await viewer.read("/health")
            if viewer.served_by({self.owner, *self.fronts}) == pid:
                return viewer
            await viewer.session.close()
        raise AssertionError("no connection came to that process")

    async def viewer_of_each(self) -> list[Viewer]:
        """A viewer of the owner, and one of each front."""
        return [await self.viewer_of(pid) for pid in (self.owner, *sorted(self.fronts))]

    async def links(self) -> list[str]:
        """The paths of the segments."""
        playlist = await (await self.viewer()).read(self.play_url)
        return ["/" + line for line in playlist.decode().splitlines() if line[0] != "#"]


@asynccontextmanager
async def service(
    folder: Path, upstream: str, *, workers: int = 3, more: str = ""
) -> AsyncIterator[Service]:
    """The service once its stream was found and checked, so that only viewers cause requests."""
    runtime = folder / "run"
    runtime.mkdir()
    async with (
        started(
            folder,
            *("serve", "--host", "127.0.0.1", "--port", "0"),
            configuration=LOOPBACK
            + more
            + source("A", upstream)
            + f"[server]\nworkers = {workers}\n",
            environment={"XDG_RUNTIME_DIR": str(runtime)},
        ) as process,
        AsyncExitStack() as stack,
    ):
        running = Service(process, await address(process), stack=stack)
        viewer = await running.viewer()
        async with asyncio.timeout(10):
            while not running.play_url:
                await asyncio.sleep(0.02)
                listed = await (await viewer.session.get("/streams/all")).json()
                if listed["streams"] and listed["streams"][0]["checked_at"]:
                    running.play_url = listed["streams"][0]["play_url"]
        yield running


async def ended(pids: set[int], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while alive(pids):
            await asyncio.sleep(0.02)


async def test_all_workers_serve_and_the_upstream_is_asked_once(
    tmp_path: Path, origin: Origin
) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        pids = {running.owner, *running.fronts}
        assert len(pids) == 3
        before = {n: origin.count(f"/{n}.ts") for n in range(SEGMENTS)}
        playlists, began = origin.count("/live.m3u8"), time.monotonic()

        async def watch() -> int:
            viewer = await running.viewer()
            playlist = (await viewer.read(running.play_url)).decode()
            paths = ["/" + line for line in playlist.splitlines() if line[0] != "#"]
            for number, path in enumerate(paths):
                assert await viewer.read(path) == segment(number)
            return viewer.served_by(pids)

        served = await asyncio.gather(*(watch() for _ in range(60)))
        took_s = time.monotonic() - began
        assert set(served) == pids
        assert {n: origin.count(f"/{n}.ts") - before[n] for n in before} == dict.fromkeys(before, 1)
        assert origin.count("/live.m3u8") - playlists <= 1 + took_s / FRESH_S


async def test_who_joins_on_any_worker_gets_what_is_here_already(
    tmp_path: Path, origin: Origin
) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        path = (await running.links())[2]
        viewers = await running.viewer_of_each()
        before = origin.count("/2.ts")
        origin.fault("/2.ts", SlowBody(chunk_bytes=50_000, interval_s=0.4))
        answers = []
        for viewer in reversed(viewers):
            answer = await viewer.session.get(path)
            assert await answer.content.readany()
            answers.append(answer)
        assert not any(answer.content.is_eof() for answer in answers)
        for answer in answers:
            assert len(await answer.read()) > 100_000
        assert await viewers[1].read(path) == segment(2)
        assert origin.count("/2.ts") - before == 1


async def test_ranges_heads_and_errors_are_the_same_on_each_worker(
    tmp_path: Path, origin: Origin
) -> None:
    short = "connect_timeout = 0.3\nread_timeout = 0.3\n"
    async with service(tmp_path, broadcast(origin), more=short) as running:
        paths = await running.links()
        origin.fault("/1.ts", Status(404))
        origin.fault("/2.ts", Status(500))
        origin.fault("/3.ts", StallBeforeHeaders())

        async def told(viewer: Viewer, method: str, path: str, **asked: str) -> Any:
            async with viewer.session.request(method, path, headers=asked) as response:
                names = ("Content-Type", "Content-Range", "Content-Length", "ETag", "Allow")
                headers = {name: response.headers.get(name) for name in names}
                return response.status, headers, await response.read()

        async def all_told(viewer: Viewer) -> list[Any]:
            return [
                await told(viewer, "GET", paths[4], Range="bytes=100-199"),
                await told(viewer, "GET", paths[4], Range="bytes=-5"),
                await told(viewer, "GET", paths[4], Range="bytes=900000-"),
                await told(viewer, "HEAD", paths[0]),
                await told(viewer, "GET", paths[0]),
                await told(viewer, "HEAD", paths[0]),
                await told(viewer, "GET", paths[1]),
                await told(viewer, "GET", paths[2]),
                await told(viewer, "GET", paths[3]),
                await told(viewer, "HEAD", running.play_url),
                await told(viewer, "GET", running.play_url + "&quality=x"),
                await told(viewer, "GET", running.play_url + "&quality=0"),
                await told(viewer, "POST", paths[0]),
            ]

        owner, *fronts = [await all_told(viewer) for viewer in await running.viewer_of_each()]
        statuses = [status for status, _, _ in owner]
        assert statuses == [206, 206, 416, 200, 200, 200, 404, 502, 504, 200, 400, 200, 405]
        assert owner[0][2] == segment(4)[100:200]
        for front in fronts:
            assert front == owner


async def test_what_is_too_large_for_a_front_still_comes_once_from_the_upstream(
    tmp_path: Path, origin: Origin
) -> None:
    small = '[cache]\nsegment_bytes = "2MiB"\n'
    async with service(tmp_path, broadcast(origin), more=small) as running:
        path = (await running.links())[4]
        viewers = await running.viewer_of_each()
        before = origin.count("/4.ts")
        for viewer in viewers:
            assert await viewer.read(path) == segment(4)
            assert await viewer.read(path, Range="bytes=10-19") == segment(4)[10:20]
        assert origin.count("/4.ts") - before == 1


async def test_a_forged_link_is_refused_by_each_worker_without_a_request(
    tmp_path: Path, origin: Origin
) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        forged = [
            re.sub(r"\.[\w-]{16}", ".AAAAAAAAAAAAAAAA", path)
            for path in (running.play_url, (await running.links())[0])
        ]
        before = len(origin.requests)
        for viewer in await running.viewer_of_each():
            for path in forged:
                response = await viewer.session.get(path)
                assert response.status == 403
                assert response.content_type == "application/problem+json"
        assert len(origin.requests) == before


async def test_all_other_routes_are_the_same_on_each_worker(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        paths = ["/health", "/ready", "/streams", "/streams/all", "/extractors", "/schedule"]
        paths += ["/schedule.ics", "/a/page", "/x.js"]

        async def seen(viewer: Viewer) -> list[Any]:
            answers = []
            for path in paths:
                async with viewer.session.get(path, headers={"Accept": "text/html"}) as response:
                    headers = {
                        name: value
                        for name, value in response.headers.items()
                        if name.lower() not in ("date", "x-request-id")
                    }
                    answers.append((path, response.status, headers, await response.read()))
            return answers

        owner, *fronts = [await seen(viewer) for viewer in await running.viewer_of_each()]
        assert [status for _, status, _, _ in owner[:7]] == [200] * 7
        for front in fronts:
            assert front == owner


async def test_state_is_changed_and_seen_through_a_front(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        front = await running.viewer_of(min(running.fronts))
        async with front.session.post("/extract") as response:
            assert response.status == 200
            assert (await response.json())["extractors"][0]["error"] is None
        [stream] = (await (await front.session.get("/streams")).json())["streams"]
        async with front.session.get("/streams/active") as response:
            assert (await response.json())["count"] == 0
        await front.read(running.play_url)
        async with front.session.get("/streams/active") as response:
            assert (await response.json())["count"] == 1
        async with front.session.post("/streams/activate", json={"id": stream["id"]}) as response:
            assert await response.json() == {"active": [stream["id"]], "count": 1}
        async with front.session.post("/streams/activate", data=b"x" * 100_000) as response:
            assert response.status == 413
        async with front.session.post(
            "/extract", headers={"Sec-Fetch-Site": "cross-site"}
        ) as response:
            assert response.status == 403


async def test_a_playlist_lags_no_more_on_a_front(tmp_path: Path, origin: Origin) -> None:
    async def stamped(request: Request) -> Response:
        head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
        return Response(f"{head}## made at {time.monotonic()}\n#EXTINF:1,\n/0.ts\n".encode())

    origin.route("/0.ts", segment(0))
    async with service(tmp_path, origin.mount("/live", stamped)) as running:
        lags = []
        asked, began = len(origin.requests), time.monotonic()

        async def poll(viewer: Viewer) -> None:
            while time.monotonic() < began + 4:
                playlist = await viewer.read(running.play_url)
                found = re.search(rb"made at (\S+)", playlist)
                assert found
                lags.append(time.monotonic() - float(found[1]))
                await asyncio.sleep(0.02)

        viewers = await running.viewer_of_each()
        began = time.monotonic()
        await asyncio.gather(*(poll(viewer) for viewer in viewers))
        # What is above half the target duration is the way of the answers through a busy machine.
        assert 0.3 < max(lags) < 0.5 + 0.1
        assert len(origin.requests) - asked <= 4 / 0.5 + 2


async def test_what_the_upstream_cuts_short_is_cut_short_by_each_worker(
    tmp_path: Path, origin: Origin
) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        path = (await running.links())[3]
        origin.fault("/3.ts", Truncate(after_bytes=120_000))
        for viewer in await running.viewer_of_each():
            answer = await viewer.session.get(path)
            assert answer.content_length == len(segment(3))
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        origin.heal("/3.ts")
        for viewer in await running.viewer_of_each():
            assert await viewer.read(path) == segment(3)


async def test_a_front_that_dies_is_replaced(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        paths = await running.links()
        dies, stays = sorted(running.fronts)
        viewers = [await running.viewer_of(pid) for pid in (running.owner, stays)]
        os.kill(dies, signal.SIGKILL)
        await ended({dies}, 5)
        for number, path in enumerate(paths):
            for viewer in viewers:
                assert await viewer.read(path) == segment(number)
        async with asyncio.timeout(15):
            while len(running.fronts) < 2:
                await asyncio.sleep(0.05)
        [new] = running.fronts - {stays}
        async with asyncio.timeout(15):
            viewer = await running.viewer_of(new)
        assert await viewer.read(paths[1]) == segment(1)
        running.process.terminate()
        _, err = await running.process.communicate()
        assert running.process.returncode == 0
        assert b"a worker was ended by signal 9; it is replaced" in err
        assert b"a worker serves again" in err
        assert b"traceback" not in err, err.decode()


async def test_told_to_stop_all_finish_what_they_send_and_nothing_stays(
    tmp_path: Path, origin: Origin
) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        fronts = running.fronts
        [folder] = (tmp_path / "run").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        path = (await running.links())[1]
        viewers = await running.viewer_of_each()
        origin.fault("/1.ts", SlowBody(chunk_bytes=30_000, interval_s=0.2))
        answers = [await viewer.session.get(path) for viewer in viewers]
        for answer in answers:
            await answer.content.readany()
        running.process.terminate()
        bodies = [len(await answer.read()) for answer in answers]
        assert min(bodies) > 150_000
        async with asyncio.timeout(10):
            assert await running.process.wait() == 0
        assert not alive(fronts)
        assert not list((tmp_path / "run").iterdir())


async def test_killed_the_owner_leaves_no_orphan(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        path = (await running.links())[1]
        fronts = running.fronts
        origin.fault("/1.ts", SlowBody(chunk_bytes=1000, interval_s=0.2))
        answer = await (await running.viewer_of(min(fronts))).session.get(path)
        await answer.content.readany()
        running.process.kill()
        await ended(fronts, 5)
        answer.close()


async def test_its_port_is_shared_with_nobody_else(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        (tmp_path / "second").mkdir()
        async with started(
            tmp_path / "second",
            *("serve", "--host", "127.0.0.1", "--port", str(URL(running.url).port)),
            configuration="[server]\nworkers = 2\n",
        ) as second:
            async with asyncio.timeout(20):
                _, err = await second.communicate()
            assert second.returncode == 1
            assert b"can't listen on 127.0.0.1" in err


async def test_one_worker_is_one_process(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin), workers=1) as running:
        assert not running.fronts
        assert not list((tmp_path / "run").iterdir())


async def test_no_secret_is_on_a_command_line(tmp_path: Path, origin: Origin) -> None:
    async with service(tmp_path, broadcast(origin)) as running:
        for pid in running.fronts:
            line = await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").read_bytes)
            assert line.split(b"\0")[1:] == [b"-m", b"f1stream.front", b""]


async def test_a_password_is_asked_for_by_every_process(tmp_path: Path, origin: Origin) -> None:
    password, admin = "lights out", {"Authorization": "Bearer the operator's"}
    access = f'[access]\nviewer_password = "{password}"\nadmin_token = "the operator\'s"\n'
    async with started(
        tmp_path,
        *("serve", "--host", "127.0.0.1", "--port", "0"),
        configuration=LOOPBACK
        + access
        + source("A", broadcast(origin))
        + "[server]\nworkers = 2\n",
    ) as process:
        service = Service(process, await address(process))
        async with service.stack, asyncio.timeout(30):
            viewer = await service.viewer_of(next(iter(service.fronts)))
            while not (stream := await first_stream(viewer, admin))["checked_at"]:
                await asyncio.sleep(0.02)
            play_url, token_url = stream["play_url"], stream["external_url"]
            for path in (play_url, "/streams", "/events"):
                assert (await viewer.session.get(path)).status == 401
            # Behind a trusted proxy each household has guesses of its own, through a front too.
            for number in range(6):
                told = {"X-Forwarded-For": f"203.0.113.{number}, 127.0.0.1"}
                wrong = await viewer.session.post("/login", json={"password": "x"}, headers=told)
                assert wrong.status == 401
            right = await viewer.session.post("/login", json={"password": password})
            cookie = {"Cookie": f"f1stream_session={right.cookies['f1stream_session'].value}"}
            other = await service.viewer_of(service.owner)
            for one in (viewer, other):
                assert (await one.session.get(play_url, headers=cookie)).status == 200
                playlist = await one.read(token_url)
                uri = playlist.decode().splitlines()[3]
                path = urljoin(token_url, uri)
                assert await one.read(path) == segment(0)
                assert (await one.session.get(f"/{uri}")).status == 401
                assert await one.read(f"/{uri}", **cookie) == segment(0)


async def first_stream(viewer: Viewer, headers: dict[str, str]) -> dict[str, Any]:
    """The only stream, once there is one."""
    while True:
        listed = await (await viewer.session.get("/streams/all", headers=headers)).json()
        if listed["streams"]:
            stream: dict[str, Any] = listed["streams"][0]
            return stream
        await asyncio.sleep(0.02)
