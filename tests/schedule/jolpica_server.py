"""Jolpica on loopback: its paths, shapes and conditional answers, over the origin that can fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multidict import CIMultiDict

from tests.origin import Origin, Request, Response

SEASON_2026 = Path(__file__).parents[2] / "f1stream" / "schedule" / "season-2026.json"
LAST_MODIFIED = "Tue, 24 Nov 2026 03:00:00 GMT"

Race = dict[str, Any]


def season_2026() -> list[Race]:
    """The races of the real answer."""
    races: list[Race] = json.loads(SEASON_2026.read_text())["MRData"]["RaceTable"]["Races"]
    return races


def race(
    round: int,
    name: str,
    day: str,
    time: str | None = "13:00:00Z",
    *,
    circuit: str = "somewhere",
    **sessions: str,
) -> Race:
    """A race as the API tells it; sessions as `Qualifying="2026-05-02 15:00:00Z"`, or the day."""
    told: Race = {
        "season": day[:4],
        "round": str(round),
        "url": f"https://en.wikipedia.org/wiki/{day[:4]}_{name.replace(' ', '_')}",
        "raceName": name,
        "Circuit": {
            "circuitId": circuit,
            "url": f"https://en.wikipedia.org/wiki/{circuit}",
            "circuitName": circuit.title(),
            "Location": {"lat": "0", "long": "0", "locality": "Town", "country": "Land"},
        },
        "date": day,
    }
    if time is not None:
        told["time"] = time
    for session, when in sessions.items():
        told[session] = dict(zip(("date", "time"), when.split(" "), strict=False))
    return told


def answer(season: int | str, races: list[Race], **more: Any) -> dict[str, Any]:
    """The whole document."""
    data = {
        "xmlns": "",
        "series": "f1",
        "url": f"https://api.jolpi.ca/ergast/f1/{season}/races/",
        "limit": "100",
        "offset": "0",
        "total": str(len(races)),
        "RaceTable": {"season": str(season), "Races": races},
    }
    return {"MRData": {**data, **more}}


class JolpicaServer:
    """What is published, by season; one without races answers with an empty list, as the API does.

    `origin` counts the requests and takes faults.
    """

    def __init__(self, origin: Origin, seasons: Mapping[int, list[Race]] | None = None) -> None:
        self.origin = origin
        self.seasons = dict(seasons or {})
        self.etags = True
        self.url = origin.mount("/ergast/f1", self._answer)

    @property
    def asked(self) -> list[tuple[int, bool]]:
        """Every request: which season, and whether it was conditional."""
        return [
            (_year(request), "If-None-Match" in request.headers) for request in self.origin.requests
        ]

    def publish(self, season: int, *races: Race) -> None:
        """Have a season say this from now on."""
        self.seasons[season] = list(races)

    async def _answer(self, request: Request) -> Response:
        year = _year(request)
        assert request.query == {"limit": "100"}
        body = json.dumps(answer(year, self.seasons.get(year, []))).encode()
        headers = CIMultiDict({"Content-Type": "application/json"})
        if self.etags:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers["Last-Modified"] = LAST_MODIFIED
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return Response(b"", 304, headers)
        return Response(body, 200, headers)


def _year(request: Request) -> int:
    return int(request.path.removeprefix("/ergast/f1/").removesuffix(".json"))
