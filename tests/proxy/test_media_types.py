"""The content type that a viewer is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.proxy.media_types import media_type

TS = (b"\x47" + bytes(187)) * 4
MP4 = b"\x00\x00\x00\x18styp" + bytes(16)


@pytest.mark.parametrize(
    ("declared", "url", "head", "told"),
    [
        ("video/mp2t", "http://a/x.ts", TS, "video/mp2t"),
        ("video/MP2T; charset=x", "http://a/x.ts", TS, "video/mp2t"),
        ("text/plain", "http://a/x", TS, "video/mp2t"),
        ("image/png", "http://a/x.png", TS, "video/mp2t"),
        ("application/octet-stream", "http://a/x.jpg", MP4, "video/mp4"),
        ("video/iso.segment", "http://a/x.m4s", MP4, "video/iso.segment"),
        ("audio/mp4", "http://a/x.m4s", MP4, "audio/mp4"),
        (None, "http://a/x.bin", b"WEBVTT\n", "text/vtt"),
        ("text/html", "http://a/x.vtt?t=1", b"\xef\xbb\xbfWEBVTT\n", "text/vtt"),
        (None, "http://a/x.aac", b"ID3\x04", "audio/aac"),
        ("audio/x-aac", "http://a/x.aac", b"\xff\xf1\x50", "audio/x-aac"),
        ("application/octet-stream", "http://a/x.m4s?t=1", b"", "video/mp4"),
        ("application/octet-stream", "http://a/key", bytes(16), "application/octet-stream"),
        ("text/html", "http://a/x.html", b"<script>", "application/octet-stream"),
        ("image/svg+xml", "http://a/x.svg", b"<svg>", "application/octet-stream"),
        ("application/javascript", "http://a/x.js", b"alert()", "application/octet-stream"),
        ("application/json", "http://a/x.json", b"{}", "application/json"),
        (None, "http://a/", b"", "application/octet-stream"),
        ("video/\u00e9\r\nx: y", "http://a/", b"", "application/octet-stream"),
    ],
)
def test_the_type_fits_the_bytes(declared: str | None, url: str, head: bytes, told: str) -> None:
    assert media_type(declared, url, head) == told


@given(st.text(), st.text(max_size=30), st.binary(max_size=800))
def test_nothing_that_a_browser_runs_is_ever_told(declared: str, path: str, head: bytes) -> None:
    told = media_type(declared, f"http://a.example/{path}", head)
    assert told.isascii()
    assert "\n" not in told
    assert "\r" not in told
    assert not any(word in told for word in ("html", "xml+", "+xml", "script", "css", "pdf"))
