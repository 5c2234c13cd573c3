"""What `f1stream probe` shows: one verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from f1stream.models import Evidence, Means, Proof, Verdict
from f1stream.reporting import media, said


@contextmanager
def waiting(text: str, console: Console) -> Iterator[None]:
    """Say on a terminal what is waited for."""
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


def show_verdict(host: str, verdict: Verdict, console: Console) -> None:
    """Print one verdict, and what it rests on."""
    style = "green" if verdict.playable else "yellow"
    console.print(Text.assemble(f"{host}: ", (said(verdict), style)), soft_wrap=True)
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    for name, fact in (*_probed(verdict), *_proven(verdict.proof)):
        facts.add_row(f"  {name}", fact)
    if facts.row_count:
        console.print(facts)


def _probed(verdict: Verdict) -> Iterator[tuple[str, str]]:
    if verdict.response_time_ms is None:
        return
    yield "first playlist", f"after {verdict.response_time_ms} ms"
    yield "best variant", verdict.quality or "the only one"
    if verdict.bitrate_bps:
        yield "declared", _rate(verdict.bitrate_bps)
    if made_of := media(verdict.health):
        yield "media", made_of


def _proven(proof: Proof | None) -> Iterator[tuple[str, str]]:
    """What a browser saw; where none could be had, why."""
    if proof is None:
        return
    if proof.means is Means.PROBE:
        yield "no browser", proof.detail or ""
        return
    seen = proof.evidence
    yield "proven with", ", ".join(part for part in (proof.means, seen.player) if part)
    if proof.level and proof.detail:
        yield "note", proof.detail
    if seen.error:
        yield "player's error", f"{seen.error}{f' ({seen.status})' if seen.status else ''}"
    if seen.first_frame_ms is not None:
        yield "first frame", f"after {seen.first_frame_ms:.0f} ms"
    if seen.played_s:
        frames = f"{seen.decoded_frames} frames, {seen.dropped_frames} dropped"
        yield "played", f"{seen.played_s:.1f} s, {frames}"
    yield from _sensed(seen)


def _sensed(seen: Evidence) -> Iterator[tuple[str, str]]:
    size = f"{seen.width} x {seen.height}" if seen.width and seen.height else ""
    if picture := ", ".join(part for part in (size, seen.picture) if part):
        yield "picture", picture
    if seen.audio:
        yield "sound", seen.audio
    if seen.codecs:
        yield "codecs", ", ".join(seen.codecs)
    if seen.bandwidth_bps:
        yield "measured", _rate(seen.bandwidth_bps)


def _rate(bps: int) -> str:
    return f"{bps / 1e6:.2f} Mbit/s"
