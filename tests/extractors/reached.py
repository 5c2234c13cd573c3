"""A whole reach for extractors, real in every part, that ends at this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from f1stream.browser import Browser
from f1stream.extractors import Extractor, Reach, Web
from f1stream.isolated import Isolation
from f1stream.isolated.isolation import A, Job
from f1stream.models import Found
from f1stream.net.client import Timeouts, connect
from f1stream.net.guard import Guard
from tests.browser.chromium import CHROMIUM

# The rest of 127.0.0.0/8 is as private as anything.
ALLOWED = [ipaddress.ip_network("127.0.0.1")]


class Rerouted(Isolation):
    """Runs jobs of the named modules by others."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        super().__init__(allow_private=ALLOWED)
        self._modules = modules

    async def run(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        module = self._modules.get(job.module, job.module)
        return await super().run(replace(job, module=module), timeout_s=timeout_s, begun=begun)


@asynccontextmanager
async def reach(modules: Mapping[str, str] | None = None) -> AsyncIterator[Reach]:
    """What the composition root gives to extractors; `modules` puts jobs in place of others."""
    guard = Guard(ALLOWED)
    async with (
        connect(guard, timeouts=Timeouts(), user_agent="tests") as client,
        Browser(guard, executable=CHROMIUM) as browser,
    ):
        yield Reach(client, Rerouted(modules or {}), browser)


async def found_by(source: Extractor, web: Web) -> list[Found]:
    """All that a source finds, leads aside."""
    return [found async for found in source.find(web) if isinstance(found, Found)]
