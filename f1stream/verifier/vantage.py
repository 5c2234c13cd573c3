"""From where a browser sees f1stream while it proves streams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from f1stream.browser import Browser
from f1stream.models import Proof, Reason, host_of
from f1stream.net.guard import Guard, Network
from f1stream.verifier.playback import Playback, Proven

LOOKUP_S = 5.0
_PORTS = {"http": 80, "https": 443}


class Vantage:
    """Proves with `browser` what f1stream serves at `base`, an absolute URL without a query.

    The address of `base` may be reached although it is private, as may `allow_private` by embeds.
    A name is looked up for each check: what it stands for changes when a service moves.
    """

    def __init__(
        self,
        browser: Browser,
        base: str,
        *,
        allow_private: Iterable[Network] = (),
        timeout_s: float,
    ) -> None:
        self._browser = browser
        self._base = base.rstrip("/")
        self._allow_private = tuple(allow_private)
        self._timeout_s = timeout_s

    async def prove(self, play_url: str, *, advancing: bool = False) -> Proven:
        """Play a path of f1stream's own, see `Playback`. Never raises for what a stream does."""
        playback = await self._playback()
        if playback is None:
            return self._unknown()
        return await playback.prove(self._base + play_url, advancing=advancing)

    async def prove_embed(self, url: str) -> Proven:
        """Look at an embed's page. Never raises for what it does."""
        playback = await self._playback()
        return await playback.prove_embed(url) if playback else self._unknown()

    async def _playback(self) -> Playback | None:
        """What plays, led to where `base` is now; None where nobody knows that."""
        try:
            endpoints = await _endpoints(self._base)
        except (OSError, TimeoutError, UnicodeError):
            return None
        return Playback(
            self._browser,
            page_url=f"{self._base}/verify/",
            guard=Guard(self._allow_private, allow_endpoints=endpoints),
            timeout_s=self._timeout_s,
        )

    def _unknown(self) -> Proven:
        proof = Proof(
            proven_at=datetime.now(UTC),
            means=self._browser.means,
            reason=Reason.BROWSER_LOST,
            detail=f"{host_of(self._base)} can't be looked up; set verify.proxy_base",
        )
        return Proven(proof)


async def _endpoints(base: str) -> set[tuple[str, int]]:
    """The addresses and the port that `base` stands for now. Raises `OSError`, `TimeoutError`."""
    parts = urlsplit(base)
    port = parts.port or _PORTS[parts.scheme]
    async with asyncio.timeout(LOOKUP_S):
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, port, type=socket.SOCK_STREAM
        )
    return {(str(address[0]), port) for *_, address in found}
