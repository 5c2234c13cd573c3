"""What docs/deploy puts in front of others, run with the real programs on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
RECIPES = DEPLOY / "edge"
GATE = DEPLOY / "kubernetes/browser/gate.conf"

# Its folder, its own port and those behind it.
Edge = Callable[..., list[str]]


def nginx(folder: Path, port: int, *behind: int) -> list[str]:
    """nginx.conf, with other addresses and folders."""
    conf = _changed(
        (RECIPES / "nginx.conf").read_text("utf-8"),
        {
            "server f1stream:8000;": "".join(f"server 127.0.0.1:{each};" for each in behind),
            "listen 80 ": f"listen 127.0.0.1:{port} ",
            "/var/cache/nginx": str(folder / "cache"),
            "/tmp/nginx.pid": str(folder / "pid"),
        },
    )
    if os.geteuid() == 0:
        # A test's folder is its user's only.
        conf = f"user root;\n{conf}"
    for path in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        conf = conf.replace("http {\n", f"http {{\n    {path}_temp_path {folder}/{path};\n", 1)
    (folder / "nginx.conf").write_text(conf)
    return [_program("nginx"), "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;"]


def gate(folder: Path, port: int, behind: int) -> list[str]:
    """gate.conf, which stands in front of a browser's DevTools."""
    conf = _changed(
        GATE.read_text("utf-8"),
        {"127.0.0.1:9221": f"127.0.0.1:{behind}", "listen 9222": f"listen 127.0.0.1:{port}"},
    )
    (folder / "gate.conf").write_text(conf.replace("/tmp/gate", str(folder / "gate")))
    return [_program("nginx"), "-p", str(folder), "-c", "gate.conf", "-g", "daemon off;"]


def varnish(folder: Path, port: int, behind: int) -> list[str]:
    """varnish.vcl, with another address behind it."""
    return _varnish("varnish.vcl", {"f1stream": behind}, folder, port)


def varnish_replicas(folder: Path, port: int, first: int, second: int) -> list[str]:
    """varnish-replicas.vcl, likewise."""
    behind = {"f1stream-1": first, "f1stream-2": second}
    return _varnish("varnish-replicas.vcl", behind, folder, port)


def varnish_with_one_of_two(folder: Path, port: int, behind: int) -> list[str]:
    """The same where nobody is at one of the two addresses."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return varnish_replicas(folder, port, int(nobody.getsockname()[1]), behind)


def _varnish(recipe: str, behind: dict[str, int], folder: Path, port: int) -> list[str]:
    """The program with a recipe, and the options that its comment names."""
    text = (RECIPES / recipe).read_text("utf-8")
    vcl = _changed(
        text,
        {
            f'.host = "{host}";\n    .port = "8000";': f'.host = "127.0.0.1"; .port = "{at}";'
            for host, at in behind.items()
        },
    )
    (folder / "varnish.vcl").write_text(vcl)
    shutil.copy(RECIPES / "caching.vcl", folder)
    [command] = [line for line in text.splitlines() if line.startswith("#   varnishd ")]
    words = command.removeprefix("#   ").split()[1:]
    words[words.index("-a") + 1] = f"127.0.0.1:{port}"
    words[words.index("-f") + 1] = str(folder / "varnish.vcl")
    return [_program("varnishd"), *words, "-n", str(folder / "work"), "-j", "none"]


@asynccontextmanager
async def in_front(edge: Edge, folder: Path, *behind: int) -> AsyncIterator[str]:
    """An edge cache in front of the servers at ports `behind`; its own address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        *edge(folder, port, *behind), stdout=DEVNULL, stderr=PIPE
    )
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(20):
            while not await _listens(port):
                assert process.returncode is None, (await said).decode()
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await said


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _program(name: str) -> str:
    # Debian puts servers where only root's PATH looks.
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is not installed; run: tests/programs.sh"
    return found


def _changed(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, f"the recipe has no {old!r} any more"
        text = text.replace(old, new)
    return text
