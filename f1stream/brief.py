"""What a front has to know. It comes through a pipe: a command line is for everybody to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Self

import orjson

from f1stream.http.limits import Limits
from f1stream.proxy.relay import MAX_BYTES

READY = b"ready\n"


@dataclass(frozen=True, slots=True)
class Brief:
    """A front's whole configuration, made by the owner.

    `keys` are those of links, `viewer_keys` those of sessions and tokens. `socket` is where the
    owner answers, `patience_s` how long it may take to. `segment_bytes` is this front's part of the
    cache's budget, which is `cache_share` of the whole one; `max_segment_bytes` is what a body may
    have that is passed on. `limits` are for its viewers. `log_format` and `log_level` are the
    owner's.
    """

    host: str
    port: int
    keys: Sequence[bytes] = field(repr=False)
    segment_bytes: int
    patience_s: float
    cache_share: float = 1.0
    socket: Path = Path()
    viewer_keys: Sequence[bytes] = field(default=(), repr=False)
    limits: Limits = field(default_factory=Limits)
    max_segment_bytes: int = MAX_BYTES
    log_format: Literal["auto", "text", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def line(self) -> bytes:
        """The brief as one line."""
        hexadecimal = {
            name: [key.hex() for key in getattr(self, name)] for name in ("keys", "viewer_keys")
        }
        content = {**asdict(self), **hexadecimal, "socket": str(self.socket)}
        return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def of(cls, line: bytes) -> Self:
        """The brief that a line holds. Raises `ValueError` where it holds none."""
        content = orjson.loads(line)
        keys, viewer_keys = (
            [bytes.fromhex(key) for key in content.pop(name)] for name in ("keys", "viewer_keys")
        )
        socket = Path(content.pop("socket"))
        told = content.pop("limits")
        limits = Limits(**{**told, "shared": tuple(told["shared"])})
        return cls(keys=keys, viewer_keys=viewer_keys, socket=socket, limits=limits, **content)
