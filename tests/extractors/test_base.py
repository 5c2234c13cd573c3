"""What every extractor inherits: a sense for titles, and the word on a missing library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from f1stream.extractors import Direct, Extractor, Streamlink, Web
from f1stream.models import Found


class Own(Extractor):
    key: ClassVar[str] = "own"

    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(key="", title="", url="")


class Listing(Own):
    listing: ClassVar[bool] = True


@pytest.mark.parametrize("title", ["Formula 1", "MotoGP", "Garage camera", ""])
def test_a_source_of_the_operator_s_own_streams_keeps_all(title: str) -> None:
    assert Own(name="A").wants(title)


@pytest.mark.parametrize(
    ("title", "about", "wanted"),
    [
        ("Formula 1", "", True),
        ("MotoGP", "", False),
        ("Formula 1 replay", "", False),
        ("ORF 1", "Formel 1: Qualifying", True),
    ],
)
def test_a_source_that_lists_more_keeps_live_formula_1(
    title: str, about: str, wanted: bool
) -> None:
    assert Listing(name="A").wants(title, about) is wanted


@pytest.mark.parametrize(
    ("title", "about", "wanted"),
    [
        ("MotoGP", "", True),
        ("Formula 1 replay", "", False),
        ("BBC One", "MotoGP", True),
    ],
)
def test_match_takes_the_place_of_the_default(title: str, about: str, wanted: bool) -> None:
    assert Listing(name="A", match=("motogp",)).wants(title, about) is wanted


@pytest.mark.parametrize("match", [(), ("F1",)])
def test_exclude_applies_on_top(match: tuple[str, ...]) -> None:
    source = Listing(name="A", match=match, exclude=("Italiano", "adults"))
    assert source.wants("F1 English")
    assert not source.wants("F1 (italiano)")
    assert not source.wants("F1", "Adults")


class Lacking(Streamlink):
    library: ClassVar[str | None] = "nowhere_to_be_found"


def test_a_missing_library_is_told_with_what_to_run() -> None:
    assert Direct.missing() is None
    assert Streamlink.missing() is None
    assert Lacking.missing() == (
        'nowhere_to_be_found is not installed; run: pip install "f1stream[streamlink]"'
    )
