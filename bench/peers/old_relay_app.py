"""How the application that f1stream replaces relays: simple, and paid for on every request."""

# It runs in the peers' environment; in f1stream's own there is neither FastAPI nor httpx.
# mypy: disable-error-code="import-not-found, untyped-decorator"

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from urllib.parse import quote, urljoin

import httpx
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

TIMEOUT_S = 30

app = FastAPI()


@app.get("/proxy")
async def proxy(url: str) -> Response:
    """A playlist, fetched and rewritten for this viewer alone."""
    target = base64.urlsafe_b64decode(url).decode()
    async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True) as client:
        upstream = await client.get(target)
    lines = [_rewritten(line, str(upstream.url)) for line in upstream.text.splitlines()]
    return Response("\n".join(lines), media_type="application/vnd.apple.mpegurl")


def _rewritten(line: str, base: str) -> str:
    if not line.strip() or line.startswith("#"):
        return line
    target = urljoin(base, line.strip())
    return f"/relay?url={quote(base64.urlsafe_b64encode(target.encode()).decode())}"


@app.get("/relay")
async def relay(url: str) -> StreamingResponse:
    """A segment, streamed as it comes."""
    target = base64.urlsafe_b64decode(url).decode()
    client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True)
    upstream = await client.send(client.build_request("GET", target), stream=True)

    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in upstream.aiter_bytes():
                yield chunk
        finally:
            await upstream.aclose()
            await client.aclose()

    return StreamingResponse(body(), upstream.status_code, media_type="video/mp2t")
