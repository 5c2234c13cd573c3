"""How much memory a process holds, as its system counts it."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path


def resident_bytes() -> int:
    """What of this process is in memory; 0 where the system does not say. Blocks for a moment."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Have the C library give the system what was freed; it keeps that otherwise. Blocks."""
    # glibc's, malloc_trim(3): others have their own ways.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
