"""docs/configuration.md says what the settings are, and what it shows to copy works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from f1stream.configuration import OLD_NAMES, SHORT_NAMES, load
from f1stream.documentation import brought_up_to_date
from f1stream.settings import Settings

PAGE = (Path(__file__).parents[1] / "docs/configuration.md").read_text("utf-8")


def test_the_page_is_up_to_date() -> None:
    assert brought_up_to_date(PAGE) == PAGE, (
        "run: python -m f1stream.documentation docs/configuration.md"
    )


def test_a_page_without_its_mark_is_left_alone() -> None:
    with pytest.raises(ValueError, match="has lost the mark"):
        brought_up_to_date("# Configuration\n")


def test_every_key_and_every_old_name_is_there_once() -> None:
    for name, section in Settings.model_fields.items():
        for key in getattr(section.annotation, "model_fields", ()):
            assert PAGE.count(f"`F1STREAM_{name.upper()}__{key.upper()}`") == 1
    for name in (*OLD_NAMES, *SHORT_NAMES):
        assert f"`{name}`" in PAGE


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "f1stream.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    settings = load(tmp_path / "f1stream.toml", {})
    assert [source.name for source in settings.sources] == ["Garage camera"]
    assert int(settings.cache.segment_bytes) == 64 << 20
