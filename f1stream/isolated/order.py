"""What a process is told, and what it says in the end: one JSON document each way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from f1stream.net.guard import Network

Failure = Literal["not installed", "refused", "memory", "failed"]


class Message(BaseModel):
    """Base of what goes through the pipes: exact, and without inputs in its errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Means(Message):
    """How a library reaches the network: the proxy and the CA certificates of the operator."""

    proxy: str = Field(default="", repr=False)
    ca_file: Path | None = None


class Limits(Message):
    """What one process may use: memory, and seconds of CPU and of the wall clock."""

    memory_bytes: int
    seconds: int


class Order(Message):
    """`module` has a `Question` and a function `run(question, means)`; `question` is its JSON."""

    module: str
    question: dict[str, Any] = Field(repr=False)
    means: Means
    limits: Limits
    allow_private: tuple[Network, ...]


class Outcome(Message):
    """Exactly one of the two; `detail` is a sentence without anything of a URL beyond its host."""

    answer: dict[str, Any] | None = Field(default=None, repr=False)
    failure: Failure | None = None
    detail: str = Field(default="", max_length=500)


class Unanswered(Exception):
    """Raised by a job that can say why there is no answer; its text is shown to the operator."""
