"""MPEG-TS whose samples are encrypted, each alone, with a key that everybody may ask for.

From Apple's "MPEG-2 Stream Encryption Format for HTTP Live Streaming", which RFC 8216bis,
section 4.4.4.4, refers to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
from Crypto.Cipher import AES

KEY = bytes(range(16))
IV = bytes(range(16, 32))
KEY_TAG = f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="sample.key",IV=0x{IV.hex()}\n'

BLOCK_BYTES = AES.block_size
START_CODE = b"\x00\x00\x00\x01"
NAL_UNITS = re.compile(rb"\x00\x00\x00?\x01")
# Slices of pictures; whatever else there is has to be read without the key.
SLICES = (1, 5)
SHORTEST_SLICE_BYTES = 48
CLEAR_SLICE_BYTES = 32
CLEAR_BLOCKS_IN_SLICE = 9
CLEAR_FRAME_BYTES = 16
EMULATION = re.compile(rb"\x00\x00(?=[\x00-\x03])")

PACKET_BYTES = 188
PMT_PID = 0x1000
"""Where ffmpeg puts the program map."""
TYPES = {0x1B: 0xDB, 0x0F: 0xCF}
"""Stream types of H.264 and AAC, and what they are called once encrypted."""


def encrypt(playlist: Path, folder: Path) -> Path:
    """The stream of `playlist`, H.264 and AAC, encrypted into `folder`; returns its playlist."""
    folder.mkdir(parents=True, exist_ok=True)
    for segment in sorted(playlist.parent.glob("*.ts")):
        _encrypt_segment(segment, folder / segment.name)
    (folder / "sample.key").write_bytes(KEY)
    text = playlist.read_text("utf-8").replace("#EXTINF", f"{KEY_TAG}#EXTINF", 1)
    (folder / playlist.name).write_text(text, "utf-8")
    return folder / playlist.name


def _encrypt_segment(clear: Path, encrypted: Path) -> None:
    ways: dict[str, Callable[[bytes], bytes]] = {"video": picture, "audio": frame}
    options = {"mpegts_flags": "+resend_headers"}
    with (
        av.open(clear) as source,
        av.open(encrypted, "w", format="mpegts", options=options) as target,
    ):
        streams = {each.index: target.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            changed = av.Packet(ways[packet.stream.type](bytes(packet)))
            changed.pts, changed.dts = packet.pts, packet.dts
            changed.time_base, changed.duration = packet.time_base, packet.duration
            changed.is_keyframe = packet.is_keyframe
            changed.stream = streams[packet.stream.index]
            target.mux(changed)
    encrypted.write_bytes(_renamed(encrypted.read_bytes()))


def picture(access_unit: bytes) -> bytes:
    """An access unit of H.264, its slices encrypted."""
    units = [unit for unit in NAL_UNITS.split(access_unit) if unit]
    return b"".join(START_CODE + (_slice(unit) if _is_encrypted(unit) else unit) for unit in units)


def frame(content: bytes) -> bytes:
    """A frame of AAC, with its ADTS header where it has one: all whole blocks but the first."""
    start = CLEAR_FRAME_BYTES + _adts_bytes(content)
    end = start + max(len(content) - start, 0) // BLOCK_BYTES * BLOCK_BYTES
    return content[:start] + bytes(_cipher(content[start:end])) + content[end:]


def _is_encrypted(unit: bytes) -> bool:
    return unit[0] & 0x1F in SLICES and len(unit) > SHORTEST_SLICE_BYTES


def _slice(unit: bytes) -> bytes:
    """A NAL unit: every tenth block encrypted, as one chain; what then looks like a start code
    is hidden again."""
    places = list(_protected(len(unit)))
    chain = _cipher(b"".join(unit[at : at + BLOCK_BYTES] for at in places))
    changed = bytearray(unit)
    for turn, at in enumerate(places):
        changed[at : at + BLOCK_BYTES] = chain[turn * BLOCK_BYTES : (turn + 1) * BLOCK_BYTES]
    return EMULATION.sub(b"\x00\x00\x03", bytes(changed))


def _protected(length: int) -> Iterator[int]:
    step = BLOCK_BYTES * (1 + CLEAR_BLOCKS_IN_SLICE)
    yield from range(CLEAR_SLICE_BYTES, length - BLOCK_BYTES, step)


def _cipher(content: bytes) -> bytes:
    return bytes(AES.new(KEY, AES.MODE_CBC, iv=IV).encrypt(content))


def _adts_bytes(content: bytes) -> int:
    if content[:1] != b"\xff" or content[1] & 0xF6 != 0xF0:
        return 0
    return 7 if content[1] & 1 else 9


def _renamed(stream: bytes) -> bytes:
    """The transport stream, its program map saying that the streams in it are encrypted."""
    changed = bytearray(stream)
    for at in range(0, len(changed), PACKET_BYTES):
        pid = (changed[at + 1] & 0x1F) << 8 | changed[at + 2]
        if pid == PMT_PID and changed[at + 1] & 0x40:
            section = at + 5 + changed[at + 4]
            length = 3 + ((changed[section + 1] & 0x0F) << 8 | changed[section + 2])
            changed[section : section + length] = _renamed_map(changed[section : section + length])
    return bytes(changed)


def _renamed_map(table: bytearray) -> bytes:
    at = 12 + ((table[10] & 0x0F) << 8 | table[11])
    while at < len(table) - 4:
        table[at] = TYPES[table[at]]
        at += 5 + ((table[at + 3] & 0x0F) << 8 | table[at + 4])
    return bytes(table[:-4]) + _checksum(table[:-4]).to_bytes(4, "big")


def _checksum(table: bytearray) -> int:
    """CRC-32 as in ISO 13818-1, annex A."""
    crc = 0xFFFFFFFF
    for byte in table:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc
