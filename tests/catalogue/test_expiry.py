"""When a token ends, in the forms that CDNs and players' URLs use."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue.expiry import LONGEST_AHEAD, LONGEST_PAST, expires_at

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
END = datetime(2026, 7, 5, 15, 30, tzinfo=UTC)
UNIX = int(END.timestamp())


def base64_of(content: object) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def jwt(**claims: object) -> str:
    return f"{base64_of({'alg': 'HS256'})}.{base64_of(claims)}.dGhpcyBpcyBub3QgYSBzaWduYXR1cmU"


def policy(**condition: object) -> str:
    statement = {"Resource": "https://a.example/*", "Condition": condition}
    text = base64_of({"Statement": [statement]})
    return text.translate(str.maketrans("-_", "-~")) + "_" * (-len(text) % 4)


AKAMAI = f"st={UNIX - 9000}~exp={UNIX}~acl=/*~hmac=0a1b2c3d4e5f"

FORMS = {
    "seconds": f"/live.m3u8?token=abc&expires={UNIX}",
    "milliseconds": f"/live.m3u8?exp={UNIX}000&sig=abc",
    "upper case": f"/live.m3u8?Expires={UNIX}&Signature=x&Key-Pair-Id=K",
    "nginx secure link": f"/live.m3u8?st=Zm9vYmFy&e={UNIX}",
    "ISO": "/live.m3u8?expires=2026-07-05T15:30:00Z",
    "ISO with an offset": "/live.m3u8?expiry=2026-07-05T17%3A30%3A00%2B02%3A00",
    "ISO without any": "/live.m3u8?expiry=2026-07-05T15:30:00",
    "Azure": "/live.m3u8?sv=2022-11-02&se=2026-07-05T15%3A30%3A00Z&sr=b&sig=abc",
    "Akamai": f"/live.m3u8?hdnts={AKAMAI}",
    "Akamai, escaped": f"/live.m3u8?hdnea={quote(AKAMAI, safe='')}",
    "Akamai in the path": f"/hdntl=exp={UNIX}~acl=%2f*~data=hdntl~hmac=0a1b/live.m3u8",
    "CloudFront, canned": f"/live.m3u8?Expires={UNIX}&Signature=a~b_c-d&Key-Pair-Id=K2",
    "CloudFront, custom": f"/f1.m3u8?Policy={policy(DateLessThan={'AWS:EpochTime': UNIX})}",
    "Bunny": f"/live.m3u8?token=HS256-abc&expires={UNIX}",
    "Bunny in the path": f"/bcdn_token=HS256-abc&expires={UNIX}&token_path=%2Flive%2F/live.m3u8",
    "JWT": f"/live.m3u8?token={jwt(exp=UNIX, sub='viewer')}",
    "JWT in the path": f"/{jwt(exp=UNIX)}/live.m3u8",
    "JWT with a fraction": f"/live.m3u8?jwt={jwt(exp=UNIX + 0.5)}",
    "AWS": "/live.m3u8?X-Amz-Date=20260705T143000Z&X-Amz-Expires=3600&X-Amz-Signature=a",
    "Google": "/live.m3u8?X-Goog-Date=20260705T143000Z&X-Goog-Expires=3600",
    "the earliest of several": f"/live.m3u8?exp={UNIX + 600}&token={jwt(exp=UNIX)}",
    "one that is long past, and one that is not": f"/live.m3u8?e=1000000000&expires={UNIX}",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read(form: str) -> None:
    assert expires_at(f"https://a.example{FORMS[form]}", NOW) == END


@pytest.mark.parametrize(
    "rest",
    [
        "/live.m3u8",
        f"/live/user/{UNIX}/123.m3u8",
        f"/live.m3u8?id={UNIX}",
        f"/live.m3u8?t={UNIX}&_={UNIX}",
        f"/live.m3u8?st={UNIX}",
        f"/live_{UNIX}.m3u8",
        f"/live.m3u8?channel=exp={UNIX}~x",
        f"/exp={UNIX}5/live.m3u8",
        "/live.m3u8?e=hd",
        "/live.m3u8?e=5",
        "/live.m3u8?exp=17832642000000000",
        "/live.m3u8?expires=never",
        "/live.m3u8?expires=2026-99-99T15:30:00Z",
        f"/live.m3u8?token={jwt(sub='viewer')}",
        f"/live.m3u8?token={jwt(exp='soon')}",
        f"/live.m3u8?token={jwt(exp=True)}",
        "/live.m3u8?token=eyJhbGciOi.eyJub3Qg.anNvbiBhdCBhbGwgYnV0IGxvbmc",
        "/live.m3u8?Policy=eyJTdGF0ZW1lbnQiOiAxfQ__",
        "/live.m3u8?Policy=%%%",
        f"/live.m3u8?Policy={policy(DateGreaterThan={'AWS:EpochTime': UNIX})}",
        "/live.m3u8?X-Amz-Date=20269905T143000Z&X-Amz-Expires=3600",
    ],
)
def test_what_names_no_expiry_has_none(rest: str) -> None:
    assert expires_at(f"https://a.example{rest}", NOW) is None


@given(st.text(alphabet="abcdefghijklmnop0123456789/&?=._-~%", max_size=120))
def test_numbers_of_other_names_are_identifiers(rest: str) -> None:
    names = ("e=", "exp", "se=", "valid", "Date")
    if not any(name in rest for name in names):
        assert expires_at(f"https://a.example/{rest}", NOW) is None


@given(st.text(max_size=300))
def test_it_never_raises(url: str) -> None:
    expires_at(url, NOW)
    expires_at(f"https://a.example/?exp={url}&Policy={url}&hdnts={url}", NOW)


@given(st.integers(min_value=0, max_value=9_999_999_999_999))
def test_what_is_believed_is_within_its_bounds(number: int) -> None:
    found = expires_at(f"https://a.example/live.m3u8?expires={number}", NOW)
    assert found is None or NOW - LONGEST_PAST <= found <= NOW + LONGEST_AHEAD


@given(st.timedeltas(timedelta(days=-360), timedelta(days=29)))
def test_seconds_within_the_bounds_are_read_to_the_second(after: timedelta) -> None:
    at = (NOW + after).replace(microsecond=0)
    assert expires_at(f"https://a.example/live.m3u8?e={at.timestamp():.0f}", NOW) == at
