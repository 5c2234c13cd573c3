"""What a source's server answers: fetched within a limit, and decoded by a model at the door."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from f1stream.errors import SourceChanged
from f1stream.extractors.base import Web
from f1stream.models import Upstream, host_of
from f1stream.net.chunks import read_bounded
from f1stream.net.client import checked
from f1stream.net.foreign import MAX_BYTES, Answer, Foreign, adapter_of, changed, decoded

__all__ = [
    "Answer",
    "Foreign",
    "array",
    "asked",
    "decoded",
    "elements",
    "fetched",
    "paced",
]

# How much of an `array` is looked at for one value.
_MAX_VALUE_CHARS = 16 << 10
_IDLE_S = 15
# Between two turns of the loop: well below a millisecond's work for each item.
_ITEMS_A_TURN = 50
_BETWEEN_ELEMENTS = re.compile(r"[ \t\r\n,]*")

T = TypeVar("T")


async def fetched(
    web: Web,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """The answer to one request for `url`, by default as much as `decoded` takes.

    `headers` are a source's own: those that may hold credentials go to the host of `url` only.
    Raises `UpstreamError`, for a status other than success too.
    """
    async with web.get(Upstream(url, headers or {}), method=method, body=body) as response:
        content = await read_bounded(checked(response), max_bytes, _IDLE_S)
        return Answer(content, str(response.url), response.content_type, response.charset)


async def asked(
    web: Web, url: str, shape: type[T] | TypeAdapter[T], headers: Mapping[str, str]
) -> T:
    """One page of a server's interface: `fetched` and `decoded`."""
    return decoded(shape, await fetched(web, url, headers=headers))


async def elements(
    shape: type[T] | TypeAdapter[T], values: Iterable[Any], url: str
) -> AsyncIterator[T]:
    """Each of `values`, decoded from an answer of `url`, as `shape`; for what may be many.

    Those of another shape are left out, as long as there is one that fits: a server with one odd
    channel still has the others. Raises `SourceChanged` as `decoded` does.
    """
    adapter = adapter_of(shape)
    fits, misfit = False, None
    async for value in paced(values):
        try:
            element = adapter.validate_python(value)
        except ValidationError as error:
            misfit = error
        else:
            fits = True
            yield element
    if misfit is not None and not fits:
        raise changed(url, misfit)


def array(answer: Answer) -> Iterator[Any]:
    """The values of a JSON array, each decoded when it is asked for: the array may be long.

    Raises `SourceChanged`, for a value of more than 16 KiB too.
    """
    host = host_of(answer.url)
    text = answer.body.decode("utf-8", "replace")
    decode = json.JSONDecoder().raw_decode
    at = _after(text, 0)
    if not text.startswith("[", at):
        raise SourceChanged(f"{host}: the answer: Input should be a JSON array")
    at = _after(text, at + 1)
    while not text.startswith("]", at):
        try:
            value, length = decode(text[at : at + _MAX_VALUE_CHARS])
        except (ValueError, RecursionError):
            raise SourceChanged(f"{host}: the answer: Invalid JSON") from None
        yield value
        at = _after(text, at + length)


async def paced(items: Iterable[T]) -> AsyncIterator[T]:
    """`items` as they come, the loop being given its turn again and again."""
    for number, item in enumerate(items, 1):
        yield item
        if number % _ITEMS_A_TURN == 0:
            await asyncio.sleep(0)


def _after(text: str, at: int) -> int:
    found = _BETWEEN_ELEMENTS.match(text, at)
    return found.end() if found else at
