"""Installed packages, as Python sees them: a module, and a folder that says what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from f1stream.extractors.roster import GROUP


def put_package(folder: Path, name: str, code: str, offers: Mapping[str, str]) -> None:
    """Install a package of one module into `folder`; `offers` are its extractors by key."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{key} = {value}" for key, value in offers.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
    (folder / f"{name}.py").write_text(code)
