"""The Dockerfile: linted, pinned, and what the deployments around it count on."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from f1stream import alive
from tests.image.build import REPOSITORY, copy_context
from tests.image.dockerfile import Instruction, Stage, read

DOCKERFILE = REPOSITORY / "Dockerfile"


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    return read(DOCKERFILE.read_text("utf-8"))


def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_is_a_slim_python_and_every_base_is_pinned(stages: list[Stage]) -> None:
    assert stages[-1].base == "python:3.13-slim"
    names = {stage.name for stage in stages}
    for stage in stages:
        assert stage.base in names or re.fullmatch(r"\w+:\d[\w.]*(-slim)?", stage.base)


def test_it_starts_by_the_exec_form_as_root_on_port_8000(stages: list[Stage]) -> None:
    image = stages[-1]
    start = image.only("ENTRYPOINT").words() + image.only("CMD").words()
    assert start == ["f1stream", "serve"]
    assert image.only("EXPOSE").text == "8000"
    assert "USER" not in {each.name for each in image.instructions}


def test_its_health_check_is_exec_form_and_needs_no_curl(stages: list[Stage]) -> None:
    check = stages[-1].only("HEALTHCHECK").text
    assert 'CMD ["python", "-I", "-S", "/app/f1stream/alive.py"]' in check
    assert Path(alive.__file__).relative_to(REPOSITORY).as_posix() == "f1stream/alive.py"


def test_poetry_is_the_one_of_the_makefile_and_installs_what_is_locked(stages: list[Stage]) -> None:
    text = DOCKERFILE.read_text("utf-8")
    [version] = re.findall(r"POETRY_VERSION := (\S+)", (REPOSITORY / "Makefile").read_text())
    assert f"poetry=={version}" in text
    assert "--only main" in text
    assert "poetry.lock" in text


def test_what_it_copies_is_let_through_and_nothing_else(
    stages: list[Stage], tmp_path: Path
) -> None:
    copy_context(tmp_path)
    copied = [
        word
        for stage in stages
        for each in stage.instructions
        if each.name == "COPY" and "--from=" not in each.text
        for word in each.words()[:-1]
    ]
    for name in copied:
        assert (tmp_path / name).exists(), f"{name} is copied and .dockerignore leaves it out"
    for left_out in ("tests", "bench", ".git", "static/node_modules", "static/build", "docs"):
        assert not (tmp_path / left_out).exists()
    assert not list(tmp_path.rglob("__pycache__"))


def test_version_and_labels_are_of_this_project(stages: list[Stage]) -> None:
    labels = [each.text for each in stages[-1].instructions if each.name == "LABEL"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert f'org.opencontainers.image.licenses="{project["license"]}"' in labels[0]
    assert 'org.opencontainers.image.version="$VERSION"' in labels[0]


def test_a_dockerfile_is_read_as_docker_reads_it() -> None:
    text = """
# a comment
FROM a:1 AS one
RUN first \\
    # between
    && second
COPY --from=x a b ./
FROM one
CMD ["a", "b c"]
"""
    assert read(text) == [
        Stage(
            "a:1",
            "one",
            [Instruction("RUN", "first && second"), Instruction("COPY", "--from=x a b ./")],
        ),
        Stage("one", "", [Instruction("CMD", '["a", "b c"]')]),
    ]
    assert read(text)[1].only("CMD").words() == ["a", "b c"]
    with pytest.raises(ValueError, match="before the first FROM"):
        read("RUN x")
