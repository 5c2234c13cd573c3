"""What other people's servers say, checked at the door: an answer decoded by a model.

A model says what f1stream needs of an answer and nothing more. Where the answer is something else,
one error says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from f1stream.errors import SourceChanged
from f1stream.models import host_of

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


def decoded(shape: type[T] | TypeAdapter[T], answer: Answer) -> T:
    """The JSON of an answer as `shape`. Raises `SourceChanged`, naming the host and the place."""
    adapter = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    try:
        return adapter.validate_json(answer.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise SourceChanged(f"{host_of(answer.url)}: {where}: {first['msg']}") from None
