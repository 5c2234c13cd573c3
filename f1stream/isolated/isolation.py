"""Where jobs are run: a few processes at a time, each killed when its time is over."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from f1stream.errors import AddressRefused, ExtractionFailed, SourceChanged, UpstreamSlow
from f1stream.isolated.order import Limits, Means, Message, Order, Outcome
from f1stream.net.guard import Network

MAX_ANSWER_BYTES = 4 << 20
# What a library takes to begin with, its interpreter included: measured, and some more.
START_BYTES = 64 << 20
# How much longer than its time a process lives if nobody is left to kill it.
_GRACE_S = 5

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Job(Generic[A]):
    """One question for a library.

    `module` has a model `Question` and a function `run(question, means)` that returns an `answer`.
    `library` is what an operator installs as `f1stream[library]`, `host` what messages name.
    """

    module: str
    question: Message = field(repr=False)
    answer: type[A]
    library: str
    host: str


class Isolation:
    """Runs jobs in processes of their own.

    At most `processes` run at a time, each within `memory_bytes` of address space; a job that
    finds none free waits for its turn. They reach public addresses and `allow_private`. `admit` is
    told what a process takes, and returns when there is room for it.
    """

    def __init__(
        self,
        *,
        allow_private: Iterable[Network] = (),
        means: Means | None = None,
        processes: int = 2,
        memory_bytes: int = 1 << 30,
        admit: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        self._allow_private = tuple(allow_private)
        self._means = means or Means()
        self._processes = processes
        self._memory_bytes = memory_bytes
        self._slots = asyncio.Semaphore(processes)
        self._admit = admit
        self._running = 0

    def __repr__(self) -> str:
        return f"<Isolation {self._running} of {self._processes} processes running>"

    async def run(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        """The answer to `job`, within `timeout_s` of its process's start, which `begun` is told.

        Raises `ExtractionFailed`, with the remedy where the library is missing, `AddressRefused`,
        `UpstreamSlow`, or what `admit` raises. Whatever ends it, cancellation too, the process has
        ended as well.
        """
        async with self._slots:
            if self._admit is not None:
                await self._admit(START_BYTES)
            begun()
            return _told(job, await self._said(job, timeout_s))

    async def _said(self, job: Job[A], timeout_s: float) -> bytes:
        order = self._order(job, timeout_s)
        try:
            async with asyncio.timeout(timeout_s), self._process() as process:
                said = await _exchange(process, order.model_dump_json().encode())
                await process.wait()
        except TimeoutError:
            raise UpstreamSlow(
                f"{job.host}: {job.library} found nothing within {timeout_s:g} s"
            ) from None
        if len(said) > MAX_ANSWER_BYTES:
            raise ExtractionFailed(f"{job.host}: {job.library} found more than can be listed")
        if not said:
            raise ExtractionFailed(f"{job.host}: {job.library} {_how_it_ended(process)}")
        return said

    def _order(self, job: Job[A], timeout_s: float) -> Order:
        return Order(
            module=job.module,
            question=job.question.model_dump(mode="json"),
            means=self._means,
            limits=Limits(memory_bytes=self._memory_bytes, seconds=math.ceil(timeout_s) + _GRACE_S),
            allow_private=self._allow_private,
        )

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[Process]:
        """A process that has ended when the block has, reaped."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "f1stream.isolated", str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(self._means),
        )
        self._running += 1
        try:
            yield process
        finally:
            self._running -= 1
            # It may have ended without this loop having heard of it yet.
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()


def _environment(means: Means) -> dict[str, str]:
    """What a library may know of its surroundings: no secret, no proxy, nobody's home."""
    environment = {
        "PATH": "",
        "HOME": os.devnull,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "YTDLP_NO_PLUGINS": "1",
    }
    if means.ca_file is not None:
        environment["SSL_CERT_FILE"] = str(means.ca_file)
    return environment


async def _exchange(process: Process, order: bytes) -> bytes:
    """What the process says in reply: all of it, or a little more than is allowed."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    # One that ended before it read its order says why by how it ended.
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(order)
        await process.stdin.drain()
    process.stdin.close()
    said = bytearray()
    while len(said) <= MAX_ANSWER_BYTES:
        chunk = await process.stdout.read(1 << 16)
        if not chunk:
            return bytes(said)
        said += chunk
    process.kill()
    return bytes(said)


def _how_it_ended(process: Process) -> str:
    code = process.returncode or 0
    match -code:
        case signal.SIGXCPU | signal.SIGALRM:
            return "took too long and was ended"
        case number if number > 0:
            return f"was ended by signal {number}"
        case _:
            return f"ended with {code} and without an answer"


def _told(job: Job[A], said: bytes) -> A:
    try:
        outcome = Outcome.model_validate_json(said)
        if outcome.failure is None:
            return job.answer.model_validate(outcome.answer)
    except ValidationError:
        raise SourceChanged(
            f"{job.host}: {job.library} answered in another shape than is known"
        ) from None
    raise _failure(job, outcome)


def _failure(job: Job[A], outcome: Outcome) -> ExtractionFailed | AddressRefused:
    match outcome.failure:
        case "refused":
            return AddressRefused(
                f"{job.host} leads {job.library} to an address that is not public; an operator's "
                "own servers go into upstream.allow_private"
            )
        case "not installed":
            return ExtractionFailed(
                f"{outcome.detail or job.library} is not installed; "
                f'run: pip install "f1stream[{job.library}]"'
            )
        case "memory":
            return ExtractionFailed(f"{job.host}: {job.library} used more memory than it may")
        case _:
            return ExtractionFailed(f"{job.host}: {job.library}: {outcome.detail}")
