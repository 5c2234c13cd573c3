"""A broadcast's every rendition is there, plays, and is where the Multivariant Playlist says."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urljoin

import aiohttp
import av
import m3u8
import pytest

from tests.origin import Broadcast, LiveWindow, ManualClock, Origin, Programme, Steering
from tests.origin.features import CARRIED, Dates, Variables
from tests.origin.keys import RotatingKeys
from tests.origin.steering import Clone
from tests.players.programs import frame_hashes

URI = re.compile(r'URI="([^"]+)"')


async def read(web: aiohttp.ClientSession, url: str) -> str:
    async with web.get(url) as response:
        assert response.status == 200, url
        return await response.text()


def addresses(playlist: str) -> list[str]:
    plain = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    return URI.findall(playlist) + plain


def ended(programme: Programme, **options: object) -> Broadcast:
    """A broadcast of exactly one time round, which is over, so that programs come to an end."""
    broadcast = Broadcast(programme, clock=ManualClock(), window=6, **options)  # type: ignore[arg-type]
    for window in broadcast.windows.values():
        window.ended = True
    return broadcast


@pytest.mark.parametrize("steering", [None, Steering()], ids=["one pathway", "two pathways"])
async def test_everything_that_is_listed_is_there(
    origin: Origin, web: aiohttp.ClientSession, programme: Programme, steering: Steering | None
) -> None:
    broadcast = ended(programme, features=[RotatingKeys(), Dates()], steering=steering)
    url = broadcast.mount(origin)
    multivariant = await read(web, url)
    found = set(addresses(multivariant))
    pathways = 2 if steering else 1
    assert len(found) >= len(broadcast.windows) * pathways + 2
    for address in sorted(found):
        media = urljoin(url, address)
        async with web.get(media) as response:
            assert response.status == 200, address
            inner = await response.text() if "m3u8" in address else ""
        for name in set(addresses(inner)):
            async with web.get(urljoin(media, name)) as response:
                assert response.status == 200, name
                assert await response.read()


async def test_the_multivariant_playlist_has_all_kinds_of_renditions(programme: Programme) -> None:
    text = Broadcast(programme, features=[RotatingKeys()], steering=Steering()).multivariant()
    # m3u8 6.0 does not know that session data has a format.
    playlist = m3u8.loads(text.replace("FORMAT=JSON,", ""), uri="http://origin/index.m3u8")
    kinds = {media.type for media in playlist.media}
    assert kinds == {"AUDIO", "SUBTITLES", "CLOSED-CAPTIONS"}
    captions = next(media for media in playlist.media if media.type == "CLOSED-CAPTIONS")
    assert (captions.instream_id, captions.uri) == ("CC1", None)
    codecs = {variant.stream_info.codecs.partition(".")[0] for variant in playlist.playlists}
    assert {"avc1", "mp4a"} <= codecs
    assert {name: codec in codecs for name, codec in (("hevc", "hvc1"), ("av1", "av01"))} == {
        name: name in programme.others for name in ("hevc", "av1")
    }
    assert len(playlist.iframe_playlists) == len(playlist.image_playlists) == 2
    assert [data.uri for data in playlist.session_data] == [None, "session.json"]
    assert playlist.session_keys[0].uri == "a/low/key-0.key"
    assert playlist.content_steering.pathway_id == "a"
    pathways = {variant.stream_info.pathway_id for variant in playlist.playlists}
    assert pathways == {"a", "b"}


async def test_ffmpeg_decodes_every_sound_and_picture(origin: Origin, programme: Programme) -> None:
    broadcast = ended(programme)
    streamed = set(await frame_hashes(broadcast.mount(origin)))
    for path in (programme.low, programme.high, *programme.audio.values()):
        encoded = set(await frame_hashes(str(path)))
        assert len(encoded) >= 150
        assert encoded <= streamed


@pytest.mark.parametrize("name", ["hevc", "av1", "i-frames"])
async def test_ffmpeg_decodes_other_codecs_and_single_pictures(
    origin: Origin, programme: Programme, name: str
) -> None:
    if name not in programme.others and name != "i-frames":
        pytest.skip(f"this ffmpeg does not encode {name}")
    url = urljoin(ended(programme).mount(origin), f"a/{name}/index.m3u8")
    path = {**programme.others, "i-frames": programme.i_frames}[name]
    assert await frame_hashes(url) == await frame_hashes(str(path))


@pytest.mark.parametrize(("language", "word"), [("en", "second"), ("de", "Sekunde")])
async def test_the_newest_ffmpeg_reads_the_cues_of_each_language(
    origin: Origin, programme: Programme, language: str, word: str
) -> None:
    url = urljoin(ended(programme).mount(origin), f"a/subtitles-{language}/index.m3u8")

    def cues() -> list[str]:
        with av.open(url) as container:
            return [bytes(packet).decode() for packet in container.demux() if packet.size]

    assert await asyncio.to_thread(cues) == [f"{word} {second}" for second in range(6)]


async def test_thumbnails_are_tiles_of_a_picture(
    origin: Origin, web: aiohttp.ClientSession, programme: Programme
) -> None:
    url = urljoin(ended(programme).mount(origin), "a/images/index.m3u8")
    playlist = await read(web, url)
    assert "#EXT-X-IMAGES-ONLY" in playlist
    assert playlist.count("#EXT-X-TILES:RESOLUTION=80x45,LAYOUT=3x2,DURATION=1") == 6
    async with web.get(urljoin(url, addresses(playlist)[0])) as response:
        assert response.content_type == "image/jpeg"
        assert (await response.read()).startswith(b"\xff\xd8")


async def test_steering_says_what_it_is_told_to(
    origin: Origin, web: aiohttp.ClientSession, programme: Programme
) -> None:
    steering = Steering()
    url = Broadcast(programme, steering=steering).mount(origin)
    manifest = urljoin(url, "steering.json?_HLS_pathway=a&_HLS_throughput=500000")
    steering.pathways = ["c", "b", "a"]
    steering.clones = [Clone("c", base="a", host="127.0.0.2:1", parameters={"token": "x"})]
    async with web.get(manifest) as response:
        assert response.content_type == "application/json"
        assert await response.json() == {
            "VERSION": 1,
            "TTL": 10,
            "RELOAD-URI": "steering.json?again=yes",
            "PATHWAY-PRIORITY": ["c", "b", "a"],
            "PATHWAY-CLONES": [
                {
                    "BASE-ID": "a",
                    "ID": "c",
                    "URI-REPLACEMENT": {"HOST": "127.0.0.2:1", "PARAMS": {"token": "x"}},
                }
            ],
        }


async def test_variables_reach_media_playlists_through_their_query(programme: Programme) -> None:
    broadcast = Broadcast(programme, features=[Variables()], query=CARRIED)
    lines = broadcast.multivariant().splitlines()
    assert '#EXT-X-DEFINE:NAME="team",VALUE="red"' in lines
    assert "a/low/index.m3u8?viewer={$viewer}" in lines
    low: LiveWindow = broadcast.windows["low"]
    assert '#EXT-X-DEFINE:IMPORT="team"' in low.playlist()
