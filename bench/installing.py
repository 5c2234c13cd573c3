"""Gets what there is to measure against, and says what could not be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.peers import PEERS
from bench.peers.base import peers_directory
from bench.peers.hls_proxy import PACKAGE

SYSTEM_PACKAGES = ("nginx", "varnish", "wrk", "openssl")
PYTHON_PACKAGES = ("mediaflow-proxy", "fastapi", "httpx", "uvicorn")
INSTALL_S = 600


def install() -> int:
    """Install what is missing; 1 where something still is."""
    directory = peers_directory()
    directory.mkdir(parents=True, exist_ok=True)
    faults = [
        *_system_packages(),
        *_run([sys.executable, "-m", "venv", str(directory / "venv")]),
        *_run([str(directory / "venv" / "bin" / "pip"), "install", "--quiet", *PYTHON_PACKAGES]),
        *_node_package(),
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    for peer in PEERS:
        print(f"{peer.name}: {'ready' if peer.installed() else 'not installed'}")
    return 0 if all(peer.installed() for peer in PEERS) and _commands_there() else 1


def _commands_there() -> bool:
    return all(shutil.which(name) for name in ("nginx", "wrk", "openssl"))


def _system_packages() -> list[str]:
    if _commands_there() and shutil.which("varnishd"):
        return []
    wanted = " ".join(SYSTEM_PACKAGES)
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return [f"as root, run: apt-get install --no-install-recommends {wanted}"]
    # Debian starts what it installs; exit status 101 is its way to be told not to.
    policy = Path("/usr/sbin/policy-rc.d")
    if not policy.exists():
        return [f"Debian would start the services: create {policy} with 'exit 101' in it first"]
    return [
        *_run(["apt-get", "update", "-q"]),
        *_run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *SYSTEM_PACKAGES]),
    ]


def _node_package() -> list[str]:
    if shutil.which("npm") is None:
        return ["hls-proxy needs Node.js with npm"]
    prefix = str(peers_directory() / "npm")
    return _run(["npm", "install", "--prefix", prefix, "--no-audit", "--no-fund", PACKAGE])


def _run(argv: Sequence[str]) -> list[str]:
    """Run one command; what went wrong, if anything did."""
    print(" ".join(argv), flush=True)
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"{argv[0]}: {error}"]
    if done.returncode == 0:
        return []
    return [f"{argv[0]} {argv[1]}: {(done.stderr or done.stdout).strip()[-500:]}"]
