"""Extractors of other packages: found where they are installed, named where they are broken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from f1stream.configuration import load
from f1stream.errors import ConfigurationError
from f1stream.extractors import EXTRACTORS, OWN, Direct, installed
from tests.extractors.packages import put_package

GOOD = """
from f1stream.extractors import Extractor
from f1stream.models import Found

class Club(Extractor):
    key = "club"
    example = "[[sources]]"

    async def find(self, web):
        yield Found(key="", title="Club", url="https://a.example/x.m3u8")

class Abstract(Extractor):
    key = "club"
    example = ""

class Keyless(Club):
    pass

class Other(Extractor):
    async def find(self, web):
        yield

thing = 3
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package where Python looks for installed ones."""

    def put(package: str, code: str, **offers: str) -> None:
        values = {key: f"{package}:{name}" for key, name in offers.items()}
        put_package(tmp_path, package, code, values)
        # Whoever imports it, the next test has another one of this name.
        monkeypatch.setitem(sys.modules, package, sys)
        monkeypatch.delitem(sys.modules, package)

    monkeypatch.syspath_prepend(str(tmp_path))
    return put


def test_an_installed_package_s_extractor_is_configured_like_any_other(
    install: Install, tmp_path: Path
) -> None:
    install("clubcams", GOOD, club="Club")
    roster = installed()
    assert roster.faults == {}
    file = tmp_path / "f1stream.toml"
    file.write_text('[[sources]]\ntype = "club"\nname = "Our club"\n')
    (source,) = load(file, {}, roster).sources
    assert (source.key, source.name, type(source).__module__) == ("club", "Our club", "clubcams")


@pytest.mark.parametrize(
    ("code", "name", "told"),
    [
        ("import nothing_of_this_name", "Club", "it can't be imported (ModuleNotFoundError: "),
        ("raise RuntimeError('no luck')", "Club", "it can't be imported (RuntimeError: no luck)"),
        ("", "Club", "it can't be imported (AttributeError: "),
        (GOOD, "thing", "clubcams:thing is no subclass of Extractor"),
        (GOOD, "Abstract", "clubcams:Abstract does not write find()"),
        (GOOD, "Other", "clubcams:Other does not set key and example"),
    ],
)
def test_a_broken_one_is_named_and_does_not_stop_the_others(
    install: Install, tmp_path: Path, code: str, name: str, told: str
) -> None:
    install("clubcams", code, club=name)
    install("fine", GOOD, **{"club2": "Club"})
    install("better", GOOD.replace('"club"', '"better"'), better="Club")
    roster = installed()
    fault = f"the extractor club of the package clubcams is not used: {told}"
    assert roster.faults["club"].startswith(fault)
    assert "its key and its entry point's name must be the same" in roster.faults["club2"]
    assert set(roster.extractors) == {*OWN.extractors, "better"}
    file = tmp_path / "f1stream.toml"
    file.write_text('[[sources]]\ntype = "club"\nname = "Our club"\n')
    with pytest.raises(ConfigurationError) as caught:
        load(file, {}, roster)
    (shown,) = caught.value.faults
    assert shown.startswith(f"{file}: sources[1].type: {fault}")
    assert shown.endswith("; reinstall or replace that package")


def test_a_key_that_is_taken_stays_with_its_owner(install: Install) -> None:
    install("rival", GOOD.replace('"club"', '"direct"'), direct="Club")
    install("aaa", GOOD, club="Club")
    install("bbb", GOOD, club="Club")
    roster = installed()
    assert roster.extractors["direct"] is Direct
    assert roster.extractors["club"].__module__ == "aaa"
    assert roster.faults == {
        key: f"the extractor {key} of the package {package} is not used: "
        "another extractor has this key already"
        for key, package in (("direct", "rival"), ("club", "bbb"))
    }


def test_without_other_packages_the_roster_is_f1stream_s_own() -> None:
    assert OWN.extractors == {extractor.key: extractor for extractor in EXTRACTORS}
    assert OWN.faults == {}
