"""compose.yaml: valid, and what it mounts and builds from exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.schemas import checked

FILE = Path(__file__).parents[2] / "docs/deploy/compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    found: dict[str, Any] = content["services"]
    return found


def test_it_is_valid() -> None:
    checked("vendor.compose-spec", FILE)


def test_what_it_builds_from_and_mounts_exists(services: dict[str, Any]) -> None:
    for service in services.values():
        if "build" in service:
            assert (FILE.parent / service["build"]["context"] / "Dockerfile").is_file()
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source == "data" or (FILE.parent / source).is_file()


def test_the_browser_has_no_way_out_and_f1stream_writes_its_volume_only(
    services: dict[str, Any],
) -> None:
    content = yaml.safe_load(FILE.read_text("utf-8"))
    assert list(services["chrome"]["networks"]) == ["browser"]
    assert content["networks"]["browser"] == {"internal": True}
    for name in ("f1stream", "chrome"):
        assert services[name]["read_only"]
        assert services[name]["user"] == "10001:10001"
        assert services[name]["cap_drop"] == ["ALL"]


def test_the_cache_in_front_is_an_option(services: dict[str, Any]) -> None:
    assert services["edge"]["profiles"] == ["edge"]
    assert "profiles" not in services["f1stream"]
