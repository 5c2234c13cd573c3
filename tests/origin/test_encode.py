"""Every kind of encoded HLS plays, and a failing ffmpeg is told of."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import fields
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.origin import Encoded, EncodingFailed, Origin, encode


@pytest.mark.parametrize("kind", [field.name for field in fields(Encoded)])
async def test_ffmpeg_plays_every_kind(origin: Origin, encoded: Encoded, kind: str) -> None:
    playlist: Path = getattr(encoded, kind)
    url = urljoin(origin.files(playlist.parent, f"/{kind}/"), playlist.name)
    arguments = f"-v error -i {url} -map 0:v:0 -map 0:a:0 -c copy -f null -"
    player = await asyncio.create_subprocess_exec(
        "ffmpeg", *arguments.split(), stderr=asyncio.subprocess.PIPE
    )
    _, said = await player.communicate()
    assert (player.returncode, said) == (0, b"")


def test_ffmpeg_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EncodingFailed, match="not installed"):
        encode(tmp_path)


def test_ffmpeg_failing_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("ffmpeg")
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\nexec {real} -i /nowhere/at-all.ts\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(EncodingFailed, match=r"at-all\.ts: No such file"):
        encode(tmp_path / "out")
