"""The secret that links are signed with: from the environment, or from the data dir."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from f1stream import store
from f1stream.errors import ConfigurationError

log = logging.getLogger(__name__)

SECRET, OLD_SECRET = "F1STREAM_SECRET", "F1STREAM_SECRET_OLD"


def link_keys(directory: Path) -> list[bytes]:
    """The keys from `$F1STREAM_SECRET` or the data dir; one for this process where neither is.

    The first one signs. `$F1STREAM_SECRET_OLD` is the secret before, whose links still work.
    """
    if SECRET in os.environ:
        return [_key_of(name) for name in (SECRET, OLD_SECRET) if name in os.environ]
    try:
        return store.link_keys(directory)
    except OSError as error:
        key = directory / store.LINK_KEY
        # Left by another user, as whom f1stream ran before.
        unreadable = isinstance(error, PermissionError) and error.filename == str(key)
        log.warning(
            "%s can't be %s (%s): links end with this process; %s, or set F1STREAM_SECRET",
            key if unreadable else directory,
            "read" if unreadable else "written",
            error.strerror,
            "give it to this user with chown" if unreadable else "make it writable, set data.dir",
        )
        return [store.new_key()]


def _key_of(variable: str) -> bytes:
    secret = os.environ[variable]
    if len(secret) < 16:
        raise ConfigurationError(
            [f"{variable}: is shorter than 16 characters; write 32 random ones or more"]
        )
    return store.key_from(secret)
