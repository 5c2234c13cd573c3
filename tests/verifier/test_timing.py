"""A playlist's age, and its protection."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.verifier.timing import is_protected, latency_s

NOW = datetime(2026, 7, 5, 13, 0, 30, tzinfo=UTC)
DATE = "#EXT-X-PROGRAM-DATE-TIME:"


@pytest.mark.parametrize(
    ("lines", "age_s"),
    [
        (f"{DATE}2026-07-05T13:00:00Z\n#EXTINF:6.0,\n1.ts", 24.0),
        (f"{DATE}2026-07-05T13:00:00.500Z\n#EXTINF:6,\n1.ts\n#EXTINF:6,\n2.ts", 17.5),
        (f"#EXTINF:6,\n{DATE}2026-07-05T13:00:00Z\n1.ts\n#EXTINF:4,\n2.ts", 20.0),
        (f"#EXTINF:6,\n0.ts\n{DATE}2026-07-05T15:00:10+02:00\n#EXTINF:5,\n1.ts", 15.0),
        (
            f"{DATE}2026-07-05T12:00:00Z\n1.ts\n{DATE}2026-07-05T13:00:00Z\n#EXTINF:6,\n2.ts",
            24.0,
        ),
        (f"{DATE}2026-07-05T13:00:00\n#EXTINF:6.0,\n1.ts", 24.0),
        (f"{DATE}2020-07-05T13:00:00Z\n#EXTINF:6.0,\n1.ts", None),
        (f"{DATE}2030-07-05T13:00:00Z\n#EXTINF:6.0,\n1.ts", None),
        (f"{DATE}yesterday\n#EXTINF:6.0,\n1.ts", None),
        ("#EXTINF:6.0,\n1.ts", None),
    ],
)
def test_the_age_of_the_newest_media(lines: str, age_s: float | None) -> None:
    assert latency_s(f"#EXTM3U\n{lines}\n".encode(), NOW) == age_s


@pytest.mark.parametrize(
    ("keys", "protected"),
    [
        ([], False),
        (["METHOD=NONE"], False),
        (['METHOD=AES-128,URI="k"'], False),
        (['METHOD=SAMPLE-AES,URI="k",KEYFORMAT="identity"'], False),
        (['METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="com.apple.streamingkeydelivery"'], True),
        (
            [
                'METHOD=SAMPLE-AES-CTR,URI="d",KEYFORMAT="urn:uuid:edef8ba9"',
                'METHOD=SAMPLE-AES-CTR,URI="d",KEYFORMAT="com.microsoft.playready"',
            ],
            True,
        ),
        (['METHOD=SAMPLE-AES-CTR,URI="k"'], True),
        (['METHOD=SAMPLE-AES,KEYFORMAT="com.apple.streamingkeydelivery"', "METHOD=AES-128"], False),
    ],
)
def test_it_is_protected_where_only_a_licence_opens_it(keys: list[str], protected: bool) -> None:
    body = "".join(f"#EXT-X-KEY:{key}\n" for key in keys)
    assert is_protected(f"#EXTM3U\n{body}".encode()) is protected


@given(st.binary())
def test_neither_ever_raises(body: bytes) -> None:
    latency_s(body, NOW)
    latency_s(DATE.encode() + body, NOW)
    is_protected(body)
    is_protected(b"#EXT-X-KEY:" + body)
