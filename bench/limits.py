"""Open files: a thousand viewers are a thousand sockets, in the service as well."""

from __future__ import annotations

import resource

WANTED = 65536


def raise_open_files() -> None:
    """Let this process, and the ones it starts, have as many open files as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
