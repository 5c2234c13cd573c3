"""Asks the advisory sources that pip-audit and npm know about all that is locked.

Fails on a finding. Where no source answers it says so and succeeds: that a registry has no
advisories is no fault of what is built.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.audit.reports import Audit, of_npm_audit, of_pip_audit

ROOT = Path(__file__).parents[2]
PYTHON_LOCK = ROOT / "poetry.lock"
# Where one does not answer, the next is asked.
SERVICES = ("pypi", "osv")
PATIENCE_S = 120


def main(npm: str) -> int:
    """Audit both locks; returns the exit status."""
    locked = [
        f"{each['name']}=={each['version']}"
        for each in tomllib.loads(PYTHON_LOCK.read_text("utf-8"))["package"]
    ]
    audits = {PYTHON_LOCK.name: _python(locked), "package-lock.json": _web(npm)}
    for name, audit in audits.items():
        print(_told(name, audit))
    return int(any(audit.findings for audit in audits.values() if audit))


def _python(locked: list[str]) -> Audit | None:
    for service in SERVICES:
        # A source that knows nothing of one package is not asked about all the others.
        if _pip_audit(service, locked[:1]) is not None:
            return _pip_audit(service, locked)
    return None


def _pip_audit(service: str, locked: list[str]) -> Audit | None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("\n".join(locked))
        requirements.flush()
        report = _said(
            *(sys.executable, "-m", "pip_audit", "-s", service, "-f", "json", "--timeout", "10"),
            *("--progress-spinner", "off", "--no-deps", "--disable-pip", "-r", requirements.name),
        )
    return of_pip_audit(report)


def _web(npm: str) -> Audit | None:
    return of_npm_audit(_said(npm, "--prefix", "static", "audit", "--package-lock-only", "--json"))


def _said(*command: str) -> str:
    try:
        ran = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout


def _told(name: str, audit: Audit | None) -> str:
    if audit is None:
        return f"{name}: not audited, as no advisory source answers here"
    summary = f"{name}: {len(audit.findings)} advisories for {audit.audited} packages"
    unknown = f", {audit.unknown} more are not known" if audit.unknown else ""
    return "\n".join((summary + unknown, *(f"  {finding}" for finding in audit.findings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "npm"))
