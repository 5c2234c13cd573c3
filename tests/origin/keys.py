"""Encrypted segments, and keys that change (RFC 8216bis, sections 4.4.4.4 and 5)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from tests.origin.features import Feature
from tests.origin.message import Response

KEY_FILE = re.compile(r"key-(\d+)\.key")
KEY_BYTES = 16


@dataclass(frozen=True)
class RotatingKeys(Feature):
    """A new key every `every` segments, served as `key-<period>.key` beside the playlist.

    With AES-128 the segments, which have to be files of their own, are encrypted whole. SAMPLE-AES
    is only marked: the segments stay as they are, for what passes on whatever it cannot read.
    Without `iv` the Media Sequence Number is the initialization vector, so that renumbering makes
    such a stream unreadable.
    `also` are KEYFORMATs that follow the first one, with the URIs of their keys.
    """

    every: int = 2
    method: Literal["AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"] = "AES-128"
    iv: bool = True
    also: tuple[tuple[str, str], ...] = ()
    version: int = 5

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        period, place = divmod(number, self.every)
        if place and not first:
            return []
        vector = f",IV=0x{self._vector(period).hex()}" if self.iv else ""
        own = f'#EXT-X-KEY:METHOD={self.method},URI="key-{period}.key"{vector}'
        return [
            f'{own},KEYFORMAT="identity"' if self.also else own,
            *(
                f'#EXT-X-KEY:METHOD={self.method},URI="{uri}",KEYFORMAT="{keyformat}",'
                'KEYFORMATVERSIONS="1"'
                for keyformat, uri in self.also
            ),
        ]

    def session(self, folder: str) -> Sequence[str]:
        """EXT-X-SESSION-KEY, so that players ask for the first key early (section 4.4.6.5)."""
        vector = f",IV=0x{self._vector(0).hex()}" if self.iv else ""
        return [f'#EXT-X-SESSION-KEY:METHOD={self.method},URI="{folder}key-0.key"{vector}']

    def body(self, number: int, content: bytes) -> bytes | None:
        if self.method != "AES-128":
            return content
        period = number // self.every
        vector = self._vector(period) if self.iv else number.to_bytes(KEY_BYTES, "big")
        cipher = AES.new(self.key(period), AES.MODE_CBC, iv=vector)
        return bytes(cipher.encrypt(pad(content, AES.block_size)))

    def serve(self, name: str) -> Response | None:
        found = KEY_FILE.fullmatch(name)
        return (
            Response(self.key(int(found[1]))).typed("application/octet-stream") if found else None
        )

    def key(self, period: int) -> bytes:
        """The key of a period, the same in every run."""
        return hashlib.blake2b(b"key %d" % period, digest_size=KEY_BYTES).digest()

    def _vector(self, period: int) -> bytes:
        return hashlib.blake2b(b"iv %d" % period, digest_size=KEY_BYTES).digest()
