"""The dashboard, the alerts and their page speak of metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.promql import parsed
from tests.metrics.names import families, labels

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "deploy" / "observability"
# What a scrape adds.
SCRAPED = {"instance", "job"}
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
PAGE = (DOCS / "observability.md").read_text()


def expressions() -> Iterator[tuple[str, str]]:
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()), ids=lambda each: each[:40])
def test_an_expression_asks_for_what_there_is(where: str, expression: str) -> None:
    known = labels()
    found = parsed(expression)
    assert found.selectors, where
    for selector in found.selectors:
        if selector.name == "up":
            continue
        assert selector.name in known, f"{where}: there is no {selector.name}"
        has = known[selector.name] | SCRAPED
        assert set(selector.labels) <= has, f"{where}: {selector.name} has {has}"
        assert found.grouped <= has, f"{where}: {selector.name} has {has}"


def test_rates_are_of_counters_and_histograms() -> None:
    for where, expression in expressions():
        for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
            assert name.endswith(("_total", "_bucket")), where
        for name in re.findall(r"(\w+_total)\b", expression):
            assert re.search(rf"(?:rate|increase)\({name}", expression), where


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_and_is_explained(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smhd]", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"].endswith(".")
    assert f"`{rule['alert']}`" in PAGE


def test_panels_have_a_place_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))


def test_the_page_has_every_metric_and_no_other() -> None:
    names = {
        family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        for family in families()
        if family.name.startswith("f1stream_")
    }
    assert set(re.findall(r"^\| `(f1stream_\w+)`", PAGE, re.MULTILINE)) == names


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("sum(rate(f1stream_x_total[5m])", "brackets"),
        ("sum(f1stream_x{kind=5})", "string"),
        ("avergae(f1stream_x)", "no such function"),
        ("sum + 1", "arguments"),
        ("f1stream_x[5 minutes]", "not PromQL"),
        ("f1stream_x{a='b'}", "not PromQL"),
    ],
)
def test_a_wrong_expression_is_noticed(wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(wrong)
