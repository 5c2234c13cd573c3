"""What an image weighs and how it starts, as figures."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.image.build import REPOSITORY, entered
from tests.image.dockerfile import read

SITE = "lib/python3.*/site-packages"
# What the Dockerfile's ENV says.
ENVIRONMENT = {"PATH": "/app/bin:/venv/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
START_S = 30
# What starts at once has come to rest by then.
SETTLED_S = 2


def size_bytes(path: Path) -> int:
    """The content of a file, or of all files below a folder, in bytes; links count nothing."""
    if path.is_symlink() or path.is_file():
        return path.lstat().st_size
    return sum(
        (Path(folder) / name).lstat().st_size
        for folder, _, names in os.walk(path)
        for name in names
    )


def layers(image: Path) -> dict[str, int]:
    """The bytes of each of the image's own layers."""
    app = image / "app"
    return {
        "dependencies": size_bytes(image / "venv"),
        "app": size_bytes(app / "static"),
        "code": size_bytes(app) - size_bytes(app / "static"),
    }


def dependencies(image: Path) -> Counter[str]:
    """The bytes of each installed package, by its record; Playwright's Node.js on its own."""
    [site] = (image / "venv").glob(SITE)
    sizes: Counter[str] = Counter()
    for record in site.glob("*.dist-info/RECORD"):
        name = record.parent.name.partition("-")[0]
        tops = {line.split("/", 1)[0].split(",", 1)[0] for line in record.read_text().splitlines()}
        for top in tops - {"..", "__pycache__"}:
            if (site / top).exists():
                sizes[name] += size_bytes(site / top)
    [node] = site.glob("playwright/driver/node")
    sizes["playwright"] -= size_bytes(node)
    sizes["playwright: Node.js"] = size_bytes(node)
    return sizes


class Started(NamedTuple):
    """How an image started: by the clock, and by what a busy machine does not change."""

    health_s: float
    cpu_s: float
    rss_mib: float
    check_cpu_s: float


@contextmanager
def serving(
    image: Path,
    *,
    uid: int | None = None,
    read_only: bool = False,
    volume: Path | None = None,
    variables: dict[str, str] | None = None,
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The image's command, running; its port, and its process. It is ended with SIGTERM."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    own = {
        "HOME": "/",
        "F1STREAM_SERVER__HOST": "127.0.0.1",
        "F1STREAM_SERVER__PORT": str(port),
        "F1STREAM_SCHEDULE__ENABLED": "false",
        **(variables or {}),
    }
    command = entered(
        image,
        [*assigned(own), "f1stream", "serve"],
        directory="/app",
        uid=uid,
        read_only=read_only,
        volume=volume,
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(timeout=12)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def started(image: Path, *, uid: int | None = None, read_only: bool = False) -> Started:
    """Start it once, wait until `/health` is 200, and see what it has taken."""
    began_s = time.perf_counter()
    with serving(image, uid=uid, read_only=read_only) as (port, process):
        answered(port)
        health_s = time.perf_counter() - began_s
        cpu_s = _cpu_s(process.pid)
        time.sleep(SETTLED_S)
        [rss_kib] = re.findall(
            r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text()
        )
        before_s = _children_cpu_s()
        if checked(image, port).returncode != 0:
            raise RuntimeError("the health check says that what answers is not alive")
        check_cpu_s = _children_cpu_s() - before_s
    return Started(health_s, cpu_s, int(rss_kib) / 1024, check_cpu_s)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _children_cpu_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def checked(image: Path, port: int) -> subprocess.CompletedProcess[bytes]:
    """The image's HEALTHCHECK, run once."""
    check = read((REPOSITORY / "Dockerfile").read_text("utf-8"))[-1].only("HEALTHCHECK")
    command: list[str] = json.loads(check.text.partition(" CMD ")[2])
    own = assigned({"F1STREAM_SERVER__PORT": str(port)})
    return subprocess.run(entered(image, [*own, *command]), check=False)


def assigned(variables: Mapping[str, str]) -> list[str]:
    """How a command is run with the image's environment and nothing else."""
    both = {**ENVIRONMENT, **variables}
    return ["env", "-i", *(f"{name}={value}" for name, value in both.items())]


def answered(port: int) -> None:
    """Wait until `/health` answers 200. Raises `TimeoutError`."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                if b" 200 " in connection.recv(64):
                    return
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f"nothing answers on port {port}")


def cold(folder: Path) -> None:
    """Have the kernel forget what it holds of a folder's files."""
    os.sync()
    for at, _, names in os.walk(folder):
        for name in names:
            if not (path := Path(at) / name).is_symlink():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
