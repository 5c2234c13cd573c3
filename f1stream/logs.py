"""How log records look: text for a person at a terminal, JSON lines for everything else."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

import orjson
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from f1stream.log_lines import LogLines
from f1stream.tracing import ids

Form = Literal["auto", "text", "json"]
Level = Literal["debug", "info", "warning", "error"]

# What of a URL can hold a credential: userinfo, path, query and fragment.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/?#\"'<>]*@)?([^\s/?#\"'<>]*)([^\s\"'<>]*)")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message and, where there is one, traceback.

    What is done for a request has its `request_id`. Of URLs only the host is shown.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hosts_only(record.getMessage()),
        }
        if request_id := ids.current():
            line["request_id"] = request_id
        if record.exc_info:
            line["traceback"] = hosts_only(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


class Text(logging.Formatter):
    """A line for a person, with the request's id at its end. Of URLs only the host is shown."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        request_id = ids.current()
        return super().formatMessage(record) + (f" [{request_id}]" if request_id else "")

    def format(self, record: logging.LogRecord) -> str:
        return hosts_only(super().format(record))


def configure(*, terminal: bool, form: Form = "auto", level: Level = "info") -> None:
    """Send the project's records to standard error, in the form that fits what reads it.

    `level` is that of f1stream's own records. Libraries don't know what may be shown: theirs are
    never more than informative.
    """
    text = terminal if form == "auto" else form == "text"
    handler = LogLines(sys.stderr)
    handler.setFormatter(Text() if text else JsonLines())
    handler.addFilter(lambda record: not is_bad_request(record))
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)
    logging.getLogger("f1stream").setLevel(number)


def hosts_only(text: str) -> str:
    """`text` with each URL cut to its scheme and host.

    Messages name hosts only; this is for texts of errors that other libraries wrote.
    """
    return _URL.sub(lambda url: f"{url[1]}{url[2]}{'/…' if len(url[3]) > 1 else url[3]}", text)


def is_bad_request(record: logging.LogRecord) -> bool:
    """Whether a record is of a client's malformed request.

    That is no fault of this server, anybody can cause it, and its text holds a part of a link.
    """
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, HttpProcessingError | RequestPayloadError)
