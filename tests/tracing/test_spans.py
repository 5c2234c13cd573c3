"""What is traced, as OpenTelemetry records it, and where it goes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from f1stream.errors import ConfigurationError
from f1stream.tracing import exporting
from f1stream.tracing.exporting import exported, wanted
from f1stream.tracing.otel import provider, tracing
from f1stream.tracing.spans import untraced
from tests.conftest import OpenHouse
from tests.origin import Encoded, Origin
from tests.origin.faults import Status
from tests.program import LOOPBACK, address, source, started


@pytest.fixture
def memory() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def named(memory: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in memory.get_finished_spans() if span.name == name]


def said(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


async def test_a_request_its_fetch_and_the_background_s_work_are_spans(
    memory: InMemorySpanExporter, house: OpenHouse, origin: Origin, encoded: Encoded
) -> None:
    recorded = await asyncio.to_thread(provider, "0")
    recorded.add_span_processor(SimpleSpanProcessor(memory))
    trace = tracing(recorded.get_tracer("test"))
    origin.files(encoded.ts.parent, "/ts/")
    f1stream = await house(origin.at("/ts/index.m3u8?token=s3cret"), trace=trace)
    play_url = await f1stream.play_url()
    async with f1stream.answering() as viewer:
        async with viewer.get(play_url, headers={"X-Request-Id": "mine"}) as response:
            assert response.status == 200
        origin.fault("/ts/", Status(500))
        f1stream.run.services.playlists._held.clear()
        async with viewer.get(play_url) as response:
            assert response.status == 502
    [extraction], [verification] = named(memory, "extraction"), named(memory, "verification")
    assert said(extraction)["f1stream.outcome"] == "ok"
    assert said(verification)["f1stream.outcome"] == "segment"
    good, bad = named(memory, "GET playlist")
    fetched, failed = named(memory, "playlist")
    assert said(good)["f1stream.request_id"] == "mine"
    assert said(good)["http.response.status_code"] == 200
    assert said(bad)["http.response.status_code"] == 502
    assert said(fetched)["server.address"] == "127.0.0.1"
    assert said(failed)["error.type"] == "UpstreamStatus"
    for request, fetch in ((good, fetched), (bad, failed)):
        assert fetch.parent == request.context
    assert "s3cret" not in "".join(span.to_json() for span in memory.get_finished_spans())


async def test_spans_arrive_at_the_collector_that_the_environment_names(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    names: set[str] = set()

    async def take(request: web.Request) -> web.Response:
        told = ExportTraceServiceRequest.FromString(await request.read())
        for resource in told.resource_spans:
            for scope in resource.scope_spans:
                names.update(span.name for span in scope.spans)
        return web.Response()

    collector = web.Application()
    collector.router.add_post("/v1/traces", take)
    origin.files(encoded.ts.parent, "/ts/")
    async with TestServer(collector) as server:
        async with started(
            tmp_path,
            *("serve", "--host", "127.0.0.1", "--port", "0"),
            configuration=LOOPBACK + source("A", origin.at("/ts/index.m3u8")),
            environment={"OTEL_EXPORTER_OTLP_ENDPOINT": str(server.make_url("/"))},
        ) as process:
            await address(process)
            await origin.asked("/ts/index.m3u8")
            await asyncio.sleep(0.1)
            process.terminate()
            _, err = await process.communicate()
            assert process.returncode == 0, err
    assert {"extraction", "verification"} <= names


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "x"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "True"}, None),
    ],
)
def test_traces_are_wanted_where_an_endpoint_is_named(
    environment: dict[str, str], variable: str | None
) -> None:
    assert wanted(environment) == variable


async def test_without_an_endpoint_nothing_is_traced() -> None:
    async with exported({}, "0") as trace:
        assert trace is untraced
        with trace("anything", {"a": 1}) as span:
            span.note("b", 2)


async def test_without_opentelemetry_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(version: str) -> None:
        raise ImportError

    monkeypatch.setattr(exporting, "_provider", missing)
    with pytest.raises(ConfigurationError, match=r'pip install "f1stream\[tracing\]"'):
        async with exported({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "0"):
            pass


def test_what_most_never_use_is_not_imported_at_the_start() -> None:
    unused = "{'opentelemetry', 'prometheus_client', 'playwright', 'rich', 'redis', 'requests'}"
    program = f"import sys, f1stream.cli, f1stream.front; print({unused} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout == b"set()\n"
