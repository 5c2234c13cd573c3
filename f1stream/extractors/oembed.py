"""A site's own player, by oEmbed: shown in a frame where the site allows that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Literal
from urllib.parse import urlencode, urlsplit

from pydantic import Field

from f1stream.errors import SourceChanged
from f1stream.extractors.addresses import absolute, referer
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Answer, Foreign, decoded, fetched
from f1stream.extractors.markup import attribute, base_of, one_line, text_of, tree_of
from f1stream.extractors.options import SecretUrl
from f1stream.models import Found, Upstream, host_of
from f1stream.net.chunks import read_bounded
from f1stream.net.client import checked

MAX_PAGE_BYTES = 8 << 20
MAX_RESPONSE_BYTES = 1 << 20
MAX_WIDTH = 1920
_IDLE_S = 15
_JSON = "application/json+oembed"


class _Response(Foreign):
    """Section 2.3.4 of the specification; `html` is there for the types video and rich."""

    type: Literal["photo", "video", "link", "rich"]
    title: str | None = None
    html: str | None = None


class Oembed(Extractor):
    """A page whose site says by oEmbed (oembed.com) how its player is embedded.

    The endpoint is the one that the page announces, unless it is named. Of the markup that it
    answers with, only the address of the frame is taken, and only an https one.
    """

    key: ClassVar[str] = "oembed"
    example: ClassVar[str] = """
[[sources]]
type = "oembed"
name = "Paddock interviews"
url = "https://example.org/videos/42"
"""

    url: SecretUrl = Field(description="The page.")
    endpoint: SecretUrl | None = Field(
        default=None,
        description="The provider's endpoint, `{format}` allowed; by default the page's own.",
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        page = self.url.get_secret_value()
        answer = await fetched(
            web,
            self._asking() or await _announced(web, page),
            headers={"Accept": "application/json"},
            max_bytes=MAX_RESPONSE_BYTES,
        )
        response = decoded(_Response, answer)
        if response.type not in ("video", "rich"):
            return
        frame = await asyncio.to_thread(frame_in, response.html or "", answer.url)
        yield Found(
            key="",
            title=one_line(response.title or "") or self.name,
            url=frame,
            headers=referer(page, frame),
            stream_type="embed",
            page_url=page,
        )

    def _asking(self) -> str | None:
        """The request of section 2.2 to the named endpoint."""
        if self.endpoint is None:
            return None
        endpoint = self.endpoint.get_secret_value().replace("{format}", "json")
        query = urlencode(
            {"url": self.url.get_secret_value(), "maxwidth": MAX_WIDTH, "format": "json"}
        )
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"


async def _announced(web: Web, page: str) -> str:
    """The address that the page announces by a header or an element (section 4, discovery)."""
    async with web.get(Upstream(page), headers={"Accept": "text/html"}) as response:
        for link in checked(response).links.values():
            if link.get("type") == _JSON and "url" in link:
                return str(link["url"])
        body = await read_bounded(response, MAX_PAGE_BYTES, _IDLE_S)
        answer = Answer(body, str(response.url), response.content_type, response.charset)
    if announced := await asyncio.to_thread(_linked, answer):
        return announced
    raise SourceChanged(
        f"{host_of(page)}: the page announces no oEmbed endpoint; name it as endpoint"
    )


def _linked(answer: Answer) -> str | None:
    tree = tree_of(text_of(answer))
    node = tree.css_first(f'link[type="{_JSON}"][href]')
    return absolute(attribute(node, "href"), base_of(tree, answer.url)) if node else None


def frame_in(markup: str, url: str) -> str:
    """The address of the frame in `markup`; raises `SourceChanged` where no https one is in it."""
    for node in tree_of(markup).css("iframe[src]"):
        if (frame := absolute(attribute(node, "src"), url)) and frame.startswith("https:"):
            return frame
    raise SourceChanged(f"{host_of(url)}: html: has no frame with an https address")
