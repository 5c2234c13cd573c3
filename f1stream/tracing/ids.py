"""The id that ties a viewer's request to all that is done for it.

It is in the context of the tasks that a request starts, so what they log carries it too.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from multidict import istr

REQUEST_ID = istr("X-Request-Id")

# What a reverse proxy sends there is such a name; anything else could forge a line of a log.
_SANE = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")

_current: ContextVar[str] = ContextVar("f1stream_request_id", default="")


def current() -> str:
    """The id of the request that this is done for; empty where it is done for none."""
    return _current.get()


@contextmanager
def known_as(request_id: str) -> Iterator[None]:
    """Do what is in the block for the request of that id."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def sane(given: str | None) -> str | None:
    """An id that a client sent, where it may be used."""
    return given if given is not None and _SANE.fullmatch(given) else None


def made() -> str:
    """A new id: 16 hexadecimal digits."""
    return secrets.token_hex(8)
