"""The pages for people: what they lead to is there, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import OpenHouse

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# Pictures are made by a script of their own.
PICTURES = ROOT / "docs/screens"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:|#", link):
            continue
        target = (page.parent / link.partition("#")[0]).resolve()
        assert target.exists() or target.parent == PICTURES, f"{page.name} leads to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_and_module_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    for module in re.findall(r"python -m ((?:tests|f1stream|bench)[\w.]*)", text):
        file = ROOT / module.replace(".", "/")
        assert file.with_suffix(".py").is_file() or (file / "__main__.py").is_file(), module


async def test_the_table_of_routes_has_them_all(house: OpenHouse) -> None:
    f1stream = await house()
    application = f1stream.client.app
    assert application is not None
    table = (ROOT / "docs/api.md").read_text("utf-8").partition("## Routes")[2]
    routes = {resource.canonical for resource in application.router.resources()}
    for route in routes:
        if "{" not in route:
            assert route in table, f"{route} is in no row of docs/api.md"


def test_the_diagram_and_the_table_of_rooms_name_what_there_is() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    assert page.count("```mermaid") == 1
    rooms = page.partition("| room |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in rooms.splitlines()[2:]]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named
    for name in named:
        room = ROOT / "f1stream" / name
        assert room.is_dir() or room.with_suffix(".py").is_file(), name


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    sections = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert all(
        re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", each) for each in sections[1:]
    )
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
