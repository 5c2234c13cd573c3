"""What a process does to itself before it lets a library run: it gives up what it can't need.

The guard sits in an audit hook (PEP 578), which the interpreter calls below every Python library
and which nothing can take out again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from f1stream.isolated.order import Limits
from f1stream.net.guard import Guard, Refused

# Bytecode of a freshly installed library is written by the first process that imports it.
_FILE_BYTES = 16 << 20
_OPEN_FILES = 256
_PR_SET_PDEATHSIG = 1

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTING = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "pty.spawn",
        "subprocess.Popen",
    }
)
# Transports that connect outside the interpreter, where no hook sees them.
_UNGUARDED = ("curl_cffi", "pycurl")


class Confinement:
    """The hook. `refusals` counts the connections that the guard did not let happen."""

    def __init__(self, guard: Guard) -> None:
        self.refusals = 0
        self._guard = guard

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            self._judge(arguments[1])
        elif event in _STARTING:
            raise PermissionError(errno.EPERM, "no process is started from here")

    def _judge(self, address: Any) -> None:
        # None: the data goes to where the socket is connected already.
        if address is None:
            return
        if not (isinstance(address, tuple) and self._guard.permits(str(address[0]), address[1])):
            self.refusals += 1
            raise Refused


def confine(limits: Limits, guard: Guard, parent_pid: int) -> Confinement:
    """Set the limits and the guard for the rest of this process's life."""
    _end_with(parent_pid)
    _offer_itself()
    # Whatever holds the interpreter, the system ends the process.
    signal.alarm(limits.seconds)
    _limit(resource.RLIMIT_CPU, limits.seconds)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, _FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    sys.modules.update(dict.fromkeys(_UNGUARDED))  # type: ignore[arg-type]  # None: an ImportError
    confinement = Confinement(guard)
    sys.addaudithook(confinement)
    return confinement


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _offer_itself() -> None:
    """Where memory ends, have the system end this process rather than one that serves viewers."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _end_with(parent_pid: int) -> None:
    """Have the system end this process when its parent ends, where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before it could be watched.
    if os.getppid() != parent_pid:
        os._exit(1)
