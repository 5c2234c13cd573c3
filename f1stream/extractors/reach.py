"""The network as extractors get it: the shared client, the isolated libraries and the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import aiohttp
from pydantic import BaseModel

from f1stream.browser import Browser
from f1stream.isolated import Isolation, Job
from f1stream.models import Upstream
from f1stream.net.client import Client

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reach:
    """A `Web` of the services that the composition root built."""

    client: Client
    isolation: Isolation
    browser: Browser

    def get(
        self,
        upstream: Upstream,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """See `Client.get`."""
        return self.client.get(upstream, method=method, headers=headers, body=body)

    async def isolated(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        """See `Isolation.run`."""
        return await self.isolation.run(job, timeout_s=timeout_s, begun=begun)

    def context(self) -> AbstractAsyncContextManager[BrowserContext]:
        """See `Browser.context`."""
        return self.browser.context()
