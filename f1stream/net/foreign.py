"""What other people's servers say, checked at the door: an answer decoded by a model.

A model says what f1stream needs of an answer and nothing more. Where the answer is something else,
one error says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from f1stream.errors import SourceChanged, TooLarge
from f1stream.models import host_of

T = TypeVar("T")

MAX_BYTES = 1 << 20
MAX_VALUES = 50_000


class Foreign(BaseModel):
    """Base of such models: further fields are theirs to add, and nothing of it is printed."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `url` is where it was found in the end, `content_type` without parameters.

    `charset` is the one that was declared with it, as written.
    """

    body: bytes
    url: str
    content_type: str
    charset: str | None = None


def decoded(shape: type[T] | TypeAdapter[T], answer: Answer) -> T:
    """The JSON of an answer as `shape`. Raises `SourceChanged`, naming the host and the place.

    It holds up the loop, and a thread would too: decoding keeps the interpreter to itself. So an
    answer has `MAX_BYTES` and `MAX_VALUES` at most, else `TooLarge` is raised.
    """
    if len(answer.body) > MAX_BYTES or answer.body.count(b",") > MAX_VALUES:
        raise TooLarge(f"{host_of(answer.url)}: the answer is too large to be read at once")
    try:
        return adapter_of(shape).validate_json(answer.body)
    except ValidationError as error:
        raise changed(answer.url, error) from None


def adapter_of(shape: type[T] | TypeAdapter[T]) -> TypeAdapter[T]:
    """What checks values against `shape`."""
    return shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)


def changed(url: str, error: ValidationError) -> SourceChanged:
    """The error that names the host of `url` and the place where its answer is another."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the answer"
    return SourceChanged(f"{host_of(url)}: {where}: {first['msg']}")
