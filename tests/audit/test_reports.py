"""What the two programs print is told for what it is, above all where nobody answered them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit import __main__ as audit
from tests.audit.reports import Audit, of_npm_audit, of_pip_audit

SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited"}
CLEAN: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
FOUND = {
    "name": "c",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}],
}
NO_ADVISORIES = {"message": "405 Method Not Allowed", "statusCode": 405, "error": {"summary": ""}}


def pip(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def npm(**vulnerabilities: str) -> str:
    found = {name: {"name": name, "severity": how} for name, how in vulnerabilities.items()}
    return json.dumps(
        {
            "auditReportVersion": 2,
            "vulnerabilities": found,
            "metadata": {"dependencies": {"total": 300}},
        }
    )


def test_findings_are_named_with_their_remedy() -> None:
    assert of_pip_audit(pip(CLEAN, FOUND, SKIPPED)) == Audit(2, 1, ("c 2: PYSEC-1, fixed in 2.1",))
    assert of_npm_audit(npm(vite="high")) == Audit(300, 0, ("vite: high",))


def test_nothing_found_is_told_from_nobody_answering() -> None:
    assert of_pip_audit(pip(CLEAN)) == Audit(1, 0, ())
    assert of_npm_audit(npm()) == Audit(300, 0, ())
    assert of_pip_audit(pip(SKIPPED)) is None
    assert of_npm_audit(json.dumps(NO_ADVISORIES)) is None


@given(st.text())
def test_anything_else_is_no_answer(report: str) -> None:
    assert of_pip_audit(report) is None
    assert of_npm_audit(report) is None


@pytest.mark.parametrize(
    ("pip_says", "npm_says", "status"),
    [
        (pip(SKIPPED), json.dumps(NO_ADVISORIES), 0),
        (pip(CLEAN), npm(), 0),
        (pip(FOUND), json.dumps(NO_ADVISORIES), 1),
        (pip(SKIPPED), npm(vite="low"), 1),
        ("", "", 0),
    ],
)
def test_it_fails_on_findings_and_on_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pip_says: str,
    npm_says: str,
    status: int,
) -> None:
    monkeypatch.setattr(
        audit, "_said", lambda *command: npm_says if command[0] == "npm" else pip_says
    )
    assert audit.main("npm") == status
    told = capsys.readouterr().out
    assert ("no advisory source answers" in told) == (
        None in (of_pip_audit(pip_says), of_npm_audit(npm_says))
    )


def test_what_is_asked_about_is_what_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def said(*command: str) -> str:
        if command[0] != "npm":
            asked.append(Path(command[-1]).read_text())
        return pip(CLEAN)

    monkeypatch.setattr(audit, "_said", said)
    audit.main("npm")
    first, everything = asked
    assert "\n" not in first
    assert {"aiohttp", "pydantic", "uvloop"} <= {
        line.partition("==")[0] for line in everything.splitlines()
    }
