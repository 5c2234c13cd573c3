"""A library of the worst kind: it does what it is asked to, whatever that is."""

from __future__ import annotations

import _socket
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from f1stream.isolated.order import Means, Message, Unanswered


class Question(Message):
    what: str
    host: str = ""
    port: int = 0


class Answer(Message):
    said: str


def run(question: Question, means: Means) -> Answer:
    return Answer(said=str(_JOBS[question.what](question)))


def _hang(question: Question) -> None:
    # A thread that would keep an interpreter from ending.
    threading.Thread(target=time.sleep, args=(3600,)).start()
    time.sleep(3600)


def _hold_the_interpreter(question: Question) -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


def _allocate(question: Question) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))


def _flood(question: Question) -> str:
    return "x" * (8 << 20)


def _shout(question: Question) -> str:
    print("hunter2")
    print("hunter2", file=sys.stderr)
    os.write(1, b"hunter2")
    os.write(2, b"hunter2")
    return "said quietly"


def _import(question: Question) -> None:
    import nowhere_to_be_found  # type: ignore[import-not-found]  # noqa: F401


def _quote(question: Question) -> None:
    raise ValueError("https://a.example/?token=hunter2")


def _give_up(question: Question) -> None:
    raise Unanswered("the site answered 404")


def _die(question: Question) -> None:
    os.abort()


def _start_programs(question: Question) -> int:
    attempts: list[Callable[[], object]] = [
        lambda: subprocess.run(["/bin/true"]),
        lambda: os.system("true"),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.execv("/bin/true", ["true"]),
        os.fork,
        lambda: os.popen("true"),
    ]
    return _successes(attempts)


def _connect(question: Question) -> int:
    address = (question.host, question.port)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    attempts: list[Callable[[], object]] = [
        lambda: socket.create_connection(address),
        lambda: socket.socket().connect(address),
        lambda: _must(socket.socket().connect_ex(address)),
        lambda: _socket.socket().connect(address),
        lambda: udp.sendto(b"x", address),
        lambda: udp.sendmsg([b"x"], [], 0, address),
    ]
    return _successes(attempts)


def _connect_to_all(question: Question) -> int:
    """How many of the hosts, one a line, were reached."""
    hosts = question.host.splitlines()
    return sum(_connect(question.model_copy(update={"host": host})) for host in hosts)


def _must(code: int) -> None:
    if code:
        raise OSError(code, "")


def _successes(attempts: list[Callable[[], object]]) -> int:
    succeeded = 0
    for attempt in attempts:
        with suppress(OSError):
            attempt()
            succeeded += 1
    return succeeded


def _look_around(question: Question) -> str:
    return " ".join(sorted(os.environ)) + " " + " ".join(sys.argv)


_JOBS: dict[str, Callable[[Question], object]] = {
    "allocate": _allocate,
    "connect": _connect,
    "connect to all": _connect_to_all,
    "die": _die,
    "flood": _flood,
    "give up": _give_up,
    "hang": _hang,
    "hold the interpreter": _hold_the_interpreter,
    "import": _import,
    "look around": _look_around,
    "quote": _quote,
    "shout": _shout,
    "start programs": _start_programs,
}
