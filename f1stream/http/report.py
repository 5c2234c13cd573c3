"""`POST /streams/{id}/report`: a viewer's player says that a stream does not play."""

from __future__ import annotations

import logging
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from f1stream.errors import BadRequest, NotFound
from f1stream.http.api import json
from f1stream.http.services import SERVICES

log = logging.getLogger(__name__)

Trouble = Literal["unreachable", "stalled", "media", "unsupported", "expired"]
_REMEDY = (
    'send JSON such as {"reason": "stalled", "detail": "…"}: reason is one of unreachable, '
    "stalled, media, unsupported, expired; detail, if any, has at most 200 characters"
)


class Report(BaseModel):
    """What a player says. `detail` is for its own log: it can hold links, and is not kept here."""

    model_config = ConfigDict(hide_input_in_errors=True)

    reason: Trouble
    detail: Annotated[str, StringConstraints(max_length=200)] | None = None


async def report(request: web.Request) -> web.Response:
    """Have the stream looked at again soon, once for all who report it meanwhile."""
    services = request.app[SERVICES]
    try:
        told = Report.model_validate_json(await request.read())
    except ValidationError:
        raise BadRequest(_REMEDY) from None
    stream_id = request.match_info["id"]
    shown = services.catalogue.shown(stream_id)
    if shown is None:
        raise NotFound("no stream has this id; see /streams/all")
    # The id in the list stands for the way that is played, any other for itself.
    played = shown.best.stream.id if shown.stream.id == stream_id else stream_id
    log.info("a viewer reports of %s: %s", played, told.reason)
    services.reported(played)
    return json({"reported": played}, status=202)
