"""Which version of each peer was measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from bench.peers.base import peers_directory
from bench.peers.hls_proxy import PACKAGE


def versions() -> dict[str, str]:
    """Name and version of what is installed."""
    found = {
        "Python": ".".join(map(str, sys.version_info[:3])),
        "f1stream": _f1stream(),
        "nginx": _said(["nginx", "-v"]),
        "varnish": _said(["varnishd", "-V"]),
        "mediaflow-proxy": _of_distribution("mediaflow_proxy"),
        "hls-proxy": _of_package(),
    }
    return {name: text for name, text in found.items() if text}


def _f1stream() -> str:
    try:
        return version("f1stream")
    except PackageNotFoundError:
        return ""


def _said(argv: Sequence[str]) -> str:
    """The first version number in what a program says about itself."""
    if shutil.which(argv[0]) is None:
        return ""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    number = re.search(r"\d+\.\d+(?:\.\d+)?", done.stdout + done.stderr)
    return number[0] if number else ""


def _of_distribution(name: str) -> str:
    installed = (peers_directory() / "venv" / "lib").glob(
        f"python3*/site-packages/{name}-*.dist-info"
    )
    for path in installed:
        return path.name.removesuffix(".dist-info").rpartition("-")[2]
    return ""


def _of_package() -> str:
    manifest = peers_directory() / "npm" / "node_modules" / PACKAGE / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.is_file() else ""
