"""The document of the routes: valid, complete, and true of the service that runs.

`F1STREAM_FUZZED_S` has schemathesis go on for so many seconds, in every phase that it has.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from aiohttp import hdrs
from openapi_spec_validator import OpenAPIV31SpecValidator

from f1stream.http import create_app
from f1stream.http.openapi import description
from tests.conftest import OpenHouse
from tests.origin import Encoded, Origin
from tests.program import LOOPBACK, address, source, started

FUZZED_S = os.environ.get("F1STREAM_FUZZED_S")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
METHODS = {"get", "post", "options", "put", "patch", "delete"}


def test_it_is_openapi_3_1() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(description()).iter_errors()] == []


async def test_it_has_every_route_and_no_other(house: OpenHouse) -> None:
    f1stream = await house()
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in create_app(f1stream.run.services).router.routes()
        if route.resource is not None and route.method != hdrs.METH_HEAD
    }
    paths = (await asyncio.to_thread(description))["paths"]
    described = {(path, method) for path, item in paths.items() for method in item.keys() & METHODS}
    assert described == routes


async def test_every_name_that_it_refers_to_is_in_it(house: OpenHouse) -> None:
    f1stream = await house()
    response = await f1stream.client.get("/openapi.json")
    document = await response.json()
    assert document == await asyncio.to_thread(description)
    text = await response.text()
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text, f"{name} is of no use"


async def test_what_the_service_answers_is_as_described(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/live/")
    configuration = LOOPBACK + source("A", origin.at("/live/index.m3u8"))
    async with started(
        tmp_path,
        *("serve", "--host", "127.0.0.1", "--port", "0"),
        configuration=configuration,
        environment={
            "F1STREAM_ACCESS__ADMIN_TOKEN": "the operator's",
            # Else little of it gets further than to be told 429.
            "F1STREAM_LIMITS__COSTLY_PER_MINUTE": "0",
        },
    ) as process:
        url = await address(process)
        short = ("--phases", "fuzzing", "--max-examples", "4")
        fuzzer = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
            *(("--max-time", FUZZED_S) if FUZZED_S else short),
            *("--checks", ",".join(CHECKS)),
            # It never ends by itself.
            *("--exclude-path", "/events", "--request-timeout", "5", "--no-color"),
            *("--seed", "1", "--warnings", "off"),
            stdout=PIPE,
            stderr=STDOUT,
            cwd=tmp_path,
        )
        try:
            said, _ = await fuzzer.communicate()
        finally:
            if fuzzer.returncode is None:
                fuzzer.kill()
                await fuzzer.wait()
        print(f"\n| schemathesis | {_summary(said.decode())} |")
        assert fuzzer.returncode == 0, said.decode()
        assert process.returncode is None


def _summary(said: str) -> str:
    """What it says of all its cases, in one line."""
    counts = [line.strip() for line in said.splitlines() if "generated" in line or "passed" in line]
    return "; ".join(counts)
