"""Content steering: which pathway a player should take (RFC 8216bis, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.origin.features import json_response
from tests.origin.message import Response

MANIFEST = "steering.json"


@dataclass(frozen=True, slots=True)
class Clone:
    """A pathway that is another one under another host, and with more in its queries."""

    name: str
    base: str
    host: str
    """Host and port."""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Steering:
    """A steering server's mind, which a test changes: the manifest says what stands here now."""

    pathways: list[str] = field(default_factory=lambda: ["a", "b"])
    """By priority."""
    clones: list[Clone] = field(default_factory=list)
    ttl_s: int = 10
    reload_uri: str = f"{MANIFEST}?again=yes"

    def manifest(self) -> Response:
        """The steering manifest (section 7.2)."""
        manifest: dict[str, object] = {
            "VERSION": 1,
            "TTL": self.ttl_s,
            "RELOAD-URI": self.reload_uri,
            "PATHWAY-PRIORITY": self.pathways,
        }
        if self.clones:
            manifest["PATHWAY-CLONES"] = [_cloned(clone) for clone in self.clones]
        return json_response(manifest)


def _cloned(clone: Clone) -> dict[str, object]:
    replacement = {"HOST": clone.host, "PARAMS": clone.parameters}
    return {"BASE-ID": clone.base, "ID": clone.name, "URI-REPLACEMENT": replacement}
