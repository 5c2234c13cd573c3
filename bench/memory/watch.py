"""What a group of processes holds while it is watched, and which of them holds the most of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from bench.memory.service import Service

EVERY_S = 0.25
MIB = 1 << 20
_KINDS = {"f1stream.front": "fronts", "f1stream.isolated": "libraries", "node": "browser's driver"}


class Watch:
    """Looks at the group of `service` every quarter of a second."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._most_held = 0
        self._most_used = 0
        self._most_of: defaultdict[str, int] = defaultdict(int)
        self._most_processes = 0
        self._budgets: list[float] = []

    async def run(self) -> None:
        """Look, until cancelled."""
        looks = 0
        while True:
            self._look()
            if looks % 8 == 0:
                await self._look_at_budget()
            looks += 1
            await asyncio.sleep(EVERY_S)

    def said(self) -> str:
        """The highest that was seen, in MiB."""
        group = self._service.group
        kinds = "  ".join(f"{kind} {most / MIB:.0f}" for kind, most in self._most_of.items())
        lines = [
            f"limit {group.limit_bytes / MIB:.0f} MiB, {group.kills} processes killed",
            f"held at most {self._most_held / MIB:.0f} MiB, "
            f"with files that can be dropped {self._most_used / MIB:.0f} MiB",
            f"the kernel's own peak, files included: {group.peak_bytes / MIB:.0f} MiB",
            f"{self._most_processes} processes at most; anonymous memory in MiB: {kinds}",
        ]
        if self._budgets:
            low, high = min(self._budgets) / MIB, max(self._budgets) / MIB
            lines.append(f"the cache was let have {low:.0f} to {high:.0f} MiB")
        return "\n".join(lines)

    def _look(self) -> None:
        group = self._service.group
        self._most_held = max(self._most_held, group.held_bytes)
        self._most_used = max(self._most_used, group.use_bytes)
        pids = group.pids()
        self._most_processes = max(self._most_processes, len(pids))
        now: defaultdict[str, int] = defaultdict(int)
        for pid in pids:
            # It has ended meanwhile.
            with suppress(OSError, KeyError):
                now[_kind(pid)] += _own_bytes(pid)
        for kind, size in now.items():
            self._most_of[kind] = max(self._most_of[kind], size)

    async def _look_at_budget(self) -> None:
        with suppress(OSError):
            numbers = await self._service.numbers()
            self._budgets.append(numbers["f1stream_segment_cache_limit_bytes"])


def _kind(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text()
    return next((kind for part, kind in _KINDS.items() if part in command), "f1stream")


def _own_bytes(pid: int) -> int:
    """Without pages of files, which other processes on this machine pay for as well."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return 1024 * sum(int(fields[name].split()[0]) for name in ("RssAnon", "RssShmem"))
