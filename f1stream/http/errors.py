"""The one place where errors become responses: RFC 9457 problem details."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from f1stream.errors import F1StreamError, UpstreamError
from f1stream.http.ready import Heads, Ready
from f1stream.http.security import ELSEWHERE

log = logging.getLogger(__name__)

_TYPE = "application/problem+json"
_FOR_ALL = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as `application/problem+json`, readable from other origins too."""
    try:
        return await handler(request)
    except F1StreamError as error:
        reason = error.reason if isinstance(error, UpstreamError) else None
        return problem(error.status, error.title, error.detail, error.headers, reason)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return problem(error.status, error.reason, "", allowed)
    except (web.RequestPayloadError, HttpProcessingError):
        return problem(400, "Bad request", "The body is not encoded as its head says.")
    except Exception:
        # Not the path: a token can be in it.
        resource = request.match_info.route.resource
        log.exception("%s %s failed", request.method, resource.canonical if resource else "")
        return problem(500, "Internal error", "The fault is logged.")


def problem(
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> web.Response:
    """A problem document. `detail` is for a person; it holds nothing secret.

    `reason` is for programs: one of `models.Reason`, where an upstream failed.
    """
    return web.Response(
        status=status,
        body=_document(status, title, detail, reason),
        content_type=_TYPE,
        headers={**_FOR_ALL, **(headers or {})},
    )


def whole_problem(
    heads: Heads, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Ready:
    """The same for what never gets to the application, where a response is made complete."""
    body = _document(status, title, detail)
    fields = {"Content-Type": _TYPE, **_FOR_ALL, **ELSEWHERE, **(headers or {})}
    return Ready(heads.head(status, fields, len(body)) + body, status=status)


def _document(status: int, title: str, detail: str, reason: str | None = None) -> bytes:
    content = {"type": "about:blank", "title": title, "status": status}
    if detail:
        content["detail"] = detail
    if reason:
        content["reason"] = reason
    return orjson.dumps(content)
