"""Each promise of SECURITY.md names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_is_there(file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert test in {each.name for each in tree.body if isinstance(each, functions)}


def test_every_promise_has_one() -> None:
    rows = re.findall(r"^\| ([^|*]+) \| (.*) \|$", PAGE.partition("## What proves it")[2], re.M)
    proofs = [(promise, told) for promise, told in rows if promise not in ("promise", "---")]
    assert len(proofs) > 12
    assert [promise for promise, told in proofs if not re.search(r"::\w+`", told)] == []
