"""The shapes of what is sent, as JSON Schema; of values that are sent whole, by their types."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import TypeAdapter

from f1stream.catalogue.sources import SourceHealth
from f1stream.http import report
from f1stream.models import Health, Level, Proof, Reason, StreamType
from f1stream.schedule import Status

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
NUMBER: Shape = {"type": "number"}
WHOLE: Shape = {"type": "integer", "minimum": 0}
TRUTH: Shape = {"type": "boolean"}
MOMENT: Shape = {"type": "string", "format": "date-time"}


def ref(name: str) -> Shape:
    """The shape of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(shape: Shape) -> Shape:
    """That or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def each(shape: Shape) -> Shape:
    """A list of that."""
    return {"type": "array", "items": shape}


def table(**properties: Shape) -> Shape:
    """An object with all of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def shapes() -> dict[str, Shape]:
    """Every shape that has a name, by it."""
    return {
        **_of_types(),
        **_of_streams(),
        **_of_the_schedule(),
        "Ok": table(status={"const": "ok"}),
        "Readiness": table(ready=TRUTH, reasons=each(TEXT), notes=each(TEXT)),
        "Active": table(active=each(TEXT), count=WHOLE),
        "Sources": table(extractors=each(ref("SourceHealth")), count=WHOLE),
        "Session": table(required=TRUTH, signed_in=TRUTH),
        "Password": {"type": "object", "properties": {"password": TEXT}, "required": ["password"]},
        "StreamId": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]},
        "Reported": table(reported=TEXT),
        "Report": report.Report.model_json_schema(),
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": WHOLE,
                "detail": TEXT,
                "reason": {"enum": list(Reason)},
            },
            "required": ["type", "title", "status"],
            "additionalProperties": False,
        },
    }


def _of_types() -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for kind in (SourceHealth, Proof):
        shape = TypeAdapter(kind).json_schema(
            mode="serialization", ref_template="#/components/schemas/{model}"
        )
        found |= shape.pop("$defs", {})
        found[kind.__name__] = shape
    return found


def _of_streams() -> dict[str, Shape]:
    health = TypeAdapter(Health).json_schema(mode="serialization")["properties"]
    told = "container codecs width height encryption latency_s throughput_bps".split()
    verdict = table(
        level=maybe({"enum": list(Level)}),
        playable=TRUTH,
        reason=maybe({"enum": list(Reason)}),
        detail=maybe(TEXT),
        checked_at=maybe(MOMENT),
        proof=maybe(ref("Proof")),
    )
    alternative = table(
        id=TEXT,
        site_name=TEXT,
        quality=maybe(TEXT),
        playable=TRUTH,
        play_url=maybe(TEXT),
    )
    stream = table(
        id=TEXT,
        title=TEXT,
        site_key=TEXT,
        site_name=TEXT,
        quality=maybe(TEXT),
        stream_type={"enum": list(get_args(StreamType))},
        is_live=TRUTH,
        verdict=verdict,
        health=maybe(
            table(
                state={"enum": ["live", "ended", "stale"]},
                **{name: health[name] for name in told},
            )
        ),
        response_time_ms=maybe(NUMBER),
        bitrate=maybe(WHOLE),
        checked_at=maybe(MOMENT),
        extracted_at=MOMENT,
        stale=TRUTH,
        alternatives=each(alternative),
        play_url=maybe({**TEXT, "description": "A path, ready for a player in the browser."}),
        external_url=maybe(
            {**TEXT, "description": "A path for a player outside of it: with a token."}
        ),
        page_url=maybe(TEXT),
        preview_url=maybe(TEXT),
    )
    return {"Stream": stream, "Streams": table(streams=each(ref("Stream")), count=WHOLE)}


def _of_the_schedule() -> dict[str, Shape]:
    session = table(
        type=TEXT,
        name=TEXT,
        start_utc=MOMENT,
        duration_minutes=WHOLE,
        status={"enum": list(get_args(Status))},
        changed_at=maybe(MOMENT),
    )
    race = table(
        round=WHOLE,
        race_name=TEXT,
        circuit=TEXT,
        circuit_id=TEXT,
        country=TEXT,
        locality=TEXT,
        date={"type": "string", "format": "date"},
        url=TEXT,
        sessions=each(session),
    )
    races = each(ref("Race"))
    schedule = table(season=TEXT, fetched_at=MOMENT, stale=TRUTH, races=races, withdrawn=races)
    return {"Race": race, "Schedule": schedule}
