"""OpenTelemetry, for those who name a collector; imported for them only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span as Recorded
from opentelemetry.trace import Status, StatusCode, Tracer

from f1stream.tracing.spans import Span, Trace, Value


class _Span:
    """A span of OpenTelemetry's."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    def note(self, name: str, value: Value) -> None:
        """Add an attribute."""
        self._recorded.set_attribute(name, value)


def provider(version: str) -> TracerProvider:
    """A provider of its own: nothing global is set. `OTEL_*` variables say the rest."""
    described = Resource.create({"service.name": "f1stream", "service.version": version})
    return TracerProvider(resource=described, shutdown_on_exit=False)


def tracing(tracer: Tracer) -> Trace:
    """A trace whose spans `tracer` records.

    What is raised is told by its class alone: texts of errors are for logs.
    """

    @contextmanager
    def begun(name: str, attributes: Mapping[str, Value] | None) -> Iterator[Span]:
        with tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as recorded:
            try:
                yield _Span(recorded)
            except Exception as error:
                recorded.set_attribute("error.type", type(error).__name__)
                recorded.set_status(Status(StatusCode.ERROR))
                raise

    def trace(
        name: str, attributes: Mapping[str, Value] | None = None, /
    ) -> AbstractContextManager[Span]:
        return begun(name, attributes)

    return trace
