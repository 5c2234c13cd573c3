"""Imports whatever f1stream imports, at its top or only when it is needed: `imports.py`.

Fails where this Python cannot, or where something was left out that is used after all. It needs
nothing but f1stream itself, so that it can be run where the tests are not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import f1stream

ROOT = Path(f1stream.__file__).parent
# Of the extras and what comes with them, which need not be installed.
OPTIONAL = ("opentelemetry", "requests", "streamlink", "yt_dlp")


def named(file: Path) -> Iterator[str]:
    """The module that a file is, and those that it imports."""
    yield ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


def main() -> None:
    """Import them all."""
    modules = {name for file in ROOT.rglob("*.py") for name in named(file)}
    for name in sorted(modules - {"f1stream.__main__"}):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if not str(error.name).startswith(OPTIONAL):
                raise


if __name__ == "__main__":
    main()
