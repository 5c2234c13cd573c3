"""Many signatures at once: the inner loop of every rewrite.

Where a step can be one call into C for all URLs instead of one for each, it is.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import repeat

from f1stream.hls.resolution import directory

MAC_BYTES = 12

# The endings that ffmpeg takes. `ts` passes for MPEG-TS, fragmented MP4 and packed audio alike.
_ENDINGS = {
    ending: b"." + ending
    for ending in b"aac ac3 cmfa cmfv ec3 m4a m4s m4v mp3 mp4 ts vtt webvtt".split()
}
# Streams that are played at the same time have so many playlists each; one more costs microseconds.
_MAX_BASES = 64
_USUAL = (b".ts", b".m4s", b".mp4")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# Links that are made together become URL-safe together, which must not touch what stands between
# the base64: these two stand for "=" and for the end of a link until then.
_EQUALS, _END = b"\x01", b"\x02"
_TO_LINKS = bytes.maketrans(b"+/" + _EQUALS + _END, b"-_=\n")


class Signer:
    """Makes links that differ in their URL alone, of which all have `head` and `tail` around them.

    `mac` has begun with all that is signed before the URL. The ending is that of the URL's file
    name if `mark` is `None`.
    """

    def __init__(self, mac: blake2b, head: bytes, tail: bytes, mark: bytes | None) -> None:
        self.mac = mac
        self.head = head
        self.tail = tail
        self._mark = mark
        self._below: dict[str, Below] = {}
        self.anywhere = Below(self, b"")

    def __call__(self, url: bytes) -> bytes:
        """The link to one URL."""
        mac = self.mac.copy()
        mac.update(url)
        mark = ending(url) if self._mark is None else self._mark
        return self.head + encode(url) + self.tail + encode(mac.digest()) + mark

    def below(self, base: str) -> Below:
        """What signs many names that are relative to the URL `base`, which has no query."""
        known = self._below.get(base)
        if known is None:
            if len(self._below) >= _MAX_BASES:
                self._below.clear()
            known = self._below[base] = Below(self, directory(base))
        return known


class Below:
    """Signs many names in one directory at once, as signing the URL of each alone would.

    Only for links to bytes. A name may be a whole URL where the directory is empty.
    """

    def __init__(self, signer: Signer, directory: bytes) -> None:
        self.directory = directory
        # Base64 makes four characters of three bytes, so what all share is encoded once.
        whole = len(directory) // 3 * 3
        self._rest = directory[whole:]
        self._head = (signer.head + encode(directory[:whole])).replace(b"=", _EQUALS)
        self._tail = signer.tail.replace(b"=", _EQUALS)
        self._mac = signer.mac.copy()
        self._mac.update(directory)

    def links(self, names: Sequence[bytes], text: bytes) -> list[bytes]:
        """The links to `names`, which are the lines of `text`, each with its newline."""
        copy, head, rest = self._mac.copy, self._head, self._rest
        digests: list[bytes] = []
        for name in names:
            mac = copy()
            mac.update(name)
            digests.append(mac.digest())
        pieces = [self._tail] * (4 * len(names))
        pieces[::4] = map(b2a_base64, [rest + name for name in names] if rest else names)
        pieces[2::4] = map(b2a_base64, digests)
        pieces[3::4] = [mark + _END + head for mark in _endings(names, text)]
        links = (head + b"".join(pieces)).translate(_TO_LINKS, b"=\n").split(b"\n")
        # What follows the last end is the head of a link that is not there.
        return links[:-1]


def encode(data: bytes) -> bytes:
    """Base64url without padding (RFC 4648 section 5)."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=")


def ending(url: bytes) -> bytes:
    """What ends a link to bytes: the file name's ending where it is a media file's, else `.ts`."""
    return _ENDINGS.get(url.partition(b"?")[0].rpartition(b".")[2], b".ts")


def _endings(names: Sequence[bytes], text: bytes) -> Iterable[bytes]:
    if b"?" not in text:
        for mark in _USUAL:
            if text.count(mark + b"\n") == len(names):
                return repeat(mark, len(names))
    return map(ending, names)
