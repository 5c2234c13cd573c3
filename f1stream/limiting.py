"""How much viewers may take, as the settings have it."""

from __future__ import annotations

from f1stream.http.allowance import Allowance
from f1stream.http.limits import Limits
from f1stream.settings import Settings


def limits(settings: Settings) -> Limits:
    """What each process that serves viewers goes by."""
    given = settings.limits
    return Limits(
        connections=given.connections,
        connections_per_address=given.connections_per_address,
        requests=given.requests,
        header_s=given.header_timeout,
        body_s=given.body_timeout,
        least_bytes_per_s=int(given.send_rate),
        grace_s=given.send_grace,
        # Behind one stands everybody.
        shared=tuple(map(str, settings.server.trusted_proxies)),
    )


def costly(settings: Settings) -> Allowance | None:
    """How often each address may ask for what makes work; None for any number of times."""
    per_minute = settings.limits.costly_per_minute
    return Allowance(most=per_minute, each_s=60 / per_minute) if per_minute else None
