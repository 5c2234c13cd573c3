"""What other people's servers say, checked at the door: fetched within a limit, decoded by a model.

A model says what an extractor needs of an answer and nothing more. Where the answer is something
else, one error says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from f1stream.errors import SourceChanged
from f1stream.extractors.base import Web
from f1stream.models import Upstream, host_of
from f1stream.net.client import checked, read_bounded

MAX_ANSWER_BYTES = 32 << 20
_IDLE_S = 15

T = TypeVar("T")


class Foreign(BaseModel):
    """Base of such models: further fields are theirs to add, and nothing of it is printed."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `url` is where it was found in the end, `content_type` without parameters."""

    body: bytes
    url: str
    content_type: str


async def fetched(
    web: Web,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """The answer to one request for `url`.

    `headers` are a source's own: those that may hold credentials go to the host of `url` only.
    Raises `UpstreamError`, for a status other than success too.
    """
    async with web.get(Upstream(url, headers or {}), method=method, body=body) as response:
        content = await read_bounded(checked(response), max_bytes, _IDLE_S)
        return Answer(content, str(response.url), response.content_type)


def decoded(shape: type[T] | TypeAdapter[T], answer: Answer) -> T:
    """The JSON of an answer as `shape`. Raises `SourceChanged`, naming the host and the place."""
    adapter = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    try:
        return adapter.validate_json(answer.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise SourceChanged(f"{host_of(answer.url)}: {where}: {first['msg']}") from None
