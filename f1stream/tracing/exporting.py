"""Where traces go: to the collector that the environment names, else nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from f1stream.errors import ConfigurationError
from f1stream.tracing.spans import Trace, untraced

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

# The variables of OpenTelemetry's specification, "OTLP Exporter", that turn it on.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# What is not sent by then is lost: the process is about to end.
FLUSH_S = 3.0


def wanted(environ: Mapping[str, str]) -> str | None:
    """The variable that asks for traces, if any does."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return next((name for name in ENDPOINTS if environ.get(name)), None)


@asynccontextmanager
async def exported(environ: Mapping[str, str], version: str) -> AsyncIterator[Trace]:
    """The trace to use; leaving the block sends what is left, for `FLUSH_S` seconds at most.

    Raises `ConfigurationError` where traces are asked for and OpenTelemetry is not installed.
    """
    variable = wanted(environ)
    if variable is None:
        yield untraced
        return
    try:
        provider = await asyncio.to_thread(_provider, version)
    except ImportError:
        raise ConfigurationError(
            [f'{variable}: traces need OpenTelemetry; pip install "f1stream[tracing]", or unset it']
        ) from None
    from f1stream.tracing.otel import tracing

    try:
        yield tracing(provider.get_tracer("f1stream", version))
    finally:
        await _flushed(provider)


def _provider(version: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from f1stream.tracing.otel import provider

    made = provider(version)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


async def _flushed(provider: TracerProvider) -> None:
    try:
        async with asyncio.timeout(FLUSH_S):
            await asyncio.to_thread(provider.shutdown)
    except TimeoutError:
        log.warning("the last traces could not be sent in time")
