"""How much viewers may take of the service, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one process. `shared` are networks, as text, that many viewers come from: what is counted
    by address is not counted there.

    `header_s` and `body_s` are for a request to arrive in. A viewer who takes fewer than
    `least_bytes_per_s` of what waits for them, for `grace_s`, is cut; 0 cuts nobody.
    """

    connections: int = 16_384
    connections_per_address: int = 512
    requests: int = 8_192
    header_s: float = 15.0
    body_s: float = 15.0
    least_bytes_per_s: int = 4_096
    grace_s: float = 30.0
    shared: tuple[str, ...] = ()
