"""The pipeline: valid, on pushes to main only, and with its secrets where its server reads them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.schemas import checked

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".woodpecker.yml"


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return content


def test_it_is_valid() -> None:
    checked("vendor.woodpecker-ci", FILE)


def test_it_runs_on_pushes_to_main_only(pipeline: dict[str, Any]) -> None:
    assert pipeline["when"] == [{"event": "push", "branch": "main"}]


def test_what_was_not_tested_is_not_built_and_what_was_not_built_not_rolled_out(
    pipeline: dict[str, Any],
) -> None:
    steps = pipeline["steps"]
    assert [(step["name"], step.get("depends_on")) for step in steps] == [
        ("lint-and-test", None),
        ("build-and-push", ["lint-and-test"]),
        ("deploy", ["build-and-push"]),
    ]


def test_secrets_stand_in_settings_only(pipeline: dict[str, Any]) -> None:
    for step in pipeline["steps"]:
        rest = {name: value for name, value in step.items() if name != "settings"}
        assert "from_secret" not in str(rest)
        assert "environment" not in step
    assert "did not find expected key" in FILE.read_text("utf-8")


def test_the_image_has_the_name_and_tags_that_the_deployment_follows(
    pipeline: dict[str, Any],
) -> None:
    _, build, deploy = pipeline["steps"]
    image = "forgejo.viktorbarzin.me/viktor/f1-stream"
    assert build["settings"]["repo"] == image
    assert build["settings"]["tags"] == ["latest", "${CI_COMMIT_SHA:0:8}"]
    assert f"f1-stream={image}:${{CI_COMMIT_SHA:0:8}}" in deploy["commands"][0]
    assert "rollout status deployment/f1-stream" in deploy["commands"][1]


def test_equal_layers_have_equal_dates(pipeline: dict[str, Any]) -> None:
    arguments = dict(
        argument.split("=") for argument in pipeline["steps"][1]["settings"]["build_args"]
    )
    assert arguments["SOURCE_DATE_EPOCH"] == "0"


def test_every_image_is_pinned_by_its_version(pipeline: dict[str, Any]) -> None:
    for step in pipeline["steps"]:
        assert re.search(r":\d[\w.-]*$", step["image"])


def test_what_it_runs_is_there(pipeline: dict[str, Any]) -> None:
    for command in pipeline["steps"][0]["commands"]:
        assert os.access(ROOT / command, os.X_OK)


def tag(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/version"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tag_is_made_of_the_version_and_another_one_fails() -> None:
    of_the_program = subprocess.run(
        [sys.executable, "-m", "f1stream", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    assert tag().stdout == f"v{of_the_program}\n"
    assert tag(CI_COMMIT_TAG=f"v{of_the_program}").returncode == 0
    wrong = tag(CI_COMMIT_TAG="v0.9")
    assert wrong.returncode == 1
    assert "the tag is v0.9" in wrong.stderr


def test_everything_that_names_the_version_names_the_same_one() -> None:
    version = tag().stdout.strip().removeprefix("v")
    deploy = ROOT / "docs/deploy"
    for file in (*deploy.rglob("*.yaml"), *deploy.rglob("*.md")):
        for named in re.findall(r"image: f1stream:(\d[\d.]*\d)", file.read_text("utf-8")):
            assert named == version, file
