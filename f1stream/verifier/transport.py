"""MPEG transport streams (ISO 13818-1), as far as to name the codecs in one."""

from __future__ import annotations

from collections.abc import Iterator

PACKET_BYTES = 188
_SYNC = 0x47
_PAT = 0

# Stream types of the program map table; those left out are data.
_TYPES = {
    0x01: "mp1v",
    0x02: "mp2v",
    0x03: "mp4a.40.34",
    0x04: "mp4a.40.34",
    0x0F: "mp4a.40.2",
    0x11: "mp4a.40.2",
    0x1B: "avc1",
    0x24: "hvc1",
    0x33: "vvc1",
    0x81: "ac-3",
    0x87: "ec-3",
    0xCF: "mp4a.40.2",
    0xDB: "avc1",
}
# Within private data (0x06), what DVB's descriptors say.
_PRIVATE = 0x06
_DESCRIPTORS = {0x6A: "ac-3", 0x7A: "ec-3", 0x7B: "dtsc", 0x7C: "mp4a.40.2"}


def is_transport(sample: bytes) -> bool:
    """Whether `sample` begins as packets of 188 bytes do."""
    starts = sample[: 3 * PACKET_BYTES : PACKET_BYTES]
    return len(sample) >= PACKET_BYTES and all(byte == _SYNC for byte in starts)


def codecs(sample: bytes) -> tuple[str, ...]:
    """The codecs of the first program whose map is in `sample`, each once."""
    maps: set[int] = set()
    for pid, section in _sections(sample):
        if pid == _PAT:
            maps |= _map_pids(section)
        elif pid in maps and (found := tuple(dict.fromkeys(_mapped(section)))):
            return found
    return ()


def _sections(sample: bytes) -> Iterator[tuple[int, bytes]]:
    """The tables that begin in a packet and end in it, with their PID."""
    for start in range(0, len(sample) - PACKET_BYTES + 1, PACKET_BYTES):
        packet = sample[start : start + PACKET_BYTES]
        if packet[0] != _SYNC or not packet[1] & 0x40:
            continue
        payload = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if packet[3] & 0x10 and payload < PACKET_BYTES:
            table = packet[payload + 1 + packet[payload] :]
            if len(table) > 3:
                length = (table[1] & 0x0F) << 8 | table[2]
                # The checksum at the end is left out, and so is a table that goes on elsewhere.
                yield (packet[1] & 0x1F) << 8 | packet[2], table[: max(3 + length - 4, 0)]


def _map_pids(table: bytes) -> set[int]:
    """Where the program maps are: program numbers and PIDs, of which number 0 is the network."""
    entries = (table[at : at + 4] for at in range(8, len(table) - 3, 4))
    return {(pid[2] & 0x1F) << 8 | pid[3] for pid in entries if pid[:2] != b"\0\0"}


def _mapped(table: bytes) -> Iterator[str]:
    if len(table) < 12 or table[0] != 2:
        return
    at = 12 + ((table[10] & 0x0F) << 8 | table[11])
    while at + 5 <= len(table):
        length = (table[at + 3] & 0x0F) << 8 | table[at + 4]
        kind = table[at]
        if kind in _TYPES:
            yield _TYPES[kind]
        elif kind == _PRIVATE:
            yield from _described(table[at + 5 : at + 5 + length])
        at += 5 + length


def _described(descriptors: bytes) -> Iterator[str]:
    at = 0
    while at + 2 <= len(descriptors):
        if descriptors[at] in _DESCRIPTORS:
            yield _DESCRIPTORS[descriptors[at]]
        at += 2 + descriptors[at + 1]
