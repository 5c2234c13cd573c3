"""The lower part of docs/configuration.md, made from the settings themselves.

`python -m f1stream.documentation docs/configuration.md` brings it up to date.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from f1stream.configuration import OLD_NAMES, SHORT_NAMES
from f1stream.extractors.documentation import default_of, table, type_of
from f1stream.settings import Section, Settings

MARK = (
    "<!-- From here on, this page is made by\n"
    "     python -m f1stream.documentation docs/configuration.md -->\n"
)


def brought_up_to_date(page: str) -> str:
    """`page` with what is below `MARK` made anew. Raises `ValueError` where it has no mark."""
    written, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError("the page has lost the mark below which it is generated")
    return written + mark + "".join(f"\n{section}" for section in _sections())


def _sections() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        section = field.annotation
        # Sources have a page of their own.
        if isinstance(section, type) and issubclass(section, Section):
            yield f"## [{name}]\n\n{inspect.getdoc(section)}\n\n{_table(name, section)}"


def _table(section: str, model: type[Section]) -> str:
    rows = [
        (f"`{key}`", type_of(field), _default(field), _variables(section, key), field.description)
        for key, field in model.model_fields.items()
    ]
    return table(("key", "type", "default", "in the environment", "what it is"), rows)


def _default(field: FieldInfo) -> str:
    # What a factory makes depends on the machine; the description tells.
    return "" if field.default_factory is not None else default_of(field)


def _variables(section: str, key: str) -> str:
    old = [
        f"`{name}`"
        for name, place in {**OLD_NAMES, **SHORT_NAMES}.items()
        if place == (section, key)
    ]
    return ", ".join([f"`F1STREAM_{section.upper()}__{key.upper()}`", *old])


if __name__ == "__main__":
    _file = Path(sys.argv[1])
    _file.write_text(brought_up_to_date(_file.read_text("utf-8")), "utf-8")
