"""What log lines look like, and what never becomes one."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web import RequestPayloadError
from hypothesis import given
from hypothesis import strategies as st

from f1stream import logs
from f1stream.logs import Level
from f1stream.tracing import ids


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("f1stream")
    before = root.handlers[:], root.level, own.level
    yield
    for handler in set(root.handlers) - set(before[0]):
        handler.close()
    root.handlers[:], root.level = before[:2]
    own.setLevel(before[2])


def heard(capsys: pytest.CaptureFixture[str]) -> str:
    """What has been logged so far."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    return capsys.readouterr().err


def test_away_from_a_terminal_each_record_is_a_json_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(terminal=False)
    try:
        raise ValueError("x\ny")
    except ValueError:
        logging.getLogger("f1stream.test").exception("it %s", "failed")
    (line,) = heard(capsys).splitlines()
    record = json.loads(line)
    assert (record["level"], record["logger"], record["message"]) == (
        "error",
        "f1stream.test",
        "it failed",
    )
    assert "ValueError" in record["traceback"]
    assert record["time"].endswith("+00:00")


def test_at_a_terminal_a_record_is_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(terminal=True)
    logging.getLogger("f1stream.test").warning("it failed")
    assert heard(capsys).endswith("WARNING it failed\n")


@pytest.mark.parametrize(
    "error", [LineTooLong(b"/proxy?url=c2VjcmV0", 8190), RequestPayloadError("no gzip")]
)
def test_a_malformed_request_is_not_logged(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    logs.configure(terminal=False)
    try:
        raise error
    except type(error):
        logging.getLogger("aiohttp.server").error("bad", exc_info=sys.exc_info())
    assert heard(capsys) == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("at http://me:s3cret@a.example:81/s3cret?t=s3cret#x now", "at http://a.example:81/… now"),
        ("'https://a.example/'", "'https://a.example/'"),
        ("wss://a.example, rtsp://b.example/live", "wss://a.example, rtsp://b.example/…"),
        ("http://[::1]:8000/x", "http://[::1]:8000/…"),
        ("no address: a/b?c=d", "no address: a/b?c=d"),
    ],
)
def test_of_a_url_only_the_host_is_shown(
    written: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for terminal in (True, False):
        logs.configure(terminal=terminal)
        try:
            raise ValueError(written)
        except ValueError:
            logging.getLogger("f1stream.test").exception("%s", written)
        said = heard(capsys)
        assert said.count(shown) == 2
        assert "s3cret" not in said


@given(
    st.from_regex(r"[a-zA-Z0-9%._~!$&*+=;-]{6,12}", fullmatch=True),
    st.sampled_from(["{}:x@h/", "x:{}@h/", "h/{}", "h?{}", "h/a/{}/b?c", "h#{}", "h/?a={}&b"]),
)
def test_nothing_of_a_url_s_path_query_or_userinfo_is_left(secret: str, where: str) -> None:
    text = logs.hosts_only(f"failed: http://{where.format(secret)} ({where[0]})")
    assert secret not in text
    assert text.startswith("failed: http://h")


def test_the_form_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    for form, terminal in (("text", False), ("json", True)):
        logs.configure(terminal=terminal, form=form)  # type: ignore[arg-type]
        logging.getLogger("f1stream.test").warning("it failed")
        assert heard(capsys).startswith("{") is (form == "json")


def test_what_is_done_for_a_request_has_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("f1stream.test")
    with ids.known_as("mine"):
        logs.configure(terminal=False)
        log.warning("it failed")
        logs.configure(terminal=True)
        log.warning("it failed")
    first, second = heard(capsys).splitlines()
    assert json.loads(first)["request_id"] == "mine"
    assert second.endswith("it failed [mine]")


@pytest.mark.parametrize(
    ("level", "ours", "theirs"),
    [
        ("debug", "debug info warning error", "info warning error"),
        ("info", "info warning error", "info warning error"),
        ("warning", "warning error", "warning error"),
        ("error", "error", "error"),
    ],
)
def test_libraries_never_say_more_than_they_should(
    level: Level, ours: str, theirs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(terminal=False, level=level)
    for name, expected in (("f1stream.test", ours), ("aiohttp.client", theirs)):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(number, "said")
        lines = heard(capsys).splitlines()
        assert " ".join(json.loads(line)["level"] for line in lines) == expected
