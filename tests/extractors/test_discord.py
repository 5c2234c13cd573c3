"""Discord: links of allowed hosts in the newest messages, and a token that stays a secret."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.errors import (
    AddressRefused,
    ExtractionFailed,
    SourceChanged,
    TooLarge,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.extractors import Discord
from f1stream.extractors.addresses import absolute
from f1stream.models import Found, Lead
from f1stream.net.client import parsed
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client
from tests.extractors.servers.discord import CHANNEL, TOKEN, a_message, discord_server
from tests.extractors.yielding import yielded_by
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders

OTHER = "998877665544332211"


def a_bot(base: str, **options: object) -> Discord:
    return Discord.model_validate(
        {"token": TOKEN, "channels": [CHANNEL], "domains": ["example.org"], "api": base, **options}
    )


async def yielded_from(*messages: dict[str, Any], **options: object) -> list[Found | Lead]:
    async with discord_server({CHANNEL: list(messages)}) as api:
        return await yielded_by(a_bot(api, **options))


async def links_in(content: str) -> list[str]:
    return [item.url for item in await yielded_from(a_message(content))]


async def test_a_link_to_a_playlist_is_a_stream_and_any_other_a_lead() -> None:
    stream, lead = await yielded_from(
        a_message("Onboard camera: https://cdn.example.org/a.m3u8?t=1"),
        a_message("Race here <https://example.org/watch?v=1>, enjoy"),
        via="streamlink",
    )
    assert isinstance(stream, Found)
    assert (stream.title, stream.url) == ("Onboard camera:", "https://cdn.example.org/a.m3u8?t=1")
    assert isinstance(lead, Lead)
    assert (lead.to, lead.url) == ("streamlink", "https://example.org/watch?v=1")
    assert lead.title == "Race here , enjoy"


async def test_it_asks_as_the_api_wants_to_be_asked() -> None:
    log: list[web.Request] = []
    async with discord_server({CHANNEL: []}, log=log) as api:
        assert await yielded_by(a_bot(api, limit=7)) == []
    assert log[0].path_qs == f"/api/v10/channels/{CHANNEL}/messages?limit=7"
    assert log[0].headers["Authorization"] == f"Bot {TOKEN}"


async def test_links_of_embeds_count_and_bring_their_titles() -> None:
    url = "https://example.org/watch"
    (lead,) = await yielded_from(a_message(url, embeds=[{"url": url, "title": "The Race"}]))
    assert (lead.title, lead.url) == ("The Race", url)


async def test_only_the_newest_messages_count() -> None:
    messages = [
        a_message("https://example.org/new", hours_ago=1),
        a_message("https://example.org/old", hours_ago=3),
    ]
    (lead,) = await yielded_from(*messages, newest_h=2)
    assert lead.url == "https://example.org/new"


async def test_a_link_that_is_posted_twice_is_one() -> None:
    message = a_message("https://example.org/a https://example.org/a")
    assert len(await yielded_from(message, message)) == 1


async def test_a_playlist_s_key_stays_when_its_token_changes() -> None:
    (first,) = await yielded_from(a_message("https://example.org/a.m3u8?t=1"))
    (second,) = await yielded_from(a_message("https://example.org/a.m3u8?t=2"))
    assert first.key == second.key


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("(https://example.org/a)", "https://example.org/a"),
        ("**https://example.org/a**", "https://example.org/a"),
        ("[race](https://example.org/a).", "https://example.org/a"),
        ("||https://example.org/a||", "https://example.org/a"),
        ("HTTPS://EXAMPLE.ORG/a", "https://EXAMPLE.ORG/a"),
        ("https://www.example.org./a", "https://www.example.org./a"),
    ],
)
async def test_links_are_found_as_people_write_them(text: str, link: str) -> None:
    assert await links_in(text) == [link]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org.evil.example/",
        "https://notexample.org/",
        "https://example.org@evil.example/",
        "https://evil.example/?https://example.org/",
        "https://evil.example#example.org",
        "https://evil.example\\@example.org/",
        "https://ex%61mple.org/",
        "https://\uff45xample.org/",
        "ftp://example.org/",
        "javascript://example.org/",
        "http://[::1",
    ],
)
async def test_links_of_other_hosts_are_never_followed(text: str) -> None:
    assert await links_in(text) == []


async def test_a_channel_without_messages_has_no_links() -> None:
    async with discord_server({CHANNEL: []}) as api:
        assert await yielded_by(a_bot(api)) == []


async def test_without_domains_nothing_is_asked_and_the_error_says_so() -> None:
    log: list[web.Request] = []
    async with discord_server({CHANNEL: []}, log=log) as api:
        with pytest.raises(ExtractionFailed, match="no link is followed: name the hosts"):
            await yielded_by(a_bot(api, domains=[]))
    assert log == []


async def test_a_rate_limit_is_waited_for() -> None:
    message = a_message("https://example.org/a")
    async with discord_server({CHANNEL: [message]}, retry_after_s=(0.01, 0.02)) as api:
        assert len(await yielded_by(a_bot(api))) == 1


async def test_a_rate_limit_beyond_the_time_of_an_extraction_says_until_when() -> None:
    log: list[web.Request] = []
    async with discord_server({CHANNEL: []}, retry_after_s=(3600,), log=log) as api:
        with pytest.raises(ExtractionFailed, match=r"rate limited until \d\d:\d\d:\d\d UTC"):
            await yielded_by(a_bot(api))
    assert len(log) == 1


async def test_a_server_that_only_ever_limits_is_left_alone_soon() -> None:
    log: list[web.Request] = []
    async with discord_server({CHANNEL: []}, retry_after_s=(0.0,) * 99, log=log) as api:
        with pytest.raises(ExtractionFailed, match="asks to wait again and again"):
            await yielded_by(a_bot(api))
    assert len(log) == 4


async def test_a_channel_that_can_t_be_read_does_not_hide_the_others() -> None:
    async with discord_server({CHANNEL: [a_message("https://example.org/a")]}) as api:
        assert len(await yielded_by(a_bot(api, channels=[OTHER, CHANNEL]))) == 1
        with pytest.raises(ExtractionFailed, match=f"can't read channel {OTHER}; check its id"):
            await yielded_by(a_bot(api, channels=[OTHER]))


async def test_messages_without_their_text_name_the_missing_intent() -> None:
    with pytest.raises(ExtractionFailed, match="Message Content intent"):
        await yielded_from(a_message(""), a_message(""))


async def test_a_token_that_is_refused_is_said_to_be() -> None:
    async with discord_server({CHANNEL: []}, token="another") as api:
        with pytest.raises(ExtractionFailed, match="the token is not accepted") as caught:
            await yielded_by(a_bot(api))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"<html>", b"", b"{}", b"[" * 100_000, [{"id": "x"}], [{"content": 3}], [{"id": "1"}, 3]],
)
async def test_an_answer_of_another_shape_is_an_error(content: Any) -> None:
    async with discord_server({CHANNEL: content}) as api:
        with pytest.raises(SourceChanged, match=r"^127\.0\.0\.1: "):
            await yielded_by(a_bot(api))


async def test_an_answer_that_is_too_large_is_refused() -> None:
    async with discord_server({CHANNEL: b'["' + b"x" * (2 << 20)}) as api:
        with pytest.raises(TooLarge):
            await yielded_by(a_bot(api))


async def test_ids_of_any_size_are_dated() -> None:
    ids = ["0", "-1", str(2**63), str(10**30)]
    async with discord_server({CHANNEL: [{"id": it, "content": "x"} for it in ids]}) as api:
        with pytest.raises(SourceChanged, match="id"):
            await yielded_by(a_bot(api))
    assert await yielded_from({"id": str(2**63 - 1), "content": "nothing"}) == []


async def test_a_redirect_is_not_told_the_token(origin: Origin) -> None:
    log: list[web.Request] = []
    port = int(origin.url.rpartition(":")[2])
    async with discord_server({CHANNEL: []}, log=log) as api:
        elsewhere = api.replace("127.0.0.1", "localhost")
        path = f"/channels/{CHANNEL}/messages"
        origin.fault(path, Redirect(f"{elsewhere}{path}"))
        with pytest.raises(ExtractionFailed):
            await yielded_by(a_bot(origin.url))
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await yielded_by(a_bot(origin.url), client)
    assert "Authorization" not in log[0].headers


async def test_a_server_that_is_silent_or_fails_is_an_error_without_the_token(
    origin: Origin,
) -> None:
    path = f"/channels/{CHANNEL}/messages"
    origin.fault(path, StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client:
        with pytest.raises(UpstreamSlow) as slow:
            await yielded_by(a_bot(origin.url), client)
    async with Origin() as failing:
        failing.route(path, status=500)
        with pytest.raises(UpstreamStatus, match="answered 500") as failed:
            await yielded_by(a_bot(failing.url))
    assert TOKEN not in str(slow.value) + str(failed.value) + repr(a_bot(origin.url))


@pytest.mark.parametrize(
    "option",
    [
        {"token": "Bot abc"},
        {"token": "abc\r\nX: y"},
        {"token": ""},
        {"channels": []},
        {"channels": ["../../users/@me"]},
        {"channels": ["general"]},
        {"domains": ["https://example.org/"]},
        {"domains": ["*"]},
        {"domains": ["org"]},
        {"api": "ftp://a.example"},
        {"newest_h": 0},
    ],
)
def test_nonsense_is_refused_without_being_shown(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        a_bot("https://a.example", **option)
    assert "Bot abc" not in str(caught.value)


def test_a_server_without_a_name_is_allowed_by_its_address() -> None:
    bot = a_bot("https://a.example", domains=["192.168.1.5", "2001:db8::1"])
    assert bot.allows("http://192.168.1.5:8080/watch")
    assert bot.allows("http://[2001:db8::1]/watch")
    assert not bot.allows("http://192.168.1.50/watch")


@given(st.text(alphabet=st.sampled_from("htps:/.example org@\\#?[]%\t")))
def test_of_any_text_only_links_to_allowed_hosts_are_taken(text: str) -> None:
    """What the client connects to is what was allowed."""
    link = absolute(f"https://{text}", "")
    if link is None or not a_bot("https://a.example").allows(link):
        return
    try:
        host = parsed(link).host or ""
    except AddressRefused:
        return
    assert f".{host.rstrip('.')}".endswith(".example.org")


@pytest.mark.parametrize("before", ["", "user@", "a.", "user:pass@www."])
@pytest.mark.parametrize("after", ["", ".", ":443", "/x", "?x", "#x", "./", "@evil.example"])
def test_the_client_connects_to_the_host_that_was_allowed(before: str, after: str) -> None:
    link = absolute(f"https://{before}example.org{after}", "")
    assert link
    host = (parsed(link).host or "").rstrip(".")
    assert a_bot("https://a.example").allows(link) == f".{host}".endswith(".example.org")
