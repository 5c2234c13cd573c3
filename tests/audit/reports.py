"""What pip-audit and npm audit say, as findings; or that no advisory source has answered them.

pip-audit ends well where its source knows none of the packages, so its end says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in `audited` packages, a line each; `unknown` ones nobody knew anything of."""

    audited: int
    unknown: int
    findings: tuple[str, ...]


class _Advisory(BaseModel):
    id: str
    fix_versions: list[str] = []


class _Dependency(BaseModel):
    name: str
    version: str = ""
    skip_reason: str | None = None
    vulns: list[_Advisory] = []


class _PipAudit(BaseModel):
    dependencies: list[_Dependency]


class _Vulnerability(BaseModel):
    name: str
    severity: str


class _Counts(BaseModel):
    total: int


class _Metadata(BaseModel):
    dependencies: _Counts


class _NpmAudit(BaseModel):
    vulnerabilities: dict[str, _Vulnerability]
    metadata: _Metadata


def of_pip_audit(report: str) -> Audit | None:
    """What `pip-audit -f json` printed; None where its source knows no package or is not there."""
    try:
        told = _PipAudit.model_validate_json(report).dependencies
    except ValidationError:
        return None
    known = [each for each in told if each.skip_reason is None]
    findings = (
        f"{each.name} {each.version}: {advisory.id}, "
        f"fixed in {', '.join(advisory.fix_versions) or 'no version'}"
        for each in known
        for advisory in each.vulns
    )
    return Audit(len(known), len(told) - len(known), tuple(findings)) if known else None


def of_npm_audit(report: str) -> Audit | None:
    """What `npm audit --json` printed; None where the registry has no advisories."""
    try:
        told = _NpmAudit.model_validate_json(report)
    except ValidationError:
        return None
    found = told.vulnerabilities.values()
    findings = tuple(f"{each.name}: {each.severity}" for each in found)
    return Audit(told.metadata.dependencies.total, 0, findings)
