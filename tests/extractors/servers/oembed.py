"""A video site that is an oEmbed provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.extractors.servers import serving, told

VIDEO: dict[str, Any] = {
    "version": "1.0",
    "type": "video",
    "provider_name": "Example",
    "title": "Paddock interviews",
    "width": 1920,
    "height": 1080,
    "html": '<iframe width="1920" height="1080" src="https://player.example.org/embed/42?a=1&amp;b=2"'
    " allowfullscreen></iframe><script>alert(1)</script>",
}


@asynccontextmanager
async def oembed_server(
    content: Mapping[str, Any] | bytes = VIDEO,
    *,
    announced: str = "element",
    log: list[web.Request] | None = None,
) -> AsyncIterator[str]:
    """Yields the URL of a page; `announced` says how that tells its endpoint, if it does."""

    async def page(request: web.Request) -> web.Response:
        target = f"/oembed?url={quote(str(request.url), safe='')}&format=json"
        link = f'<link rel="alternate" type="application/json+oembed" href="{target}">'
        head = link.replace("&", "&amp;") if announced == "element" else ""
        response = web.Response(text=f"<head>{head}</head>", content_type="text/html")
        if announced == "header":
            response.headers["Link"] = (
                f'<{target}>; rel="alternate"; type="application/json+oembed"; title="t"'
            )
        return response

    async def oembed(request: web.Request) -> web.Response:
        if log is not None:
            log.append(request)
        return told(content if isinstance(content, bytes) else dict(content))

    async with serving(web.get("/videos/42", page), web.get("/oembed", oembed)) as url:
        yield f"{url}/videos/42"
