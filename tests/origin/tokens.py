"""Links that go stale: tokens that the origin hands out and that expire."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from tests.origin.clock import Clock
from tests.origin.manners import in_playlist, is_playlist
from tests.origin.message import Handler, Request, Response, text

IN_PATH = re.compile(r"/token-(\d+)/")
IN_QUERY = re.compile(r"[?&]token=(\d+)")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs every address in a playlist with a token that is good for `lifetime_s`.

    A path or a query with an old one is 403. `entry`, a path, needs none, and hands out the
    newest: a Multivariant Playlist's address stays good while those in it expire. A playlist
    that came with a token hands that one on, as signed paths do.
    """

    clock: Clock
    entry: str
    lifetime_s: float = 10
    place: Literal["path", "query"] = "query"

    @property
    def current(self) -> int:
        """The token of now."""
        return int(self.clock() // self.lifetime_s)

    async def answer(self, handler: Handler, request: Request) -> Response:
        pattern = IN_PATH if self.place == "path" else IN_QUERY
        found = pattern.search(request.target)
        if request.path == self.entry:
            return self._signed(await handler(request))
        if found is None or int(found[1]) != self.current:
            return text("this link has expired\n", 403)
        if self.place == "path":
            request = replace(request, target=IN_PATH.sub("/", request.target))
            return await handler(request)
        return self._signed(await handler(request))

    def _signed(self, response: Response) -> Response:
        return in_playlist(response, self._address) if is_playlist(response) else response

    def _address(self, address: str) -> str:
        if self.place == "path":
            return f"token-{self.current}/{address}"
        mark = "&" if "?" in address else "?"
        return f"{address}{mark}token={self.current}"
