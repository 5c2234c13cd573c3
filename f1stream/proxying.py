"""What players' requests are answered with, made as the settings say."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from f1stream.hls.links import Links
from f1stream.http.sessions import Gate, viewer_key
from f1stream.metrics.tally import Tally
from f1stream.net.client import Client
from f1stream.proxy.documents import Documents, rewriting
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.rewriting import Rewriting
from f1stream.proxy.segments import Segments
from f1stream.replicas import CommonKeys, StateGone
from f1stream.secret import SECRET, link_keys
from f1stream.settings import Settings
from f1stream.sharing import shares
from f1stream.tracing.spans import Trace

if TYPE_CHECKING:
    from f1stream.replicas.state import State


@dataclass(frozen=True, slots=True)
class Observed:
    """Where it is noted what happens: numbers and traces."""

    tally: Tally
    trace: Trace

    def of(self, client: Client, purpose: str) -> Client:
        """The client for one purpose, its requests counted as such."""
        return client.counted(self.tally.upstream(purpose))


@dataclass(frozen=True, slots=True)
class Proxying:
    """What players' requests are answered with."""

    links: Links
    common_keys: CommonKeys | None
    gate: Gate
    playlists: Playlists
    documents: Documents
    segments: Segments
    relay: Relay


@asynccontextmanager
async def proxying(
    settings: Settings, client: Client, observed: Observed, state: State | None
) -> AsyncIterator[Proxying]:
    """Caches, links and what fetches for them; `state` has the keys that replicas share."""
    links = Links(await asyncio.to_thread(link_keys, settings.data.dir))
    common_keys = None
    # What the environment says is the same for all, and needs no sharing.
    if state is not None and SECRET not in os.environ:
        common_keys = CommonKeys(state, links, settings.data.dir)
        # The replica itself says what is wrong there, and goes on trying.
        with suppress(StateGone):
            await common_keys.follow()
    gate = _gate(settings, links)
    segment_bytes, _ = shares(int(settings.cache.segment_bytes), settings.server.workers)

    def root() -> str:
        # Players resolve these against nothing, so that a token has to be in them already.
        return settings.server.public_url.rstrip("/") + gate.tokened("/")

    media = observed.of(client, "media")
    async with (
        Segments(
            media,
            max_bytes=segment_bytes,
            idle_s=settings.upstream.read_timeout,
            lookups=observed.tally.segments,
        ) as segments,
        Playlists(
            Rewriting(
                observed.of(client, "playlist"),
                links,
                max_bytes=int(settings.upstream.playlist_bytes),
                root=root,
                ahead=segments.prefetch if settings.cache.prefetch else None,
                trace=observed.trace,
            ),
            ttl_s=settings.cache.playlist_ttl,
            lookups=observed.tally.playlists,
        ) as playlists,
        Documents(observed.of(client, "document"), rewriting(links, root)) as documents,
    ):
        with closing(Relay(media, max_bytes=int(settings.limits.segment_bytes))) as relay:
            links.watch(playlists.forget)
            yield Proxying(links, common_keys, gate, playlists, documents, segments, relay)


def _gate(settings: Settings, links: Links) -> Gate:
    password = settings.access.viewer_password
    if password is None:
        return Gate()

    def keys() -> list[bytes]:
        return [viewer_key(key, password.get_secret_value()) for key in links.keys]

    gate = Gate(keys())
    links.watch(lambda: gate.replace(keys()))
    return gate
