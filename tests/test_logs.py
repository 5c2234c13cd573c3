"""What log lines look like, and what never becomes one."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from aiohttp.http_exceptions import LineTooLong

from f1stream import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before


def test_away_from_a_terminal_each_record_is_a_json_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(terminal=False)
    try:
        raise ValueError("x\ny")
    except ValueError:
        logging.getLogger("f1stream.test").exception("it %s", "failed")
    (line,) = capsys.readouterr().err.splitlines()
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
    assert capsys.readouterr().err.endswith("WARNING it failed\n")


def test_a_malformed_request_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(terminal=False)
    try:
        raise LineTooLong(b"/proxy?url=c2VjcmV0", 8190)
    except LineTooLong:
        logging.getLogger("aiohttp.server").error("bad", exc_info=sys.exc_info())
    assert capsys.readouterr().err == ""
