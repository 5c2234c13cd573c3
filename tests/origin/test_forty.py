"""The media of the forty are what they are called, and decode to the last frame."""

from __future__ import annotations

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.origin.forty import BAD, FORTY, FURTHER, GOOD, Bad, Good, Stock
from tests.origin.forty.media import RECIPES
from tests.origin.forty.sample_aes import EMULATION, KEY, frame, picture

CODECS = {
    "baseline": "Constrained Baseline aac",
    "main": "Main aac",
    "high": "High aac",
    "mp3": "Constrained Baseline mp3",
    "opus": "Constrained Baseline opus",
    "flac": "Constrained Baseline flac",
    "vp9": "vp9 opus",
    "av1": "av1 aac",
    "hevc": "hevc aac",
    "sound": "aac",
    "picture": "Constrained Baseline",
    "mpeg-2": "mpeg2video mp2",
}


async def run(*command: str) -> str:
    """What a program writes; fails the test where it complains."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    written, complaints = await process.communicate()
    assert (process.returncode, complaints) == (0, b""), command
    return written.decode()


async def decoded(playlist: Path) -> list[str]:
    """A hash of every picture, however bad, that comes of a stream."""
    command = f"ffmpeg -v quiet -allowed_extensions ALL -i {playlist} -map 0:v -f framehash -"
    lines = (await run(*command.split())).splitlines()
    return [line.rpartition(",")[2] for line in lines if not line.startswith("#")]


def test_there_are_twenty_of_each_all_named_differently() -> None:
    assert (len(GOOD), len(BAD), len({kind.name for kind in (*FORTY, *FURTHER)})) == (
        20,
        20,
        40 + len(FURTHER),
    )
    assert all(isinstance(kind.expected, Good) for kind in GOOD)
    assert all(isinstance(kind.expected, Bad) for kind in (*BAD, *FURTHER))


async def test_all_of_it_decodes(stock: Stock) -> None:
    for name in RECIPES:
        command = f"ffmpeg -v error -allowed_extensions ALL -i {stock.media[name]} -f null -"
        await run(*command.split())


async def test_it_is_in_the_codecs_that_it_is_named_for(stock: Stock) -> None:
    for name, codecs in CODECS.items():
        entries = "-show_entries stream=codec_name,profile -of csv=p=0"
        segment = next(stock.media[name].parent.glob("*0.ts"), stock.media[name])
        shown = await run("ffprobe", "-v", "error", *entries.split(), str(segment))
        assert all(word in shown for word in re.split(r" (?=[a-z])", codecs)), (name, shown)


async def test_encrypted_samples_decode_to_what_they_were_with_the_key_alone(
    stock: Stock, tmp_path: Path
) -> None:
    clear, encrypted = stock.media["baseline"], stock.media["sample-aes"]
    pictures = await decoded(clear)
    # What is left in its buffers at the end ffmpeg does not decrypt.
    assert (await decoded(encrypted))[:-2] == pictures[:-2]
    other = shutil.copytree(encrypted.parent, tmp_path / "other") / encrypted.name
    (other.parent / "sample.key").write_bytes(KEY[::-1])
    assert (await decoded(other))[:-2] != pictures[:-2]


@given(st.binary(min_size=1, max_size=400))
def test_no_encrypted_slice_holds_what_looks_like_a_start_code(content: bytes) -> None:
    unit = b"\x65" + EMULATION.sub(b"\x00\x00\x03", content).rstrip(b"\x00") + b"\x80"
    changed = picture(b"\x00\x00\x01" + unit)
    assert b"\x00\x00\x01" not in changed[4:]
    assert (changed[4:] == unit) == (len(unit) <= 48)


@given(st.binary(max_size=100))
def test_a_frame_keeps_its_length_and_its_beginning(content: bytes) -> None:
    changed = frame(b"\x21" + content)
    assert len(changed) == 1 + len(content)
    assert changed[:16] == (b"\x21" + content)[:16]
    assert (changed != b"\x21" + content) == (len(content) >= 31)
