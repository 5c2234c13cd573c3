"""Which browser is used: the remote one, ours in its place, or a new one for a worn one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from f1stream.browser.engine import Engine, attach, launch
from f1stream.browser.memory import weigh
from f1stream.errors import BrowserLost, MemoryShort
from f1stream.models import Means, host_of

log = logging.getLogger(__name__)

# What they take: Playwright's driver, which is a Node.js, and with it a browser of our own.
DRIVER_BYTES = 80 << 20
LOCAL_BYTES = 400 << 20
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class Supply:
    """Hands out one running browser, started when it is first needed.

    With `cdp_url` it is the one there; while that can't be had, one of our own takes its place
    and the other is tried again, after longer and longer pauses. One of our own is replaced when
    it has been used `most_uses` times or takes more than `most_bytes`, between two uses. `admit`
    is told what a start takes, and returns when there is room for it. `clock` is monotonic.
    """

    def __init__(
        self,
        *,
        cdp_url: str = "",
        executable: str | None = None,
        proxy_host: str | None = None,
        most_uses: int = 100,
        most_bytes: int = 2 << 30,
        admit: Callable[[int], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cdp_url = cdp_url
        self._executable = executable
        self._proxy_host = proxy_host
        self._most_uses = most_uses
        self._most_bytes = most_bytes
        self._admit = admit
        self._clock = clock
        self._starting = asyncio.Lock()
        self._returned = asyncio.Event()
        self._engine: Engine | None = None
        self._uses = 0
        self._in_use = 0
        self._worn = False
        self._pause_s = FIRST_PAUSE_S
        self._attach_at = clock()

    def __repr__(self) -> str:
        if self._engine is None:
            return "not started"
        return host_of(self._cdp_url) if self._engine.attached else "local"

    @property
    def started(self) -> bool:
        return self._engine is not None

    @property
    def means(self) -> Means:
        """Which one is used, or would be tried first."""
        attached = self._engine.attached if self._engine else bool(self._cdp_url)
        return Means.REMOTE_BROWSER if attached else Means.LOCAL_BROWSER

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """The browser, which is not replaced while it runs and is used. Raises `BrowserLost`."""
        async with self._starting:
            engine = await self._ready()
            self._in_use += 1
            self._uses += 1
        try:
            yield engine
        finally:
            self._in_use -= 1
            self._returned.set()
            await self._wear(engine)

    async def discard(self, engine: Engine | None = None) -> None:
        """End the browser, if it is still `engine`, or whichever it is."""
        held = self._engine
        if held is not None and engine in (None, held):
            self._engine, self._uses, self._worn = None, 0, False
            await held.close()

    async def _ready(self) -> Engine:
        """The browser that runs, or a new one."""
        engine = self._engine
        if engine is not None and not engine.browser.is_connected():
            log.warning("%s has ended; it is replaced", self._named(engine))
            await self.discard()
        if self._worn:
            await self._unused()
            log.info("a browser is replaced after %d uses", self._uses)
            await self.discard()
        if self._engine is None or self._can_go_home():
            self._engine = await self._started()
        return self._engine

    async def _wear(self, engine: Engine) -> None:
        if engine.attached or engine is not self._engine or self._worn:
            return
        weighed_bytes = sum(process.private_bytes for process in await weigh(engine.browser))
        if engine is self._engine:
            self._worn = self._uses >= self._most_uses or weighed_bytes > self._most_bytes

    async def _unused(self) -> None:
        while self._in_use:
            self._returned.clear()
            await self._returned.wait()

    def _can_go_home(self) -> bool:
        """Whether to leave our own browser for the remote one: between two uses only."""
        return (
            self._engine is not None
            and not self._engine.attached
            and bool(self._cdp_url)
            and not self._in_use
            and self._clock() >= self._attach_at
        )

    async def _started(self) -> Engine:
        away = ""
        if self._cdp_url and self._clock() >= self._attach_at:
            await self._has_room(DRIVER_BYTES)
            try:
                engine = await attach(self._cdp_url, self._proxy_host)
            except BrowserLost as lost:
                away = self._put_off(lost)
            else:
                self._pause_s = FIRST_PAUSE_S
                await self.discard()
                log.info("attached to the browser at %s", host_of(self._cdp_url))
                return engine
        if self._engine is not None:
            return self._engine
        try:
            await self._has_room(LOCAL_BYTES)
            return await launch(self._executable)
        except BrowserLost as lost:
            raise BrowserLost(f"{away}{lost.detail}") from None

    async def _has_room(self, size_bytes: int) -> None:
        if self._admit is None:
            return
        try:
            await self._admit(size_bytes)
        except MemoryShort as short:
            raise BrowserLost(f"there is no memory for a browser: {short.detail}") from None

    def _put_off(self, lost: BrowserLost) -> str:
        if self._pause_s == FIRST_PAUSE_S:
            log.warning("%s; a local browser is used until it is back", lost.detail)
        self._attach_at = self._clock() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return f"{lost.detail}; "

    def _named(self, engine: Engine) -> str:
        return f"the browser at {host_of(self._cdp_url)}" if engine.attached else "a browser"
