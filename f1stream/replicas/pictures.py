"""A picture and its time as one value."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from f1stream.verifier.previews import Preview

_TAKEN_AT = struct.Struct(">I")


def packed(picture: Preview) -> bytes:
    """The value: four bytes of seconds since 1970, and the JPEG."""
    return _TAKEN_AT.pack(int(picture.taken_at.timestamp())) + picture.jpeg


def unpacked(value: bytes) -> tuple[bytes, datetime] | None:
    """The JPEG and when it was taken; None where the value holds no two such."""
    if len(value) <= _TAKEN_AT.size:
        return None
    (taken_at,) = _TAKEN_AT.unpack_from(value)
    return value[_TAKEN_AT.size :], datetime.fromtimestamp(taken_at, UTC)
