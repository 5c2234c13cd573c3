"""What holds for every extractor, whoever writes it."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import f1stream.extractors
from f1stream.configuration import load
from f1stream.extractors import EXTRACTORS, Extractor

FOLDER = Path(inspect.getfile(f1stream.extractors)).parent
SHARED = {"__init__", "base", "entries", "foreign", "options", "titles", "words"}


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_its_file_is_named_after_its_key(extractor: type[Extractor]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*", extractor.key)
    assert Path(inspect.getfile(extractor)) == FOLDER / f"{extractor.key}.py"
    assert extractor.__name__.lower() == extractor.key


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_its_options_are_described(extractor: type[Extractor]) -> None:
    undescribed = [name for name, field in extractor.model_fields.items() if not field.description]
    assert undescribed == []


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_its_example_is_a_source_of_its_kind(extractor: type[Extractor], tmp_path: Path) -> None:
    file = tmp_path / "f1stream.toml"
    file.write_text(extractor.example, "utf-8")
    (source,) = load(file, {}).sources
    assert type(source) is extractor


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_it_is_tested(extractor: type[Extractor]) -> None:
    assert (Path(__file__).parent / f"test_{extractor.key}.py").is_file()


def test_keys_are_unique_and_every_extractor_is_in_the_roster() -> None:
    keys = [extractor.key for extractor in EXTRACTORS]
    assert len(set(keys)) == len(keys)
    modules = [
        importlib.import_module(f"{f1stream.extractors.__name__}.{path.stem}")
        for path in FOLDER.glob("*.py")
    ]
    written = {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Extractor) and thing is not Extractor
    }
    assert written == set(EXTRACTORS)
