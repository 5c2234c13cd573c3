"""All that a source yields, leads too."""

from __future__ import annotations

from f1stream.extractors import Extractor
from f1stream.models import Found, Lead
from f1stream.net.client import Client
from tests.extractors.reading import Fetching, a_client


async def yielded_by(source: Extractor, client: Client | None = None) -> list[Found | Lead]:
    """What `source` yields, in its order, through `client` or one that may reach loopback."""
    if client is not None:
        return [item async for item in source.find(Fetching(client))]
    async with a_client() as new:
        return await yielded_by(source, new)
