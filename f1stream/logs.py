"""How log records look: text for a person at a terminal, JSON lines for everything else."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson
from aiohttp.http_exceptions import HttpProcessingError


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message and, where there is one, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure(*, terminal: bool) -> None:
    """Send the project's records to standard error, in the form that fits what reads it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
        if terminal
        else JsonLines()
    )
    handler.addFilter(lambda record: not is_bad_request(record))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def is_bad_request(record: logging.LogRecord) -> bool:
    """Whether a record is of a client's malformed request.

    That is no fault of this server, anybody can cause it, and its text holds a part of a link.
    """
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, HttpProcessingError)
