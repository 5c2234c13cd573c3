"""Contexts of one browser, each with a way out of its own that only the guard opens."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Self

from f1stream.browser.engine import END_S, START_S, Engine
from f1stream.browser.memory import end_runaways
from f1stream.browser.supply import Supply
from f1stream.errors import BrowserLost
from f1stream.models import Means
from f1stream.net.guard import Guard
from f1stream.net.socks import Socks

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

log = logging.getLogger(__name__)

# One page that plays takes a third of this.
PAGE_BYTES = 1 << 30

# The one thing in a page that goes round a proxy. Our own browser is told by a flag not to.
_NO_WEBRTC = "delete globalThis.RTCPeerConnection; delete globalThis.webkitRTCPeerConnection"


class Browser:
    """An async context manager that owns one browser, started when it is first needed.

    With `cdp_url` it is the one there; while that can't be had, one of our own takes its place.
    `executable` names ours, which is replaced after `most_uses` contexts or above `most_bytes`;
    a page of it that takes more than `page_bytes` is ended. An attached browser must reach this
    process at `proxy_host`, found out by default. At most `contexts` are open at a time; who
    wants one more waits. `admit` is told what a start takes of memory, and returns when there is
    room for it. `clock` is monotonic.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        cdp_url: str = "",
        executable: str | None = None,
        proxy_host: str | None = None,
        contexts: int = 2,
        most_uses: int = 100,
        most_bytes: int = 2 << 30,
        page_bytes: int = PAGE_BYTES,
        admit: Callable[[int], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._supply = Supply(
            cdp_url=cdp_url,
            executable=executable,
            proxy_host=proxy_host,
            most_uses=most_uses,
            most_bytes=most_bytes,
            admit=admit,
            clock=clock,
        )
        self._guard = guard
        self._most = contexts
        self._page_bytes = page_bytes
        self._slots = asyncio.Semaphore(contexts)
        self._holding = asyncio.TaskGroup()
        self._open = 0

    def __repr__(self) -> str:
        if not self._supply.started:
            return "<Browser not started>"
        return f"<Browser {self._supply}, {self._open} of {self._most} contexts open>"

    @property
    def means(self) -> Means:
        """Whether it is one of our own or a remote one: in a context, the one that it is of."""
        return self._supply.means

    async def __aenter__(self) -> Self:
        await self._holding.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # Without the error: a task group would wrap what is none of its tasks' doing.
        await self._holding.__aexit__(None, None, None)
        await self._supply.discard()

    @asynccontextmanager
    async def context(self, guard: Guard | None = None) -> AsyncIterator[BrowserContext]:
        """A context with nothing in it, which reaches what `guard`, by default ours, permits.

        It has one page: any other that is opened is closed. Downloads, service workers and
        dialogs come to nothing, permissions are not given. Raises `BrowserLost`.
        """
        async with self._slots:
            # Later imports of it, in functions, then only find it: it takes half a second.
            await asyncio.to_thread(import_module, "playwright.async_api")
            lease = _Lease()
            holding = self._holding.create_task(self._hold(lease, guard or self._guard))
            try:
                with _translated():
                    yield await lease.context
            finally:
                lease.over.set()
                await asyncio.wait((holding,))

    async def _hold(self, lease: _Lease, guard: Guard) -> None:
        """Open a context and close it when its lease is over.

        It is a task of its own: whoever asked may be cancelled at any moment.
        """
        self._open += 1
        try:
            await self._held(lease, guard)
        except BrowserLost as lost:
            lease.failed(lost)
        # Escaping from here, it would end the task group and all that runs beside it.
        except Exception as error:
            log.exception("a browser context crashed")
            lease.failed(BrowserLost(f"the browser can't be used ({type(error).__name__})"))
        finally:
            self._open -= 1
            lease.context.cancel()

    async def _held(self, lease: _Lease, guard: Guard) -> None:
        async with (
            self._supply.engine() as engine,
            Socks(guard, host=engine.proxy_host) as way_out,
        ):
            context = await self._new_context(engine, way_out)
            try:
                async with self._watched(engine), asyncio.TaskGroup() as closing:
                    popups = _Popups(closing)
                    context.on("page", popups)
                    lease.opened(context)
                    await lease.over.wait()
                    # Those that open from here on are closed with their context.
                    context.remove_listener("page", popups)
            finally:
                await self._close(engine, context)

    @asynccontextmanager
    async def _watched(self, engine: Engine) -> AsyncIterator[None]:
        """While the block runs, a page that eats up memory is ended. A remote one is not ours."""
        if engine.attached:
            yield
            return
        async with asyncio.TaskGroup() as watching:
            watch = watching.create_task(end_runaways(engine.browser, self._page_bytes))
            try:
                yield
            finally:
                watch.cancel()

    async def _new_context(self, engine: Engine, way_out: Socks) -> BrowserContext:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(START_S):
                context = await engine.browser.new_context(
                    proxy={"server": way_out.url, "bypass": "<-loopback>"},
                    accept_downloads=False,
                    service_workers="block",
                )
                if engine.attached:
                    await context.add_init_script(_NO_WEBRTC)
                return context
        except (Error, TimeoutError):
            await self._supply.discard(engine)
            raise BrowserLost("the browser has ended; the next attempt starts another") from None

    async def _close(self, engine: Engine, context: BrowserContext) -> None:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(END_S):
                await context.close()
        except TimeoutError:
            log.warning("a browser does not close a context and is replaced")
            await self._supply.discard(engine)
        except Error:
            # With the browser the context has gone too.
            pass


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what Playwright raises where the browser goes away; its texts can hold URLs."""
    from playwright.async_api import Error

    try:
        yield
    except Error as error:
        raise BrowserLost(f"the browser gave up ({type(error).__name__})") from None


@dataclass(slots=True)
class _Lease:
    """What the one who asked for a context and the task that holds it tell each other."""

    context: asyncio.Future[BrowserContext] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self, context: BrowserContext) -> None:
        if not self.context.done():
            self.context.set_result(context)

    def failed(self, lost: BrowserLost) -> None:
        if not self.context.done():
            self.context.set_exception(lost)


class _Popups:
    """Closes every page but the first, in the tasks of `closing`."""

    def __init__(self, closing: asyncio.TaskGroup) -> None:
        self._closing = closing
        self._first = True

    def __call__(self, page: Page) -> None:
        if self._first:
            self._first = False
        else:
            self._closing.create_task(_closed(page))


async def _closed(page: Page) -> None:
    from playwright.async_api import Error

    with suppress(Error, TimeoutError):
        async with asyncio.timeout(END_S):
            await page.close()
