"""Whether a viewer has given the password: by a session's cookie, or by the token in a link.

Both are proven by a signature alone, so nothing is stored, and every process of this f1stream
accepts what any of them has made. They are bound to the password: another one ends them all.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b

from f1stream.hls.signer import encode

COOKIE = "f1stream_session"
SESSION_S = 30 * 24 * 3600
# What players outside the browser have in their links: it stays in front of relative ones.
BY_TOKEN = "/streams/by/"

_MAC_BYTES = 24
_TOKEN_BYTES = 18
# Browsers that are signed in at the same time; one more costs some microseconds a request.
_MAX_SEEN = 1024


def viewer_key(link_key: bytes, password: str) -> bytes:
    """The key that sessions and tokens are made with, for one password."""
    secret = password.encode("utf-8", "surrogatepass")
    return blake2b(secret, key=link_key, digest_size=32, person=b"f1stream-viewer").digest()


class Gate:
    """Tells viewers from strangers; without keys there is no password and nobody is a stranger.

    The first key signs and all verify, as with links. `clock` is wall time, in seconds.
    """

    def __init__(
        self, keys: Sequence[bytes] = (), *, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self.replace(keys)

    def replace(self, keys: Sequence[bytes]) -> None:
        """Use these keys from now on."""
        self.keys = tuple(keys)
        self.required = bool(keys)
        self._tokens = [_token(key) for key in self.keys]
        self._seen: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<Gate {'closed' if self.required else 'open'}>"

    def opens_with(self, password: str, link_key: bytes) -> bool:
        """Whether this is the password; takes the same time for every wrong one."""
        return self.required and hmac.compare_digest(viewer_key(link_key, password), self.keys[0])

    def session(self) -> str:
        """The value of a new session's cookie, good for `SESSION_S`."""
        ends_at = f"{int(self._clock()) + SESSION_S:x}"
        return f"{ends_at}.{_mac(self.keys[0], ends_at)}"

    def knows(self, cookies: str | None) -> bool:
        """Whether a `Cookie` field (RFC 6265, section 4.2) holds a session that has not ended."""
        if cookies is None:
            return False
        ends_at = self._seen.get(cookies)
        if ends_at is None:
            ends_at = max(map(self._ends_at, _sessions(cookies)), default=0.0)
            if ends_at == 0.0:
                return False
            if len(self._seen) >= _MAX_SEEN:
                self._seen.clear()
            self._seen[cookies] = ends_at
        return self._clock() < ends_at

    def is_token(self, token: str) -> bool:
        """Whether a link with this token may be played."""
        given = token.encode("utf-8", "surrogatepass")
        return not self.required or any(
            [hmac.compare_digest(given, own.encode()) for own in self._tokens]
        )

    def tokened(self, path: str) -> str:
        """The same path for a player that has no session, such as `play_url` in VLC."""
        return f"{BY_TOKEN}{self._tokens[0]}{path}" if self.required else path

    def credentials(self) -> dict[str, str]:
        """Header fields of a caller inside this f1stream."""
        return {"Cookie": f"{COOKIE}={self.session()}"} if self.required else {}

    def _ends_at(self, value: str) -> float:
        """When a session ends; 0 for one that was not made here."""
        moment, _, mac = value.partition(".")
        given = mac.encode("utf-8", "surrogatepass")
        if any([hmac.compare_digest(_mac(key, moment).encode(), given) for key in self.keys]):
            return float(int(moment, 16))
        return 0.0


def _sessions(cookies: str) -> list[str]:
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    return [value for name, _, value in pairs if name == COOKIE]


def _mac(key: bytes, text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    person = b"f1stream-session"
    return encode(blake2b(data, key=key, digest_size=_MAC_BYTES, person=person).digest()).decode()


def _token(key: bytes) -> str:
    person = b"f1stream-token"
    return encode(blake2b(key=key, digest_size=_TOKEN_BYTES, person=person).digest()).decode()
