"""`python -m tests.image FOLDER`: build the image without an engine, check it, print its figures.

Ends with 1 where a limit is not kept, or where a second build is another one: of the app's code,
and of the web app, which was built in this checkout before; with `--twice`, of all. Needs to be
root or to have user namespaces; `FOLDER` is emptied. `make image` runs it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pip._internal.models.index import PyPI

from tests.image.build import REPOSITORY, Build, entered
from tests.image.equal import differences
from tests.image.measures import Started, assigned, cold, dependencies, layers, started

MB = 1_000_000
# Node.js runs Playwright's driver, without which no browser can be attached to. It is larger than
# all else together, and there is no smaller one: so the rest has a limit of its own.
MAX_WITHOUT_NODE_BYTES = 62 * MB
MAX_BYTES = 182 * MB
MAX_START_CPU_S = 1.0
MAX_RSS_MIB = 90
MAX_CHECK_CPU_S = 0.3
SHOWN = 12


def main(folder: Path, *, twice: bool = False) -> int:
    """Build in `folder`; returns the exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build = _build(folder)
    image = build.run()
    same = _built_twice(image, folder / "twice") if twice else _built_again(build, image)
    faults = [*same, *_weighed(image), *_complete(image), *_started(image)]
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if faults else 0


def _build(folder: Path) -> Build:
    return Build(folder, {"POETRY_PYPI_MIRROR_URL": PyPI.simple_url})


def _built_again(build: Build, image: Path) -> Iterator[str]:
    yield from differences(image / "app/f1stream", build.again("code") / "app/f1stream")
    built_here = REPOSITORY / "static/build"
    if not built_here.is_dir():
        yield f"{built_here} is not there to be compared with; run: make static/build/index.html"
        return
    yield from differences(image / "app/static/build", built_here, dates=False)


def _built_twice(image: Path, folder: Path) -> Iterator[str]:
    folder.mkdir()
    second = _build(folder).run()
    for layer in ("app", "venv"):
        yield from differences(image / layer, second / layer)


def _weighed(image: Path) -> Iterator[str]:
    parts, packages = layers(image), dependencies(image)
    total = sum(parts.values())
    node = packages["playwright: Node.js"]
    print(f"layers: {total / MB:.1f} MB")
    for name, size in [*parts.items(), *packages.most_common(SHOWN)]:
        print(f"  {name:24} {size / MB:7.1f} MB")
    if total > MAX_BYTES:
        yield f"the layers have {total / MB:.1f} MB, more than {MAX_BYTES / MB:.0f}"
    if total - node > MAX_WITHOUT_NODE_BYTES:
        yield f"{(total - node) / MB:.1f} MB without Node.js, more than {MAX_WITHOUT_NODE_BYTES}"


def _complete(image: Path) -> Iterator[str]:
    imports = [*assigned({}), "python", str(REPOSITORY / ".ci/imports.py")]
    done = subprocess.run(
        entered(image, imports, directory="/app"), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        yield f"something that f1stream imports was left out: {done.stderr.strip()}"


def _started(image: Path) -> Iterator[str]:
    cold(image)
    ways: dict[str, Started] = {"as root, from cold": started(image), "as root": started(image)}
    if os.geteuid() == 0:
        ways["as uid 10001, read-only"] = started(image, uid=10001, read_only=True)
    for name, figures in ways.items():
        print(
            f"{name}: /health after {figures.health_s:.2f} s ({figures.cpu_s:.2f} s of CPU), "
            f"{figures.rss_mib:.0f} MiB idle, health check {figures.check_cpu_s:.2f} s of CPU"
        )
        if figures.rss_mib > MAX_RSS_MIB:
            yield f"{name}: it holds {figures.rss_mib:.0f} MiB when idle, not {MAX_RSS_MIB}"
    # A busy machine only ever adds to these.
    start_s = min(figures.cpu_s for figures in ways.values())
    check_s = min(figures.check_cpu_s for figures in ways.values())
    if start_s > MAX_START_CPU_S:
        yield f"it starts in {start_s:.2f} s of CPU, not {MAX_START_CPU_S}"
    if check_s > MAX_CHECK_CPU_S:
        yield f"the health check takes {check_s:.2f} s of CPU, not {MAX_CHECK_CPU_S}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the image, check it, print its figures.")
    parser.add_argument("folder", type=Path, help="where it is built; emptied before")
    parser.add_argument("--twice", action="store_true", help="build all of it a second time")
    chosen = parser.parse_args()
    sys.exit(main(chosen.folder.resolve(), twice=chosen.twice))
