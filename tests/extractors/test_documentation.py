"""docs/extractors.md says what the code does, and what it shows to copy works."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, SecretStr

from f1stream.extractors import EXTRACTORS, Extractor, Web, installed
from f1stream.extractors.documentation import brought_up_to_date
from f1stream.extractors.roster import GROUP
from f1stream.models import Found
from tests.extractors.packages import put_package
from tests.extractors.reading import found_by
from tests.extractors.servers.jsonapi import jsonapi_server

PAGE = Path(__file__).parents[2] / "docs" / "extractors.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert page == brought_up_to_date(page, EXTRACTORS), (
        "run: python -m f1stream.extractors.documentation docs/extractors.md"
    )


def _block(language: str) -> str:
    """The page's first block of code in `language`."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found
    return found[1]


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Extractor]:
    """The extractor that the page shows, installed as the page says."""
    offers = tomllib.loads(_block("toml"))["project"]["entry-points"][GROUP]
    put_package(tmp_path, "clubcams", _block("python"), offers)
    monkeypatch.syspath_prepend(str(tmp_path))
    roster = installed()
    monkeypatch.delitem(sys.modules, "clubcams")
    assert roster.faults == {}
    return roster.extractors["clubcams"]


async def test_the_extractor_that_it_shows_works_as_a_package_of_its_own(
    shown: type[Extractor],
) -> None:
    cameras = [{"id": "7", "place": "Pit lane", "hls": "https://a.example/7.m3u8"}]
    async with jsonapi_server(cameras) as url:
        assert await found_by(shown.model_validate({"name": "Club", "url": url})) == [
            Found(key="7", title="Pit lane", url="https://a.example/7.m3u8")
        ]


def test_the_example_of_the_extractor_that_it_shows_is_valid(shown: type[Extractor]) -> None:
    (table,) = tomllib.loads(shown.example)["sources"]
    assert table.pop("type") == shown.key
    assert shown.model_validate(table).name == "Club"


def test_the_extractor_that_it_shows_has_about_twenty_lines() -> None:
    lines = [line for line in _block("python").splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith(("from", "import"))]) <= 20


class Odd(Extractor):
    """What options can be."""

    key = "odd"
    example = '[[sources]]\ntype = "odd"'

    name: str = Field(default="Odd one", description="Its name.")
    choice: Literal["a", "b"] = Field(default="a", description="a | b")
    many: Annotated[list[Annotated[SecretStr, "x"]], "y"] | None = Field(
        default=None, description="Secrets."
    )
    fraction: float = Field(default=0.5, description="A number.")
    flag: bool = Field(default=True, description="On or off.")
    where: Path = Field(description="A file.")

    async def find(self, web: Web) -> None:  # type: ignore[override]
        """Nothing."""


def test_options_are_told_in_an_operator_s_words() -> None:
    mark = PAGE.read_text("utf-8").partition("<!--")[2].partition("-->\n")[0]
    page = brought_up_to_date(f"Hello.\n<!--{mark}-->\nold", [Odd])
    assert page.startswith("Hello.\n<!--")
    assert "old" not in page
    assert page.endswith(
        """## odd

What options can be.

```toml
[[sources]]
type = "odd"
```

| option | type | default | what it is |
| --- | --- | --- | --- |
| `name` | text | `"Odd one"` | Its name. |
| `choice` | `"a"` or `"b"` | `"a"` | a \\| b |
| `many` | list (text, secret) |  | Secrets. |
| `fraction` | number | `0.5` | A number. |
| `flag` | true or false | `true` | On or off. |
| `where` | path | required | A file. |
"""
    )


def test_a_page_without_the_mark_is_left_alone() -> None:
    with pytest.raises(ValueError, match="has lost the mark"):
        brought_up_to_date("Hello.", EXTRACTORS)
