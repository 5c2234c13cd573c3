"""The lower part of docs/extractors.md, made from the extractors themselves.

`python -m f1stream.extractors.documentation docs/extractors.md` brings it up to date.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, ByteSize, SecretStr
from pydantic.fields import FieldInfo

from f1stream.extractors import EXTRACTORS, Extractor

MARK = (
    "<!-- From here on, this page is made by\n"
    "     python -m f1stream.extractors.documentation docs/extractors.md -->\n"
)

_NAMES: dict[Any, str] = {
    bool: "true or false",
    float: "number",
    int: "whole number",
    str: "text",
    SecretStr: "text, secret",
    Path: "path",
    ByteSize: "size",
    IPv4Network: "address range",
    IPv6Network: "address range",
}


def brought_up_to_date(page: str, extractors: Iterable[type[Extractor]]) -> str:
    """`page` with what is below `MARK` made anew. Raises `ValueError` where it has no mark."""
    written, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError("the page has lost the mark below which it is generated")
    return written + mark + "".join(f"\n{section}" for section in _sections(extractors))


def _sections(extractors: Iterable[type[Extractor]]) -> Iterator[str]:
    yield f"## Options of every source\n\n{_table(Extractor.model_fields)}"
    for extractor in sorted(extractors, key=lambda extractor: extractor.key):
        yield _section(extractor)


def _section(extractor: type[Extractor]) -> str:
    own = {
        name: field
        for name, field in extractor.model_fields.items()
        if (base := Extractor.model_fields.get(name)) is None
        or (base.default, base.description) != (field.default, field.description)
    }
    about = inspect.getdoc(extractor) or ""
    example = f"```toml\n{extractor.example.strip()}\n```\n"
    return f"## {extractor.key}\n\n{about}\n\n{example}\n{_table(own)}"


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [
        (f"`{field.alias or name}`", type_of(field), default_of(field), field.description)
        for name, field in fields.items()
    ]
    return table(("option", "type", "default", "what it is"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")


def type_of(field: FieldInfo) -> str:
    """An option's type in an operator's words."""
    return _type(field.annotation)


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin in (Union, types.UnionType):
        kinds = [_type(kind) for kind in inner if kind is not types.NoneType]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return " or ".join(_value(choice) for choice in inner)
    if origin in (tuple, list, set, frozenset):
        return f"list ({_type(inner[0])})"
    if origin is dict:
        return f"table ({_type(inner[1])})"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return _NAMES.get(annotation) or str(getattr(annotation, "__name__", annotation)).lower()


def default_of(field: FieldInfo) -> str:
    """What an option is where nothing is said, as it is written in TOML; "" for nothing."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return "" if default is None or default == "" else _value(default)


def _value(value: Any) -> str:
    """A value as it is written in TOML, whose scalars and lists are JSON's."""
    if isinstance(value, ByteSize):
        value = value.human_readable(separator="").replace(".0", "")
    return f"`{orjson.dumps(value, default=str).decode().replace(',', ', ')}`"


if __name__ == "__main__":
    _file = Path(sys.argv[1])
    _file.write_text(brought_up_to_date(_file.read_text("utf-8"), EXTRACTORS), "utf-8")
