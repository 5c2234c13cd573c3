"""The steps of the Dockerfile, run without an engine: the same commands at the same paths.

Each stage is a folder that holds what the image adds to its base. A command sees that folder's
content at the root of the file system, in a mount namespace of its own, and this machine's Python
and Node where the base image would have its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.image.dockerfile import Instruction, Stage, read

REPOSITORY = Path(__file__).parents[2]
# The folders at the root that the image adds; all others are the base's.
OWN = ("app", "build", "data", "poetry", "venv")
PYTHON = Path(sys.base_prefix)

# Binds the machine's root, and a stage's folders over it, under a new root; then goes there.
_ENTER = r"""
set -eu
stage=$1 directory=$2 python=$3; shift 3
mount -t tmpfs -o mode=755 tmpfs "$stage/.root"
for each in /*; do
    [ -h "$each" ] && { cp -P "$each" "$stage/.root$each"; continue; }
    [ -d "$each" ] || continue
    mkdir -p "$stage/.root$each"
    # Another user has no way through root's home to a Python that lies in it.
    if [ "$each" = /root ] && [ -n "${AS_UID:-}" ]; then continue; fi
    mount --rbind "$each" "$stage/.root$each"
done
if ! [ -e "$stage/.root$python/bin" ]; then
    mkdir -p "$stage/.root$python"
    mount --bind "$python" "$stage/.root$python"
fi
for each in app build data poetry venv; do
    [ -d "$stage/$each" ] || continue
    mkdir -p "$stage/.root/$each"
    mount --bind "$stage/$each" "$stage/.root/$each"
    if [ -n "${READ_ONLY:-}" ]; then mount -o remount,bind,ro "$stage/.root/$each"; fi
done
if [ -n "${VOLUME:-}" ]; then
    mkdir -p "$stage/.root/data"
    mount --bind "$VOLUME" "$stage/.root/data"
fi
if [ -n "${READ_ONLY:-}" ]; then
    mount -t tmpfs -o ro tmpfs "$stage/.root/tmp"
    mount -o remount,ro "$stage/.root"
fi
exec chroot "$stage/.root" /bin/sh -c 'cd "$1"; shift; exec "$@"' - "$directory" \
    ${AS_UID:+setpriv --reuid "$AS_UID" --regid "$AS_UID" --clear-groups --inh-caps=-all} "$@"
"""


def entered(
    stage: Path,
    command: list[str],
    *,
    directory: str = "/",
    uid: int | None = None,
    read_only: bool = False,
    volume: Path | None = None,
) -> list[str]:
    """The command line that runs `command` with a stage's folders at the root.

    `uid` is another user's; with `read_only` nothing at all can be written but `volume`, which
    stands at /data.
    """
    (stage / ".root").mkdir(exist_ok=True)
    own = {"AS_UID": uid or "", "READ_ONLY": read_only or "", "VOLUME": volume or ""}
    settings = [f"{name}={value}" for name, value in own.items()]
    namespace = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root", "--mount"]
    )
    shell = ["sh", "-c", _ENTER, "-", str(stage), directory, str(PYTHON)]
    return [*namespace, "env", *settings, *shell, *command]


class Build:
    """A Dockerfile's stages built in `folder`, with the arguments of `docker build`."""

    def __init__(self, folder: Path, arguments: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._arguments = dict(arguments or {})
        self._stages = read((REPOSITORY / "Dockerfile").read_text("utf-8"))
        self.context = folder / "context"

    def run(self) -> Path:
        """Build every stage; returns the folder of the last one, the image's own files."""
        copy_context(self.context)
        for stage in self._stages:
            built = self._build(stage, self._folder / (stage.name or "image"))
        return built

    def again(self, name: str) -> Path:
        """Build one stage a second time, on the base that was built; returns its folder."""
        [stage] = [each for each in self._stages if each.name == name]
        return self._build(stage, self._folder / f"{name}-again")

    def _build(self, stage: Stage, folder: Path) -> Path:
        base = self._folder / stage.base
        if base.is_dir():
            shutil.copytree(base, folder, symlinks=True, ignore=shutil.ignore_patterns(".root"))
        folder.mkdir(exist_ok=True)
        directory = "/build" if base.is_dir() else "/"
        environment: dict[str, str] = {}
        for instruction in stage.instructions:
            match instruction.name:
                case "WORKDIR":
                    directory = instruction.text
                    _inside(folder, directory, "/").mkdir(parents=True, exist_ok=True)
                case "ARG":
                    name, _, default = instruction.words()[0].partition("=")
                    environment[name] = self._arguments.get(name, default)
                case "COPY":
                    self._copy(folder, directory, instruction)
                case "RUN":
                    self._command(folder, directory, instruction.text, environment)
        return folder

    def _command(
        self, folder: Path, directory: str, command: str, environment: Mapping[str, str]
    ) -> None:
        for each in OWN:
            # What a command makes at the root has to end up in the stage.
            (folder / each).mkdir(exist_ok=True)
        path = os.pathsep.join([str(PYTHON / "bin"), os.environ["PATH"]])
        subprocess.run(
            entered(folder, ["sh", "-c", command], directory=directory),
            env={**os.environ, "PATH": path, **environment},
            check=True,
        )
        for each in OWN:
            if not any((folder / each).iterdir()) and each != "data":
                (folder / each).rmdir()

    def _copy(self, folder: Path, directory: str, instruction: Instruction) -> None:
        *sources, target = instruction.words()
        origin = self.context
        if sources[0].startswith("--from="):
            origin = self._folder / sources.pop(0).removeprefix("--from=")
        to = _inside(folder, directory, target)
        for source in sources:
            found = origin / source.lstrip("/")
            if found.is_dir():
                shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True)
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, to)


def _inside(folder: Path, directory: str, path: str) -> Path:
    return folder / os.path.normpath(f"{directory}/{path}" if path[0] != "/" else path).lstrip("/")


def copy_context(to: Path) -> None:
    """What of this repository `.dockerignore` lets through, as its comment-free lines say it."""
    lines = [
        line
        for line in (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    left = [line for line in lines if not line.startswith("!") and line != "*"]
    patterns = [re.compile(_pattern(line)) for line in left]

    def ignored(folder: str, names: list[str]) -> set[str]:
        at = Path(folder).relative_to(REPOSITORY)
        return {
            name
            for name in names
            if any(pattern.fullmatch((at / name).as_posix()) for pattern in patterns)
        }

    for name in kept:
        source, target = REPOSITORY / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy2(source, target)


def _pattern(line: str) -> str:
    """A line of `.dockerignore` as a regular expression; `**/` stands for any folders or none."""
    return "".join(
        "(?:.*/)?" if part == "**/" else re.escape(part) for part in re.split(r"(\*\*/)", line)
    )
