"""What `f1stream extract` shows: how far it is while it runs, and then what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from f1stream.catalogue import Catalogue, Entry, SourceHealth, Topic
from f1stream.models import Health, Verdict, host_of

# What reads a pipe wants whole lines, however long.
PIPE_COLUMNS = 200
BAR_COLUMNS = 24
WIDE_COLUMNS = 110


def row(entry: Entry) -> dict[str, Any]:
    """A stream as `extract --json` prints it: no URL beyond its host."""
    stream, verdict = entry.stream, entry.best.verdict
    health = verdict.health if verdict else None
    return {
        "id": stream.id,
        "title": stream.title,
        "source": stream.site_name,
        "alternatives": [way.stream.site_name for way in entry.alternatives],
        "quality": stream.quality or (verdict and verdict.quality) or None,
        "host": host_of(stream.upstream.url),
        "verdict": said(verdict),
        "playable": entry.playable,
        "state": health.state if health else None,
        "container": health.container if health else None,
        "codecs": list(health.codecs) if health else [],
        "response_time_ms": verdict.response_time_ms if verdict else None,
        "expires_at": stream.expires_at.isoformat() if stream.expires_at else None,
    }


def said(verdict: Verdict | None) -> str:
    """A verdict in a few words."""
    if verdict is None:
        return "not checked"
    if verdict.level:
        return f"plays ({verdict.level}{', live' if verdict.is_live else ''})"
    return f"{verdict.reason}: {verdict.detail}"


@contextmanager
def progress(catalogue: Catalogue, console: Console) -> Iterator[None]:
    """Show on `console` how far a round is: a display on a terminal, else a line a source."""
    if console.is_terminal:
        with Live(console=console, transient=True, get_renderable=lambda: _display(catalogue)):
            yield
        return
    shown: set[str] = set()

    def told(topic: Topic) -> None:
        for health in catalogue.sources() if topic == "sources" else []:
            if health.last_run and health.name not in shown:
                shown.add(health.name)
                console.print(f"{health.name}: {_outcome(health)}", markup=False, highlight=False)

    catalogue.watch(told)
    yield


def _display(catalogue: Catalogue) -> RenderableType:
    now = catalogue.progress()
    sources = catalogue.sources()
    done = sum(health.last_run is not None for health in sources)
    checked = now.streams - now.unchecked
    bars = Table.grid(padding=(0, 1))
    bars.add_row(
        "sources", _bar(done, now.sources), f"{done} of {now.sources}", _failed(now.failing)
    )
    bars.add_row("streams", _bar(checked, now.streams), f"{checked} of {now.streams} checked", "")
    running = [health for health in sources if health.state == "running"]
    lines = [
        Spinner("dots", Text.assemble(health.name, (f"  {health.found} found", "dim")))
        for health in running[:5]
    ]
    more = [Text(f"  and {len(running) - 5} more", "dim")] if len(running) > 5 else []
    return Group(bars, *lines, *more)


def _bar(done: int, total: int) -> ProgressBar:
    return ProgressBar(total=max(total, 1), completed=done, width=BAR_COLUMNS)


def _failed(count: int) -> Text:
    return Text(f"{count} failed", "red") if count else Text("")


def show(catalogue: Catalogue, console: Console) -> None:
    """Print two tables: how each source fared, and its streams with what is known of them."""
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    console.print(_sources(catalogue.sources()))
    entries = catalogue.all()
    if not entries:
        console.print("No streams were found.")
        return
    console.print()
    wide = console.width >= WIDE_COLUMNS
    console.print(_streams(catalogue.sources(), entries, wide=wide))
    playable = sum(entry.playable for entry in entries)
    console.print(Text(f"\n{len(entries)} streams, {playable} of them play.", "bold"))


def _sources(sources: Sequence[SourceHealth]) -> Table:
    table = _table()
    table.add_column("Source", ratio=2, overflow="fold")
    table.add_column("State", no_wrap=True)
    table.add_column("Found", justify="right", no_wrap=True)
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column("Notes", ratio=3, overflow="fold")
    for health in sources:
        state = Text("ok", "green") if health.state == "ok" else Text(health.state, "red")
        table.add_row(
            Text(health.name), state, str(health.streams), _seconds(health.took_s), _notes(health)
        )
    return table


def _streams(sources: Sequence[SourceHealth], entries: Sequence[Entry], *, wide: bool) -> Table:
    """Each source's streams below its name, best first, sources in the operator's order.

    On a narrow screen the media have no column of their own: they stand below the title.
    """
    table = _table()
    table.add_column("Stream", ratio=3, overflow="fold")
    table.add_column("Quality", no_wrap=True)
    table.add_column("State", no_wrap=True)
    if wide:
        table.add_column("Media", ratio=2, overflow="fold")
    table.add_column("Verdict", ratio=3, overflow="fold")
    table.add_column("Answers", justify="right", no_wrap=True)
    order = {health.name: number for number, health in enumerate(sources)}
    by_source = sorted(entries, key=lambda entry: order[entry.stream.site_name])
    for name, group in groupby(by_source, key=lambda entry: entry.stream.site_name):
        table.add_row(Text(name, "bold cyan"))
        for entry in group:
            table.add_row(*_cells(entry, wide=wide))
    return table


def _cells(entry: Entry, *, wide: bool) -> list[RenderableType]:
    stream, verdict = entry.stream, entry.best.verdict
    health = verdict.health if verdict else None
    media = _media(health)
    lines = [Text(stream.title)]
    if media and not wide:
        lines.append(Text(media, "dim"))
    if entry.alternatives:
        names = dict.fromkeys(way.stream.site_name for way in entry.alternatives)
        lines.append(Text(f"also: {', '.join(names)}", "dim"))
    return [
        Padding(Text("\n").join(lines), (0, 0, 0, 2)),
        Text(stream.quality or (verdict and verdict.quality) or ""),
        _state(health),
        *([Text(media, "dim")] if wide else []),
        Text(said(verdict), "green" if entry.playable else "yellow"),
        f"{verdict.response_time_ms:.0f} ms" if verdict and verdict.response_time_ms else "",
    ]


def _state(health: Health | None) -> Text:
    if health is None:
        return Text("")
    return Text(health.state, {"live": "bold red", "ended": "dim", "stale": "yellow"}[health.state])


def _media(health: Health | None) -> str:
    if health is None:
        return ""
    codecs = ", ".join(codec.split(".")[0] for codec in health.codecs)
    parts = (health.container, codecs, health.encryption)
    return " · ".join(part for part in parts if part)


def _outcome(health: SourceHealth) -> str:
    if health.error:
        return f"failed after {_seconds(health.took_s)}: {health.error}"
    noun = "stream" if health.streams == 1 else "streams"
    return f"{health.streams} {noun} in {_seconds(health.took_s)}"


def _notes(health: SourceHealth) -> Text:
    notes = Text(health.error or "", "red")
    left_out = "; ".join(f"{why} ({count})" for why, count in health.left_out.items())
    if left_out:
        notes.append(f"left out: {left_out}", "yellow")
    return notes


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"


def _table() -> Table:
    return Table(box=None, expand=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
