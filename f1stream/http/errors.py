"""The one place where errors become responses: RFC 9457 problem details."""

from __future__ import annotations

import logging

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from f1stream.errors import F1StreamError, UpstreamError

log = logging.getLogger(__name__)


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
    headers: dict[str, str] | None = None,
    reason: str | None = None,
) -> web.Response:
    """A problem document. `detail` is for a person; it holds nothing secret.

    `reason` is for programs: one of `models.Reason`, where an upstream failed.
    """
    content = {"type": "about:blank", "title": title, "status": status}
    if detail:
        content["detail"] = detail
    if reason:
        content["reason"] = reason
    return web.Response(
        status=status,
        body=orjson.dumps(content),
        content_type="application/problem+json",
        headers={
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
            **(headers or {}),
        },
    )
