"""What a source's server answers: fetched within a limit, and decoded by a model at the door."""

from __future__ import annotations

from collections.abc import Mapping

from f1stream.extractors.base import Web
from f1stream.models import Upstream
from f1stream.net.client import checked, read_bounded
from f1stream.net.foreign import Answer, Foreign, decoded

__all__ = ["MAX_ANSWER_BYTES", "Answer", "Foreign", "decoded", "fetched"]

MAX_ANSWER_BYTES = 32 << 20
_IDLE_S = 15


async def fetched(
    web: Web,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """The answer to one request for `url`.

    `headers` are a source's own: those that may hold credentials go to the host of `url` only.
    Raises `UpstreamError`, for a status other than success too.
    """
    async with web.get(Upstream(url, headers or {}), method=method, body=body) as response:
        content = await read_bounded(checked(response), max_bytes, _IDLE_S)
        return Answer(content, str(response.url), response.content_type)
