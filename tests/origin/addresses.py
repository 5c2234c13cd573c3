"""Where a playlist names addresses, for what hands out others in their stead."""

from __future__ import annotations

import re
from collections.abc import Callable

URI = re.compile(r'((?:URI|X-ASSET-LIST|X-ASSET-URI)=")([^"]*)(")')


def with_addresses(playlist: str, change: Callable[[str], str]) -> str:
    """The playlist with every address replaced by what `change` makes of it."""
    return "".join(_line(line, change) for line in playlist.splitlines(keepends=True))


def _line(line: str, change: Callable[[str], str]) -> str:
    if line.startswith("#"):
        return URI.sub(lambda found: found[1] + change(found[2]) + found[3], line)
    address = line.strip()
    return line.replace(address, change(address)) if address else line
