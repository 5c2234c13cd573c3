"""M3U lists as they are found in the wild."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.errors import ExtractionFailed, SourceChanged, TooLarge
from f1stream.extractors import M3u
from f1stream.extractors.entries import Entries, Entry
from f1stream.models import Found
from tests.extractors.reading import Watch, a_client, counted, found_by, plays, wanted_by
from tests.extractors.servers.m3u import LIST, m3u_server
from tests.jobs.sources import NoWeb

URL = "http://a.example/live.m3u8"


def a_source(url: str, **options: Any) -> M3u:
    return M3u.model_validate({"name": "List", "url": url, **options})


def entries(text: str, base: str = "") -> list[Entry]:
    reader = Entries(base)
    return [entry for line in text.splitlines() if (entry := reader.take(line.strip()))]


def entry(*directives: str, url: str = URL) -> Entry:
    (only,) = entries("\n".join([*directives, url]))
    return only


async def of(tmp_path: Path, body: str | bytes) -> list[Found]:
    """What a list in a file has."""
    file = tmp_path / "list.m3u"
    file.write_bytes(body.encode() if isinstance(body, str) else body)
    source = M3u(name="List", file=file)
    return [found async for found in source.find(NoWeb())]


async def test_a_list_s_streams_are_found_and_can_be_played() -> None:
    async with m3u_server() as url:
        sky, bbc = await found_by(a_source(url))
        assert (sky.key, sky.title, sky.quality) == ("SkySportsF1.uk", "Sky F1 HD", "HD")
        assert sky.url == url.replace("list.m3u", "live/1.m3u8")
        assert bbc.about == "UK"
        assert await plays(sky)


async def test_only_formula_1_is_wanted_of_it() -> None:
    async with m3u_server() as url:
        assert [found.title for found in await wanted_by(a_source(url))] == ["Sky F1 HD"]
        assert len(await wanted_by(a_source(url, match=["BBC One", "Sky"]))) == 2


@pytest.mark.parametrize(
    "body",
    [
        LIST,
        LIST.replace("\n", "\r\n"),
        LIST.replace("\n", "\r"),
        "\ufeff" + LIST,
        LIST.removeprefix("#EXTM3U").lstrip(),
        "\n\n  " + LIST.replace("#EXTINF", "   #EXTINF"),
        LIST.rstrip(),
        gzip.compress(LIST.encode(), mtime=0),
        gzip.compress(("\ufeff" + LIST.replace("\n", "\r\n")).encode(), mtime=0),
    ],
)
async def test_it_is_read_however_it_is_written(body: str | bytes) -> None:
    async with m3u_server(body, content_type="application/octet-stream") as url:
        assert [found.title for found in await found_by(a_source(url))] == ["Sky F1 HD", "BBC One"]


async def test_a_file_is_read(tmp_path: Path) -> None:
    (found,) = await of(tmp_path, f"#EXTM3U\n#EXTINF:-1,F1\n{URL}\n#EXTINF:-1,F1\nlive.m3u8\n")
    assert (found.key, found.title, found.url) == ("F1", "F1", URL)


async def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    assert len(await of(tmp_path, gzip.compress(f"#EXTINF:-1,F1\n{URL}".encode()))) == 1


@pytest.mark.parametrize("body", ["", "#EXTM3U\n", "#EXTM3U\r\n#PLAYLIST:empty\r\n"])
async def test_an_empty_list_has_none(tmp_path: Path, body: str) -> None:
    assert await of(tmp_path, body) == []


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    source = M3u(name="List", file=tmp_path / "list.m3u")
    with pytest.raises(ExtractionFailed, match=r"list\.m3u: no such file; check file"):
        [found async for found in source.find(NoWeb())]


async def test_a_device_is_no_file() -> None:
    with pytest.raises(ExtractionFailed, match="/dev/zero: no such file"):
        [found async for found in M3u(name="List", file=Path("/dev/zero")).find(NoWeb())]


@pytest.mark.parametrize(
    "body",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nsegment.ts\n",
        '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1"\nhttp://a.example/720p.m3u8\n',
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:6,\nhttp://a.example/1\n",
    ],
)
async def test_a_playlist_is_told_from_a_list(body: str) -> None:
    async with m3u_server(body) as url:
        with pytest.raises(ExtractionFailed, match=r'HLS playlist, .*use type = "direct"'):
            await found_by(a_source(url))


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html>\n<title>Log in</title>\n<a href='/'>",
        '{"error": "expired"}',
        b"\x00\x01\x02\xff\xfe" * 1000,
        "x" * 1_000_000,
    ],
)
async def test_something_else_is_told_from_a_list(body: str | bytes) -> None:
    async with m3u_server(body) as url:
        with pytest.raises(SourceChanged, match=r"127\.0\.0\.1: not an M3U list"):
            await found_by(a_source(url))


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(LIST.encode(), mtime=0)[:-20],
        gzip.compress(LIST.encode(), mtime=0)[:40] + b"\xff" * 40,
        b"\x1f\x8b",
    ],
)
async def test_broken_gzip_is_told(body: bytes) -> None:
    async with m3u_server(body) as url:
        with pytest.raises(SourceChanged, match="gzip is broken"):
            await found_by(a_source(url))


async def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(b"#EXTM3U\n" + (b"# nothing" * 1000 + b"\n") * 8000)
    async with m3u_server(bomb) as url, a_client() as client, Watch() as watch:
        with pytest.raises(TooLarge, match=r"127\.0\.0\.1 unpacks to more than"):
            await found_by(a_source(url), client)
    assert watch.worst_s < 0.05


def test_everything_that_an_entry_tells_is_read() -> None:
    told = entry(
        '#EXTINF:-1 tvg-id="f1.uk" tvg-name="Sky F1, UK" tvg-logo="x" group-title="Sports",Sky, F1',
        "#EXTGRP:Racing",
    )
    assert told == Entry(
        url=URL, title="Sky, F1", tvg_id="f1.uk", tvg_name="Sky F1, UK", group="Sports Racing"
    )


@pytest.mark.parametrize(
    ("extinf", "title"),
    [
        ("#EXTINF:-1,F1", "F1"),
        ("#EXTINF:0 ,  F1  ", "F1"),
        ("#extinf:-1,F1", "F1"),
        ("#EXTINF:-1.5 tvg-id=f1,F1", "F1"),
        ('#EXTINF:-1 group-title="a,b",F1', "F1"),
        ('#EXTINF:-1 group-title="never closed,F1', "F1"),
        ('#EXTINF:-1,The "F1", live', 'The "F1", live'),
        ('#EXTINF:-1 tvg-name="F1"', "F1"),
        ('#EXTINF:-1 tvg-name="F1",', "F1"),
        ("#EXTINF:-1,F1\x00\x07", "F1"),
        ("#EXTINF:", ""),
        ("#EXTINF", ""),
        ("#EXTM3U", ""),
    ],
)
def test_a_title_is_what_follows_the_attributes(extinf: str, title: str) -> None:
    assert entry(extinf).title == title


@pytest.mark.parametrize(
    ("directives", "url", "headers"),
    [
        (["#EXTVLCOPT:http-user-agent=VLC/3 (x; y)"], URL, {"User-Agent": "VLC/3 (x; y)"}),
        (
            ["#EXTVLCOPT:http-referrer=http://r/?a=b", "#EXTVLCOPT:http-origin = http://r"],
            URL,
            {"Referer": "http://r/?a=b", "Origin": "http://r"},
        ),
        (
            ['#EXTINF:-1 http-referrer="http://r/" http-user-agent="A, B",F1'],
            URL,
            {"Referer": "http://r/", "User-Agent": "A, B"},
        ),
        (["#EXTVLCOPT:network-caching=1000", "#EXTVLCOPT:", "#EXTVLCOPT"], URL, {}),
        (
            [
                "#KODIPROP:inputstream.adaptive.stream_headers=User-Agent=K%2F1&referer=http%3A%2F%2Fr"
            ],
            URL,
            {"User-Agent": "K/1", "Referer": "http://r"},
        ),
        (
            ["#KODIPROP:inputstream.adaptive.manifest_headers=X-Token=a%26b%3Dc"],
            URL,
            {"X-Token": "a&b=c"},
        ),
        ([], f"{URL}|User-Agent=Kodi+20&Referer=http%3A%2F%2Fr%2F", None),
        ([], f"{URL}|", {}),
        ([], f"{URL}|nonsense", {}),
        (["#EXTVLCOPT:http-user-agent=VLC"], f"{URL}|user-agent=Kodi", {"User-Agent": "Kodi"}),
        ([], f"{URL}|A=b%0D%0AHost%3A+c&B%20=x&C%0AD=y&E=", {"B": "x"}),
        ([], f"{URL}|Host=c&Content-Length=9&Transfer-Encoding=chunked&Range=bytes", {}),
    ],
)
def test_the_players_headers_are_understood(
    directives: list[str], url: str, headers: dict[str, str] | None
) -> None:
    told = entry(*directives, url=url)
    assert told.url == URL
    expected = {"User-Agent": "Kodi 20", "Referer": "http://r/"} if headers is None else headers
    assert told.headers == expected


def test_what_one_entry_has_is_not_the_next_one_s() -> None:
    first, second = entries(
        f"#EXTINF:-1 tvg-id=a group-title=G,One\n#EXTGRP:H\n#EXTVLCOPT:http-user-agent=VLC\n{URL}\n"
        f"{URL}?2\n"
    )
    assert first.headers == {"User-Agent": "VLC"}
    assert second == Entry(url=f"{URL}?2")


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/live.m3u8?token=1",
        "https://a.example/LIVE.M3U8",
        "http://a.example/user/pass/123",
        "http://a.example/stream?id=4",
        "http://a.example/index.m3u8;jsessionid=1",
        "http://u:p@a.example:8080/x.m3u8",
    ],
)
def test_what_may_be_hls_is_taken(url: str) -> None:
    assert entry(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://a.example/live",
        "rtmp://a.example/live",
        "udp://@239.0.0.1:1234",
        "rtp://239.0.0.1",
        "file:///etc/passwd",
        "plugin://plugin.video.youtube/play/?id=1",
        "javascript:alert(1)",
        "http://a.example/radio.mp3",
        "http://a.example/user/pass/1.ts",
        "http://a.example/film.MKV?x=1",
        "http://a.example/manifest.mpd",
        "http://",
        "http://[::1",
        "http://a.example:99999/x.m3u8",
        "just text",
        "C:\\lists\\f1.m3u8",
    ],
)
def test_what_is_not_hls_is_left_out(url: str) -> None:
    assert entries(f"#EXTINF:-1,F1\n{url}\n") == []


@pytest.mark.parametrize(
    ("directive", "taken"),
    [
        ("#KODIPROP:inputstream.adaptive.manifest_type=hls", True),
        ("#KODIPROP:inputstream.adaptive.manifest_type=mpd", False),
        ("#KODIPROP:inputstream.adaptive.license_type=com.widevine.alpha", False),
        ("#KODIPROP:inputstream=inputstream.adaptive", True),
        ('#EXTINF:-1 radio="true",F1 radio', False),
    ],
)
def test_what_the_players_say_of_a_stream_is_heeded(directive: str, taken: bool) -> None:
    assert bool(entries(f"{directive}\n{URL}")) is taken


def test_relative_addresses_start_from_the_list() -> None:
    text = "#EXTINF:-1,F1\nlive/1.m3u8\n#EXTINF:-1,F2\n/2.m3u8\nno entry\n"
    assert [one.url for one in entries(text, "http://a.example/b/list.m3u")] == [
        "http://a.example/b/live/1.m3u8",
        "http://a.example/2.m3u8",
    ]


async def test_the_same_stream_is_listed_once_and_the_same_name_has_its_numbers(
    tmp_path: Path,
) -> None:
    found = await of(
        tmp_path,
        f"#EXTINF:-1 tvg-id=f1,F1\n{URL}\n#EXTINF:-1 tvg-id=f1,F1 backup\n{URL}?2\n"
        f"#EXTINF:-1,F1\n{URL}\n#EXTINF:-1,Onboard\n{URL}?3\n{URL}?token=hunter2\n",
    )
    assert [one.key for one in found] == ["f1", "f1 #2", "Onboard", ""]
    assert [one.title for one in found] == ["F1", "F1 backup", "Onboard", "List"]
    assert "hunter2" not in repr(found)


async def test_a_line_beyond_all_reason_spoils_only_itself(tmp_path: Path) -> None:
    long = "http://a.example/" + "x" * 200_000 + ".m3u8"
    found = await of(tmp_path, f"#EXTINF:-1,One\n{URL}\n{long}\n#EXTINF:-1,Two\n{URL}?2\n")
    assert [one.title for one in found] == ["One", "Two"]


async def test_letters_that_are_not_utf_8_spoil_only_themselves(tmp_path: Path) -> None:
    (found,) = await of(tmp_path, b"#EXTINF:-1,F1 Espa\xf1a\n" + URL.encode())
    assert found.title == "F1 Espa\ufffda"


async def test_fifty_thousand_entries_do_not_hold_up_the_loop(tmp_path: Path) -> None:
    file = tmp_path / "list.m3u.gz"
    file.write_bytes(gzip.compress(long_list(50_000).encode(), 1))
    async with Watch() as watch:
        assert await counted(M3u(name="List", file=file)) == 50_000
    assert watch.worst_s < 0.05


def long_list(count: int) -> str:
    return "#EXTM3U\n" + "".join(
        f'#EXTINF:-1 tvg-id="channel{number}.uk" tvg-name="Channel {number}" '
        f'tvg-logo="http://logo.example/{number}.png" group-title="UK | News",Channel {number} HD\n'
        f"#EXTVLCOPT:http-user-agent=VLC/3.0\nhttp://tv.example/live/me/secret/{number}.m3u8\n"
        for number in range(count)
    )


LINES = st.one_of(
    st.sampled_from(
        [
            "#EXTM3U",
            '#EXTINF:-1 tvg-id="a" group-title="b,c",Title',
            '#EXTINF:-1 tvg-id="a,Title',
            "#EXTGRP:x",
            "#EXTVLCOPT:http-referrer=y",
            "#KODIPROP:inputstream.adaptive.stream_headers=a=b&c",
            URL,
            f"{URL}|a=b&c=%zz",
            "http://[",
            "//x",
            "|",
            "#",
        ]
    ),
    st.text(max_size=60),
    st.text('#EXTINF:-1,="| &%', max_size=60),
)


@given(st.lists(LINES, max_size=20))
def test_whatever_a_list_says_its_entries_can_be_fetched(lines: list[str]) -> None:
    for found in entries("\n".join(lines), "http://a.example/list.m3u"):
        assert found.url.startswith(("http://", "https://"))
        for name, value in found.headers.items():
            assert name.isascii()
            assert not {"\r", "\n", "\0"} & set(name + value)


@given(
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1),
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1),
)
def test_what_is_written_is_what_is_read(title: str, group: str) -> None:
    told = entry(f'#EXTINF:-1 group-title="{group[:100]}",{title[:100]}')
    assert (told.title, told.group) == (title[:100], group[:100])


@pytest.mark.parametrize(
    "option",
    [
        {},
        {"url": URL, "file": "list.m3u"},
        {"url": "list.m3u"},
        {"url": URL, "headers": {"A": "b\n"}},
    ],
)
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        M3u.model_validate({"name": "A", **option})
