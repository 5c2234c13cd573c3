"""Memory for bodies, used again and again: fresh pages cost more than the copies they save."""

from __future__ import annotations

from bisect import bisect_left, insort

# Buffers of like size serve each other when they are cut to a common grain.
GRAIN_BYTES = 64 * 1024
# A buffer may be that much larger than what is asked of it before it is wasted on it.
SLACK = 1.5
# Each memory file takes a descriptor, of which a process has a thousand where nobody raised that.
MAX_FILES = 256


class Buffers:
    """Lends buffers, at most `max_bytes` of them in all, lent and waiting."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.lent_bytes = 0
        self._files = 0
        self._idle_bytes = 0
        self._idle: list[tuple[int, int, bytearray]] = []

    def __repr__(self) -> str:
        lent, idle, most = (
            round(size / 2**20) for size in (self.lent_bytes, self._idle_bytes, self.max_bytes)
        )
        return f"<Buffers {lent} lent + {idle} idle of {most} MiB>"

    @property
    def held_bytes(self) -> int:
        """What is lent and what waits."""
        return self.lent_bytes + self._idle_bytes

    def allow(self, max_bytes: int) -> None:
        """Have another budget from now on; what is lent stays lent."""
        self.max_bytes = max_bytes
        while self._idle and self.held_bytes > max_bytes:
            self._pop(-1)

    def take(self, size_bytes: int) -> bytearray | None:
        """A buffer of at least that size, its content undefined; None where the budget is spent."""
        wanted = _rounded(size_bytes)
        buffer = self._waiting(wanted) or self._fresh(wanted)
        if buffer is not None:
            self.lent_bytes += len(buffer)
        return buffer

    def has_room(self, size_bytes: int) -> bool:
        """Whether `take` has a buffer of that size to lend."""
        wanted = _rounded(size_bytes)
        at = bisect_left(self._idle, (wanted,))
        fits = at < len(self._idle) and self._idle[at][0] <= wanted * SLACK
        return fits or self.lent_bytes + wanted <= self.max_bytes

    def give(self, buffer: bytearray) -> None:
        """Take a buffer back. Nobody may read from it any more."""
        self.lent_bytes -= len(buffer)
        self._idle_bytes += len(buffer)
        insort(self._idle, (len(buffer), id(buffer), buffer))

    def charge(self, size_bytes: int) -> bool:
        """Count a memory file in; False, and nothing counted, where it is too much or too many."""
        if self._files >= MAX_FILES:
            return False
        while self._idle and self.lent_bytes + self._idle_bytes + size_bytes > self.max_bytes:
            self._pop(-1)
        if self.lent_bytes + size_bytes > self.max_bytes:
            return False
        self.lent_bytes += size_bytes
        self._files += 1
        return True

    def discharge(self, size_bytes: int) -> None:
        """Count a memory file out."""
        self.lent_bytes -= size_bytes
        self._files -= 1

    def _waiting(self, wanted: int) -> bytearray | None:
        at = bisect_left(self._idle, (wanted,))
        if at == len(self._idle) or self._idle[at][0] > wanted * SLACK:
            return None
        return self._pop(at)

    def _fresh(self, wanted: int) -> bytearray | None:
        while self._idle and self.lent_bytes + self._idle_bytes + wanted > self.max_bytes:
            self._pop(-1)
        if self.lent_bytes + wanted > self.max_bytes:
            return None
        return bytearray(wanted)

    def _pop(self, at: int) -> bytearray:
        size, _, buffer = self._idle.pop(at)
        self._idle_bytes -= size
        return buffer


def _rounded(size_bytes: int) -> int:
    return -(-max(size_bytes, 1) // GRAIN_BYTES) * GRAIN_BYTES
