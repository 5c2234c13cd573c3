"""For extractors that fetch nothing themselves: what comes of the address that they yield."""

from __future__ import annotations

from collections.abc import Callable

from f1stream.catalogue import Catalogue
from f1stream.extractors import Extractor
from f1stream.jobs import Refresh
from f1stream.models import Verdict
from f1stream.net.guard import Guard
from f1stream.verifier import Probe
from tests.extractors.reading import a_client
from tests.jobs.sources import NoWeb
from tests.listener import Listener
from tests.origin import Origin
from tests.origin.faults import Endless, Html, StallBeforeHeaders

EMPTY = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
# What is at the address, and what is said of it.
TROUBLES = {
    "empty": "not a playlist",
    "malformed": "not a playlist",
    "hostile": "not a playlist",
    "private": "refused",
    "silent": "timeout",
}


async def verdict_on(trouble: str, source_at: Callable[[str], Extractor]) -> Verdict:
    """The verdict on the one stream of a source whose address has this `trouble`."""
    async with Listener() as private, Origin() as origin:
        url = origin.route("/live.m3u8", EMPTY)
        match trouble:
            case "malformed":
                origin.fault("/live.m3u8", Html())
            case "hostile":
                origin.fault("/live.m3u8", Endless())
            case "private":
                origin.route("/live.m3u8", status=302, headers={"Location": private.url})
            case "silent":
                origin.fault("/live.m3u8", StallBeforeHeaders())
        host, port = url.removeprefix("http://").partition("/")[0].split(":")
        guard = Guard(allow_endpoints=[(host, int(port))])
        async with a_client(guard, patience_s=0.3) as client:
            source = source_at(f"{url}?token=hunter2")
            catalogue = Catalogue([(source.key, source.name)])
            probe = Probe(client, timeout_s=5, max_bytes=1 << 20)
            await Refresh([source], NoWeb(), catalogue, probe).round()
        assert private.connections == 0
    assert catalogue.source(source.name).state == "ok"
    (entry,) = catalogue.all()
    assert entry.verdict is not None
    assert "hunter2" not in repr(entry)
    return entry.verdict
