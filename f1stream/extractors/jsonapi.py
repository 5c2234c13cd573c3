"""Streams in the JSON of any API, found with JMESPath expressions that the operator writes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import jmespath
import orjson
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from f1stream.errors import SourceChanged
from f1stream.extractors.addresses import absolute
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Answer, fetched
from f1stream.extractors.markup import one_line
from f1stream.extractors.options import Headers, SecretUrl, is_header_name, is_header_value, plain
from f1stream.models import Found, host_of

MAX_STREAMS = 50_000
# No thread makes JSON cheap: decoding holds the interpreter, 20 to 40 ms for each MB.
MAX_ANSWER_BYTES = 2 << 20

T = TypeVar("T")

_TEXT: TypeAdapter[str | int | float | None] = TypeAdapter(str | int | float | None)
_HEADERS: TypeAdapter[dict[str, str] | None] = TypeAdapter(dict[str, str] | None)


def _compiles(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        position = getattr(error, "lex_position", None)
        where = f" near character {position + 1}" if isinstance(position, int) else ""
        raise ValueError(f"is no JMESPath expression{where}; see jmespath.org") from None
    return expression


Expression = Annotated[str, AfterValidator(_compiles)]
"""A JMESPath expression, checked when the configuration is read."""


class JsonApi(Extractor):
    """An endpoint that answers with JSON, and where in it the streams are.

    `streams` is evaluated on the answer, all other expressions on each of the streams.
    """

    key: ClassVar[str] = "jsonapi"
    example: ClassVar[str] = """
[[sources]]
type = "jsonapi"
name = "Club cameras"
endpoint = "https://example.org/api/cameras"
request_headers = { Authorization = "Bearer 0123456789" }
streams = "data.cameras[?online]"
key = "id"
title = "join(' ', [place, name])"
url = "hls.url"
quality = "hls.height"
"""

    endpoint: SecretUrl = Field(description="The address that answers with JSON.")
    request_headers: Headers = Field(
        default_factory=dict, description="Headers of the request to the endpoint."
    )
    streams: Expression = Field(default="@", description="The list of streams, or the only one.")
    url: Expression = Field(description="A stream's playlist; where it is null there is none.")
    title: Expression = Field(default="title", description="Its title; else the source's name.")
    key_: Expression = Field(
        default="title",
        alias="key",
        description="What stays the same when its URL changes: an id or a name.",
    )
    quality: Expression | None = Field(default=None, description="A label, or a height in pixels.")
    headers: Expression | None = Field(
        default=None, description="A table of request headers that the playlist's host wants."
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        answer = await fetched(
            web,
            self.endpoint.get_secret_value(),
            headers={"Accept": "application/json"} | plain(self.request_headers),
            max_bytes=MAX_ANSWER_BYTES,
        )
        for found in await asyncio.to_thread(self.read, answer):
            yield found

    def read(self, answer: Answer) -> list[Found]:
        """The streams in an answer; a second or so for a large one. Raises `SourceChanged`."""
        host = host_of(answer.url)
        items = self._items(answer, host)
        keys: Counter[str] = Counter()
        found = []
        for number, item in enumerate(items[:MAX_STREAMS]):
            reading = _Reading(item, f"{host}: streams[{number}]")
            url = absolute(reading.text(self.url, "url"), answer.url)
            if url is None:
                continue
            title = one_line(reading.text(self.title, "title"))
            name = reading.text(self.key_, "key")
            keys[name] += 1
            found.append(
                Found(
                    key=name if keys[name] == 1 else f"{name} {keys[name]}",
                    title=title or self.name,
                    url=url,
                    headers=reading.headers(self.headers),
                    quality=_label(reading.text(self.quality, "quality")),
                )
            )
        if items and not found:
            raise SourceChanged(f"{host}: none of {len(items)} streams has an http URL at url")
        return found

    def _items(self, answer: Answer, host: str) -> list[Any]:
        try:
            data = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise SourceChanged(f"{host}: the answer is not JSON") from None
        items = _evaluated(self.streams, data, f"{host}: streams")
        if items is None:
            raise SourceChanged(f"{host}: the answer has nothing at streams")
        if not isinstance(items, list | dict):
            raise SourceChanged(f"{host}: streams is neither a list nor an object")
        return items if isinstance(items, list) else [items]


class _Reading:
    """One stream's JSON, and where it stands, for messages."""

    def __init__(self, item: Any, place: str) -> None:
        self._item = item
        self._place = place

    def text(self, expression: str | None, option: str) -> str:
        value = self._value(_TEXT, expression, option, "a text or a number")
        return "" if value is None else str(value)

    def headers(self, expression: str | None) -> Mapping[str, str]:
        headers = self._value(_HEADERS, expression, "headers", "a table of texts") or {}
        if not all(is_header_name(n) and is_header_value(v) for n, v in headers.items()):
            raise SourceChanged(f"{self._place}.headers: is no table of request headers")
        return headers

    def _value(self, shape: TypeAdapter[T], expression: str | None, option: str, wanted: str) -> T:
        place = f"{self._place}.{option}"
        value = _evaluated(expression, self._item, place) if expression else None
        try:
            return shape.validate_python(value, strict=True)
        except ValidationError:
            raise SourceChanged(f"{place}: is not {wanted}") from None


def _evaluated(expression: str, data: Any, place: str) -> Any:
    try:
        return jmespath.search(expression, data)
    except JMESPathError as error:
        # The message can quote the answer.
        raise SourceChanged(f"{place}: the expression fails ({type(error).__name__})") from None


def _label(quality: str) -> str | None:
    return f"{quality}p" if quality.isdecimal() else one_line(quality) or None
