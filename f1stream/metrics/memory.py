"""How much memory a process holds, as its system counts it."""

from __future__ import annotations

import os
from pathlib import Path


def resident_bytes() -> int:
    """What of this process is in memory; 0 where the system does not say. Blocks for a moment."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
