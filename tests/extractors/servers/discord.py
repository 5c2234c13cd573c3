"""Discord's REST API, version 10, as far as a bot that reads channels sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.extractors.servers import serving, told

TOKEN = "hunter2.hunter2"
CHANNEL = "112233445566778899"
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def a_message(
    content: str = "", *, hours_ago: float = 1, embeds: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A message as the API tells it."""
    posted = datetime.now(UTC) - timedelta(hours=hours_ago)
    snowflake = int((posted - _EPOCH).total_seconds() * 1000) << 22
    return {
        "id": str(snowflake),
        "type": 0,
        "content": content,
        "channel_id": CHANNEL,
        "author": {"id": "1", "username": "someone"},
        "attachments": [],
        "embeds": embeds or [],
        "timestamp": posted.isoformat(),
        "edited_timestamp": None,
        "pinned": False,
    }


@asynccontextmanager
async def discord_server(
    channels: Mapping[str, Any],
    *,
    token: str = TOKEN,
    retry_after_s: tuple[float, ...] = (),
    log: list[web.Request] | None = None,
) -> AsyncIterator[str]:
    """The API with these channels' messages; yields its base URL.

    The first requests are answered 429, asking to wait `retry_after_s`.
    """
    waits = list(retry_after_s)

    async def messages(request: web.Request) -> web.Response:
        if log is not None:
            log.append(request)
        if request.headers.get("Authorization") != f"Bot {token}":
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if waits:
            seconds = waits.pop(0)
            return web.json_response(
                {"message": "You are being rate limited.", "retry_after": seconds, "global": False},
                status=429,
                headers={"Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": "user"},
            )
        channel = request.match_info["channel"]
        if channel not in channels:
            return web.json_response({"message": "Missing Access", "code": 50001}, status=403)
        return told(channels[channel])

    async with serving(web.get("/api/v10/channels/{channel}/messages", messages)) as url:
        yield f"{url}/api/v10"
