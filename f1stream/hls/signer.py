"""Many signatures at once: the inner loop of every rewrite.

Where a step can be one call into C for all URLs instead of one for each, it is.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from hashlib import blake2b

from f1stream.hls.limits import MAX_URL_BYTES
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
    """What signs many names in one directory at once, as signing the URL of each alone would.

    Only for links to bytes. A name may be a whole URL where the directory is empty.
    """

    def __init__(self, signer: Signer, directory: bytes) -> None:
        self.directory = directory
        self.room = MAX_URL_BYTES - len(directory)
        # Base64 makes four characters of three bytes, so what all share is encoded once.
        whole = len(directory) // 3 * 3
        self._rest = directory[whole:]
        self._head = b"\n" + signer.head + encode(directory[:whole])
        self._tail = signer.tail
        self._mac = signer.mac.copy()
        self._mac.update(directory)

    def woven(self, around: Sequence[bytes], names: Sequence[bytes], text: bytes) -> bytes:
        """The links to `names`, each after a newline, between the texts `around`.

        There is one more of these than there are names; `text` is the names, each with its newline.
        """
        count = len(names)
        raw = [self._rest + name for name in names]
        copy = self._mac.copy
        for name in names:
            mac = copy()
            mac.update(name)
            raw.append(mac.digest())
        encoded = b"".join(map(b2a_base64, raw)).translate(_TO_URL_SAFE, b"=").splitlines()
        mark = _common_ending(names, text)
        pieces = [b"", self._head, b"", self._tail, b"", mark or b""] * count
        pieces.append(b"")
        pieces[::6] = around
        pieces[2::6] = encoded[:count]
        pieces[4::6] = encoded[count:]
        if mark is None:
            pieces[5::6] = map(ending, names)
        return b"".join(pieces)

    def links(self, names: Sequence[bytes]) -> list[bytes]:
        """The links to `names`."""
        text = self.woven([b""] * (len(names) + 1), names, b"\n".join(names) + b"\n")
        return text.split(b"\n")[1:]


def encode(data: bytes) -> bytes:
    """Base64url without padding (RFC 4648 section 5)."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=")


def ending(url: bytes) -> bytes:
    """What ends a link to bytes: the file name's ending where it is a media file's, else `.ts`."""
    return _ENDINGS.get(url.partition(b"?")[0].rpartition(b".")[2], b".ts")


def _common_ending(names: Sequence[bytes], text: bytes) -> bytes | None:
    """What ends the link to each name, if it is seen at once that it is the same."""
    if not text.count(b"?"):
        for mark in _USUAL:
            if text.count(mark + b"\n") == len(names):
                return mark
    return None
