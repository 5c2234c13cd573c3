"""How large a playlist may be: what is beyond is refused with a clear answer."""

from __future__ import annotations

from f1stream.errors import TooLarge

MAX_URL_BYTES = 8192
# A day of segments of two seconds, each with its EXTINF and a date, and room for tags.
MAX_LINES = 150_000
# Tags that carry data, such as a key in a `data:` URI, can be long; none needs to be longer.
MAX_LINE_BYTES = 256 << 10
# The most that can be rewritten, whatever it says, without keeping others waiting for 50 ms: what
# is larger belongs in a thread.
INLINE_BYTES = 16 << 10


def check_size(playlist: bytes) -> None:
    """Raises `TooLarge` for more lines than any stream needs, or for a longer one."""
    if len(playlist) <= min(MAX_LINES, MAX_LINE_BYTES):
        return
    ends = playlist.count(b"\n") + playlist.count(b"\r") - playlist.count(b"\r\n")
    if ends > MAX_LINES:
        raise TooLarge(f"The playlist has more than {MAX_LINES} lines.")
    if max(map(len, playlist.splitlines())) > MAX_LINE_BYTES:
        raise TooLarge(f"The playlist has a line of more than {MAX_LINE_BYTES >> 10} KiB.")
