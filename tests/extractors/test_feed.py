"""Feeds: enclosures that are streams, entries that lead to some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import (
    AddressRefused,
    F1StreamError,
    SourceChanged,
    TooLarge,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.extractors import Feed
from f1stream.extractors.feed import entries_of
from f1stream.extractors.foreign import Answer
from f1stream.models import Found, Lead
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client, plays
from tests.extractors.servers.feed import ATOM, feed_server
from tests.extractors.yielding import yielded_by
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders


def a_feed(url: str, **options: object) -> Feed:
    return Feed.model_validate({"name": "Broadcaster", "url": url, **options})


def rss(items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


async def yielded_from(content: str | bytes, **options: object) -> list[Found | Lead]:
    async with feed_server(content) as url:
        return await yielded_by(a_feed(url, **options))


async def test_enclosures_are_streams_and_other_entries_leads_newest_first() -> None:
    async with feed_server() as url:
        site = url.removesuffix("/live.rss")
        race, conference, qualifying = await yielded_by(a_feed(url, via="streamlink"))
        assert race == Found(key="ev-2", title="Race", url=f"{site}/live/race.m3u8?t=1&u=2")
        assert conference == Lead(
            to="streamlink", key="ev-1", title="Press conference", url=f"{site}/watch/1"
        )
        assert qualifying == Found(key="ev-3", title="Qualifying", url=f"{site}/live/quali")
        assert isinstance(race, Found)
        assert await plays(race)


async def test_atom_is_read_as_well() -> None:
    race, practice = await yielded_from(ATOM)
    assert isinstance(race, Found)
    assert (race.key, race.url[-15:]) == ("urn:ev-2", "/live/race.m3u8")
    assert isinstance(practice, Lead)
    assert (practice.key, practice.to) == ("urn:ev-1", "page")


async def test_only_the_newest_entries_count() -> None:
    (race,) = await yielded_from(ATOM, newest=1)
    assert race.title == "Race"


async def test_entries_that_are_not_wanted_are_not_followed() -> None:
    items = "<item><title>{}</title><link>https://a.example/{}</link></item>"
    feed = rss(items.format("F1 race", 1) + items.format("Golf", 2))
    (lead,) = await yielded_from(feed, match=["F1"])
    assert lead.title == "F1 race"


async def test_an_entry_without_an_id_is_known_by_its_link() -> None:
    item = "<item><title>{}</title><link>https://a.example/race?t={}</link></item>"
    (first,), (second,) = (
        await yielded_from(rss(item.format("Race", 1))),
        await yielded_from(rss(item.format("Race, delayed", 2))),
    )
    assert first.key == second.key != ""


async def test_several_playlists_of_one_entry_are_told_apart() -> None:
    enclosure = '<enclosure url="https://a.example/{}.m3u8" type="application/x-mpegURL"/>'
    item = f"<item><guid>g</guid>{enclosure.format(1)}{enclosure.format(2)}</item>"
    first, second = await yielded_from(rss(item))
    assert [first.key, second.key] == ["g", "g 2"]
    assert first.title == "Broadcaster"


async def test_a_feed_without_entries_has_none() -> None:
    assert await yielded_from(rss("<title>Live</title>")) == []


async def test_markup_in_a_title_stays_text() -> None:
    title = "&lt;script&gt;x&lt;/script&gt; &lt;b&gt;F1&lt;/b&gt;\n live"
    (lead,) = await yielded_from(
        rss(f"<item><title>{title}</title><link>https://a.example/</link></item>")
    )
    assert lead.title == "<script>x</script> <b>F1</b> live"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "http://[::1", "data:,x.m3u8", "", "  "],
)
async def test_addresses_that_are_not_http_lead_nowhere(address: str) -> None:
    item = (
        f"<item><title>x</title><link>{address}</link>"
        f'<enclosure url="{address}" type="application/x-mpegURL"/></item>'
    )
    assert all(
        isinstance(item, Lead) and item.url.startswith("http")
        for item in await yielded_from(rss(item))
    )


@pytest.mark.parametrize("content", ["", "<html><body>hello</body></html>", "{}", "\x00", "GIF89a"])
async def test_what_is_no_feed_is_said_to_be_none(content: str) -> None:
    with pytest.raises(SourceChanged, match=r"127\.0\.0\.1: the answer is neither RSS nor Atom"):
        await yielded_from(content)


async def test_no_entity_reads_a_file_and_none_grows() -> None:
    outer = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">{}]>'
    grown = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 9)
    )
    item = "<item><title>{}</title><link>https://a.example/</link></item>"
    body = f'<rss version="2.0"><channel>{item.format("&x;")}{item.format("&a8;")}</channel></rss>'
    leads = await yielded_from(outer.format(grown) + body)
    assert all("root:" not in lead.title and len(lead.title) < 100 for lead in leads)


@pytest.mark.parametrize(
    "content", ["<rss>" + "x" * (5 << 20), rss("<item>" * 300_000), rss("<b>" * 300_000)]
)
async def test_a_feed_that_is_too_large_is_refused(content: str) -> None:
    with pytest.raises(TooLarge):
        await yielded_from(content)


async def test_deep_nesting_does_no_harm() -> None:
    assert await yielded_from(rss("<b>" * 5_000)) == []


async def test_a_redirect_to_a_private_address_is_refused(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    async with feed_server() as private:
        origin.fault("/feed", Redirect(private))
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await yielded_by(a_feed(origin.at("/feed")), client)


async def test_a_server_that_is_silent_or_says_no_is_an_error_without_the_path(
    origin: Origin,
) -> None:
    origin.fault("/slow", StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client:
        with pytest.raises(UpstreamSlow):
            await yielded_by(a_feed(origin.at("/slow")), client)
        source = a_feed(origin.at("/none?t=hunter2"), headers={"Cookie": "hunter2"})
        with pytest.raises(UpstreamStatus) as refused:
            await yielded_by(source, client)
    assert "hunter2" not in str(refused.value) + repr(source)


_PIECES = st.sampled_from(
    [
        *("<item>", "</item>", "<entry>", "<title>", "</title>", "<guid>", "</guid>", "<link>"),
        *('<link rel="enclosure" href="', '"/>', '<enclosure url="', "/a.m3u8", "<pubDate>"),
        *("Sun, 05 Jul 2026 14:00:00 GMT", "0000-99-99", "<![CDATA[", "]]>", "&amp;", "&x;"),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_is_a_feed_or_one_error(text: str) -> None:
    try:
        body = rss(text).encode()
        entries = entries_of(Answer(body, "https://a.example/", "application/rss+xml"))
    except (F1StreamError, UnicodeEncodeError):
        return
    assert all(isinstance(entry.title, str) for entry in entries)
