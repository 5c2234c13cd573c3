"""The command line, run as a program."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.extractors.packages import put_package
from tests.origin import Encoded, Origin
from tests.origin.faults import SlowBody, Status
from tests.program import LOOPBACK, address, source, started
from tests.schedule.jolpica_server import JolpicaServer, race


async def ran(folder: Path, *arguments: str, configuration: str = "") -> tuple[int, str, str]:
    async with started(folder, *arguments, configuration=configuration) as process:
        async with asyncio.timeout(20):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


async def test_its_version(tmp_path: Path) -> None:
    assert await ran(tmp_path, "--version") == (0, "f1stream 2.0.1\n", "")


async def test_check_passes_a_good_file(tmp_path: Path) -> None:
    code, out, _ = await ran(
        tmp_path, "check", configuration=LOOPBACK + source("A", "http://a.example/")
    )
    assert (code, out) == (0, "The configuration is valid: 1 sources.\n")


@pytest.mark.parametrize("verb", ["check", "serve", "extract"])
async def test_a_broken_file_stops_every_verb_with_all_faults(tmp_path: Path, verb: str) -> None:
    code, out, err = await ran(
        tmp_path, verb, configuration="[server]\nprot = 1\nport = 'x'\n[nope]\n"
    )
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 3
    assert "f1stream.toml: server.prot: unknown key; did you mean port?" in err


async def test_a_broken_package_is_named_and_stops_nothing(tmp_path: Path) -> None:
    """Python looks into the folder that it is started in, so a package there is installed."""
    put_package(tmp_path, "clubcams", "import nothing_of_this_name", {"club": "clubcams:Club"})
    code, out, err = await ran(tmp_path, "check")
    assert (code, out) == (0, "The configuration is valid: 0 sources.\n")
    assert err.startswith("note: the extractor club of the package clubcams is not used: ")


async def test_extract_lists_what_was_found(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/ts/")
    configuration = (
        LOOPBACK
        + source("Garage", origin.at("/ts/index.m3u8?token=hunter2"))
        + source("Pit wall", origin.at("/gone.m3u8"))
    )
    code, out, err = await ran(tmp_path, "extract", configuration=configuration)
    assert code == 0
    assert re.search(r"^Garage +direct +ok +1 stream +\d\.\d s *$", out, re.MULTILINE)
    assert re.search(
        r"^  Garage +ended +ts · avc1, mp4a +plays \(segment\) +\d+ ms *$", out, re.MULTILINE
    )
    assert re.search(r"^  Pit wall .* http status: 127\.0\.0\.1 answered 404 *$", out, re.MULTILINE)
    assert re.search(r"^2 sources: 2 ok · 2 streams: 1 playable · took \d\.\d s\n$", out, re.M)
    assert re.search(r"^Garage: 1 stream in \d\.\d s$", err, re.MULTILINE)
    assert "hunter2" not in out + err
    code, out, _ = await ran(
        tmp_path, "extract", "--source", "Garage", "--json", configuration=configuration
    )
    (row,) = json.loads(out)
    assert (row["title"], row["verdict"], row["state"]) == ("Garage", "plays (segment)", "ended")
    assert "hunter2" not in out
    code, _, err = await ran(tmp_path, "extract", "--source", "x", configuration=configuration)
    assert (code, err) == (1, "no source is named 'x'; there are: Garage, Pit wall\n")


async def test_probe_says_whether_it_plays(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.multi.parent, "/multi/")
    origin.route("/page.html", "<html>", content_type="text/html")
    good = origin.at(f"/multi/{encoded.multi.name}")
    code, out, _ = await ran(tmp_path, "probe", good, configuration=LOOPBACK)
    assert code == 0
    assert "plays (segment)" in out
    assert "Mbit/s" in out
    code, out, _ = await ran(tmp_path, "probe", origin.at("/page.html"), configuration=LOOPBACK)
    assert code == 1
    assert "not a playlist" in out
    code, out, _ = await ran(tmp_path, "probe", good)
    assert code == 1
    assert "upstream.allow_private" in out


async def test_a_taken_port_is_told(tmp_path: Path, origin: Origin) -> None:
    port = origin.url.rpartition(":")[2]
    code, _, err = await ran(tmp_path, "serve", "--host", "127.0.0.1", "--port", port)
    assert code == 1
    assert f"can't listen on 127.0.0.1:{port}" in err


async def test_being_told_to_stop_it_finishes_what_it_sends(tmp_path: Path, origin: Origin) -> None:
    body = b"\x47" * 200_000
    origin.route("/live.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n")
    origin.route("/1.ts", body)
    configuration = LOOPBACK + source("A", origin.at("/live.m3u8"))
    arguments = ("serve", "--host", "127.0.0.1", "--port", "0")
    async with (
        started(tmp_path, *arguments, configuration=configuration) as process,
        aiohttp.ClientSession(await address(process)) as viewer,
    ):
        while not (listed := await (await viewer.get("/streams")).json())["streams"]:
            await asyncio.sleep(0.05)
        playlist = await (await viewer.get(listed["streams"][0]["play_url"])).text()
        origin.fault("/1.ts", SlowBody(chunk_bytes=20_000, interval_s=0.15))
        segment = await viewer.get("/" + playlist.splitlines()[-1])
        await segment.content.readany()
        process.send_signal(signal.SIGTERM)
        rest = await segment.read()
        assert len(rest) > 100_000
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_it_serves_without_uvloop_and_logs_json(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError('not on this platform')\n")
    async with started(tmp_path, "serve", "--host", "127.0.0.1", "--port", "0") as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            assert await (await viewer.get("/health")).json() == {"status": "ok"}
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert process.returncode == 0
    assert [json.loads(line)["level"] for line in err.decode().splitlines()] == ["info"]


async def test_the_data_dir_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    async with started(tmp_path, "serve", "--host", "127.0.0.1", "--port", "0") as process:
        await address(process)
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert "can't be written" in err.decode()
    assert "F1STREAM_SECRET" in err.decode()


async def test_the_link_key_is_kept_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    async def key() -> str:
        async with started(tmp_path, "serve", "--host", "127.0.0.1", "--port", "0") as process:
            await address(process)
            process.send_signal(signal.SIGTERM)
            await process.communicate()
        path = tmp_path / "data" / "link.key"
        assert path.stat().st_mode & 0o777 == 0o600
        return path.read_text()

    assert await key() == await key()


async def test_serving_it_asks_for_the_season_once_and_knows_it_at_the_next_start(
    tmp_path: Path, origin: Origin
) -> None:
    server = JolpicaServer(origin, {2026: [race(1, "Only Grand Prix", "2100-01-01")]})
    environment = {
        "F1STREAM_SCHEDULE__ENABLED": "true",
        "F1STREAM_SCHEDULE__URL": server.url,
        "SCHEDULE_PATH": str(kept := tmp_path / "new" / "season.json"),
    }

    async def shown(*, stale: bool) -> list[str]:
        arguments = ("serve", "--host", "127.0.0.1", "--port", "0")
        async with started(
            tmp_path, *arguments, configuration=LOOPBACK, environment=environment
        ) as process:
            url = await address(process)
            async with aiohttp.ClientSession() as session, asyncio.timeout(10):
                while True:
                    answer = await (await session.get(f"{url}/schedule")).json()
                    if answer["stale"] is stale and (stale or kept.is_file()):
                        return [each["race_name"] for each in answer["races"]]
                    await asyncio.sleep(0.02)

    assert await shown(stale=False) == ["Only Grand Prix"]
    asked = len(server.asked)
    assert await shown(stale=False) == ["Only Grand Prix"]
    assert len(server.asked) == asked
    await asyncio.to_thread(kept.write_text, "{}")
    origin.fault("/", Status(503))
    assert len(await shown(stale=True)) == 23
