"""Secrets in every option of every extractor that can hold one: none is ever shown."""

from __future__ import annotations

import json
import logging
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from f1stream import logs
from f1stream.extractors import EXTRACTORS, Extractor
from tests.conftest import OpenHouse
from tests.origin import Origin
from tests.origin.faults import Html, Reset, Status

SECRET = "hunter2"
every_extractor = pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda each: each.key)


def secret_options(extractor: type[Extractor]) -> list[str]:
    """The options whose type has a secret in it."""
    return [name for name, field in extractor.model_fields.items() if _secret(field.annotation)]


def _secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_secret, get_args(annotation)))


def example(extractor: type[Extractor]) -> dict[str, Any]:
    """The options of its example, without its type."""
    [table] = tomllib.loads(extractor.example)["sources"]
    return {name: value for name, value in table.items() if name != "type"}


def planted(extractor: type[Extractor], base: str = "http://127.0.0.1:9") -> dict[str, Any]:
    """Its example, with a secret in each part of each option that can hold one."""
    host = base.removeprefix("http://")
    options = example(extractor)
    for name in secret_options(extractor):
        field = extractor.model_fields[name]
        if "dict" in str(field.annotation):
            options[name] = {"Authorization": f"Bearer {SECRET}", "Cookie": f"a={SECRET}"}
        elif "url" in name or name in ("endpoint", "api"):
            options[name] = f"http://{SECRET}:{SECRET}@{host}/{SECRET}"
        else:
            options[name] = SECRET
    if "api" in options or extractor.key == "discord":
        options["api"] = base
    return options


def shown(source: Extractor) -> Iterator[str]:
    """Every way in which a value is printed by somebody who did not think of it."""
    yield from (repr(source), str(source), f"{source}", repr([source]), repr(vars(source)))
    yield source.model_dump_json()
    yield str(source.model_dump())
    yield json.dumps(source.model_dump(mode="json"))
    yield str(dict(source))


@every_extractor
def test_a_source_shows_no_secret(extractor: type[Extractor]) -> None:
    source = extractor.model_validate(planted(extractor))
    assert [text for text in shown(source) if SECRET in text] == []


WRONG = st.one_of(
    st.none(),
    st.integers(),
    st.just(SECRET),
    st.just(f"ftp://{SECRET}@a/{SECRET}"),
    st.just(f"http://{SECRET}:{SECRET}@/{SECRET}"),
    st.just(f"http://[{SECRET}/{SECRET}"),
    st.lists(st.just(SECRET), min_size=1, max_size=2),
    st.dictionaries(st.just("X"), st.sampled_from([f"{SECRET}\n", f"{SECRET}\0", SECRET])),
    st.dictionaries(st.just(f"{SECRET} x"), st.just(SECRET)),
)


@every_extractor
@given(data=st.data())
def test_an_error_in_its_options_quotes_none(
    extractor: type[Extractor], data: st.DataObject
) -> None:
    names = sorted({*secret_options(extractor), "name", "match", "timeout_s"})
    wrong = {name: data.draw(WRONG, name) for name in data.draw(st.sets(st.sampled_from(names)))}
    try:
        extractor.model_validate({**planted(extractor), **wrong})
    except ValidationError as error:
        told = f"{error} {error!r} " + str(error.errors(include_input=False, include_context=False))
        assert SECRET not in told


FAULTS = (Status(401), Html(), Reset())
WAYS = ("/extractors", "/streams/all", "/metrics", "/ready", "/health", "/streams")


def in_text(said: Mapping[str, str]) -> dict[str, str]:
    """Where a secret is in what was said, and what stands around it."""
    return {
        where: text[max(text.index(SECRET) - 100, 0) : text.index(SECRET) + 40]
        for where, text in said.items()
        if SECRET in text
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: type(each).__name__)
async def test_nothing_says_a_secret_when_every_kind_of_source_fails(
    origin: Origin, house: OpenHouse, caplog: pytest.LogCaptureFixture, fault: Any
) -> None:
    caplog.set_level(logging.DEBUG, "f1stream")
    origin.fault("/", fault)
    # Those with a process or a browser of their own are told to fail in their own tests.
    kinds = [each for each in EXTRACTORS if each.key not in ("browser", "streamlink", "ytdlp")]
    sources = tuple(
        kind.model_validate({**planted(kind, origin.url), "name": kind.key}) for kind in kinds
    )
    f1stream = await house(sources=sources)
    await f1stream.run.background.refresh.round()
    said = {way: await (await f1stream.client.get(way)).text() for way in WAYS}
    said["log"] = "\n".join(map(logs.JsonLines().format, caplog.records))
    assert in_text(said) == {}
    assert said["log"].count(" fails: ") > 10
    assert origin.requests
