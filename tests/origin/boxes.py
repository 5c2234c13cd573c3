"""The boxes of ISO/IEC 14496-12, as far as a fragment's place in time needs them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEADER = struct.Struct(">I4s")
INT32 = struct.Struct(">I")
INT64 = struct.Struct(">Q")
FULL_BOX_BYTES = 4


class Box:
    """Where one box stands: `data[start:end]` is all of it, `data[body:end]` what it holds."""

    def __init__(self, kind: bytes, start: int, end: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.body = start + HEADER.size


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that stand one after the other from `start` to `end`.

    Raises `ValueError` where a size cannot be: 64-bit sizes are not written by short fragments.
    """
    end = len(data) if end is None else end
    while start < end:
        if end - start < HEADER.size:
            raise ValueError(f"{end - start} bytes are too few for a box")
        size, kind = HEADER.unpack_from(data, start)
        if not HEADER.size <= size <= end - start:
            raise ValueError(f"a box {kind!r} of {size} bytes in {end - start}")
        yield Box(kind, start, start + size)
        start += size


def find(data: bytes | bytearray, *path: bytes) -> Box:
    """The first box at the end of a path of kinds. Raises `LookupError`."""
    box = Box(b"", -HEADER.size, len(data))
    for kind in path:
        inner = (each for each in boxes(data, box.body, box.end) if each.kind == kind)
        found = next(inner, None)
        if found is None:
            raise LookupError(f"no box {kind!r} on the path {path!r}")
        box = found
    return box


def timescale(init: bytes) -> int:
    """Ticks a second of the first track in an initialization section."""
    body = find(init, b"moov", b"trak", b"mdia", b"mdhd").body
    times_bytes = 16 if init[body] else 8
    return int(INT32.unpack_from(init, body + FULL_BOX_BYTES + times_bytes)[0])


def decode_time(fragment: bytes) -> int:
    """When the first frame of a fragment is decoded, in ticks (its `tfdt` box)."""
    return int(INT64.unpack_from(fragment, _decode_time_at(fragment))[0])


def moved(fragment: bytes, *, sequence: int, later_by: int) -> bytes:
    """The same fragment under another sequence number and so many ticks later."""
    copy = bytearray(fragment)
    header = find(copy, b"moof", b"mfhd")
    INT32.pack_into(copy, header.body + FULL_BOX_BYTES, sequence)
    INT64.pack_into(copy, _decode_time_at(copy), decode_time(fragment) + later_by)
    return bytes(copy)


def _decode_time_at(fragment: bytes | bytearray) -> int:
    box = find(fragment, b"moof", b"traf", b"tfdt")
    if fragment[box.body] != 1:
        raise ValueError("a tfdt box of 32 bits")
    return box.body + FULL_BOX_BYTES
