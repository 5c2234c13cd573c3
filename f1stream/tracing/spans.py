"""Spans, for those who collect traces; without OpenTelemetry they cost a call."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Value = str | int | float | bool


class Span(Protocol):
    """A piece of work under observation."""

    def note(self, name: str, value: Value) -> None:
        """Add what is known of it only now."""
        ...


class Trace(Protocol):
    """Begins a span, as a context manager."""

    def __call__(
        self, name: str, attributes: Mapping[str, Value] | None = None, /
    ) -> AbstractContextManager[Span]: ...


class _Nothing:
    """The span that nobody sees."""

    def note(self, name: str, value: Value) -> None:
        """Forget it."""


_NOTHING: AbstractContextManager[Span] = nullcontext(_Nothing())


def untraced(
    name: str, attributes: Mapping[str, Value] | None = None, /
) -> AbstractContextManager[Span]:
    """The trace of those who collect none."""
    return _NOTHING
