"""Where a cloned pathway leads: the replacement of URIs in content steering (RFC 8216bis 7.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_AUTHORITY = re.compile(r"([A-Za-z]+://(?:[^@/?#]*@)?)(\[[^\]]*\]|[^:/?#]*)")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


@dataclass(frozen=True, slots=True)
class Detour:
    """What is replaced in the URI of each variant and rendition: its host, query parameters."""

    host: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether the host is one, or is left as it is."""
        return not self.host or _HOST.fullmatch(self.host) is not None

    def url(self, url: str) -> str:
        """The URL that a player would have made: as hls.js does, the port stays."""
        if self.host:
            url = _AUTHORITY.sub(lambda found: found[1] + self.host, url, count=1)
        for name in sorted(self.params):
            url = _with_parameter(url, name, self.params[name])
        return url

    def then(self, other: Detour) -> Detour:
        """This one and then another."""
        return Detour(other.host or self.host, {**self.params, **other.params})

    def packed(self) -> bytes:
        """As JSON, the same text for the same detour."""
        said = {"HOST": self.host, "PARAMS": dict(self.params)}
        return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Detour:
        """The inverse of `packed`."""
        said = json.loads(packed)
        return cls(said["HOST"], said["PARAMS"])


def _with_parameter(url: str, name: str, value: str) -> str:
    """The URL with one parameter in place of all of its name, or at the end of its query."""
    url, mark, fragment = url.partition("#")
    path, _, query = url.partition("?")
    encoded = quote(name, safe="")
    pair = f"{encoded}={quote(value, safe='')}"
    before = [part for part in query.split("&") if part]
    kept = [part for part in before if part.partition("=")[0] != encoded]
    return f"{path}?{'&'.join([*kept, pair])}{mark}{fragment}"
