"""What `f1stream extract` shows: how far it is while it runs, and then what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from f1stream.catalogue import Catalogue, Entry, SourceHealth, Topic
from f1stream.models import Health, Verdict, host_of

# What reads a pipe wants whole lines, however long.
PIPE_COLUMNS = 2_000
BAR_COLUMNS = 24
# From here on there is room for what a stream is made of.
WIDE_COLUMNS = 110
FAULT_NAME_COLUMNS = 30


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


def show(catalogue: Catalogue, console: Console, took_s: float) -> None:
    """Print each source with its streams, then what is wrong with any, then the sums.

    On a terminal every line fits and what is too long ends with …, because the whole of it is
    said below; what reads a pipe is given whole lines. `took_s` is how long all of it took.
    """
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    sources, entries = catalogue.sources(), catalogue.all()
    console.print(_table(sources, entries, wide=console.width >= WIDE_COLUMNS))
    if faults := _faults(sources, entries):
        console.print()
        console.print(faults)
    console.print()
    console.print(_sums(sources, entries, took_s))


def _table(sources: Sequence[SourceHealth], entries: Sequence[Entry], *, wide: bool) -> Table:
    """Each source's streams below its name, best first, sources in the operator's order."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Source and streams")
    table.add_column("Quality", max_width=12)
    table.add_column("State", no_wrap=True)
    if wide:
        table.add_column("Media")
    table.add_column("Verdict")
    table.add_column("Took", justify="right", no_wrap=True)
    by_source = groupby(
        sorted(entries, key=lambda entry: entry.stream.site_name),
        key=lambda entry: entry.stream.site_name,
    )
    streams = {name: list(group) for name, group in by_source}
    for health in sources:
        own = streams.get(health.name, ())
        table.add_row(*_source_cells(health, len(own), wide=wide))
        for entry in own:
            table.add_row(*_stream_cells(entry, wide=wide))
    return table


def _source_cells(health: SourceHealth, shown: int, *, wide: bool) -> list[Text]:
    merged = f", {health.streams - shown} merged" if health.streams > shown else ""
    state = Text("ok", "green") if health.state == "ok" else Text(health.state, "bold red")
    return [
        _line(Text(health.name, "bold cyan")),
        _line(Text(health.key, "dim")),
        state,
        *([Text("")] if wide else []),
        _line(Text(counted(health.streams, "stream") + merged, "dim")),
        Text(_seconds(health.took_s), "dim"),
    ]


def _stream_cells(entry: Entry, *, wide: bool) -> list[Text]:
    stream, verdict = entry.stream, entry.best.verdict
    health = verdict.health if verdict else None
    title = Text(f"  {stream.title}")
    if entry.alternatives:
        names = dict.fromkeys(way.stream.site_name for way in entry.alternatives)
        title.append(f"  also: {', '.join(names)}", "dim")
    return [
        _line(title),
        _line(Text(stream.quality or (verdict and verdict.quality) or "")),
        _state(health),
        *([_line(Text(media(health), "dim"))] if wide else []),
        _line(_verdict(entry, wide=wide)),
        Text(f"{verdict.response_time_ms:.0f} ms" if verdict and verdict.response_time_ms else ""),
    ]


def _line(text: Text) -> Text:
    """`text` in one line, however narrow its column becomes."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _verdict(entry: Entry, *, wide: bool) -> Text:
    verdict = entry.best.verdict
    if entry.stream.stream_type == "embed":
        return Text("the site's own player", "dim")
    if verdict is None:
        return Text("not checked", "yellow")
    if verdict.level:
        return Text(f"plays ({verdict.level})", "green")
    return Text(said(verdict) if wide else verdict.reason or "", "yellow")


def _faults(sources: Sequence[SourceHealth], entries: Sequence[Entry]) -> Table | None:
    """What went wrong, in full: sources that fail or left something out, streams that don't play.

    What several streams of a source have in common is said once.
    """
    silent: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        verdict = entry.best.verdict
        if verdict and not entry.playable:
            silent.setdefault((entry.stream.site_name, said(verdict)), []).append(
                entry.stream.title
            )
    faults = Table.grid(padding=(0, 2, 0, 0))
    faults.add_column(max_width=FAULT_NAME_COLUMNS)
    faults.add_column(overflow="fold")
    for health in sources:
        if health.error:
            faults.add_row(_line(Text(health.name, "bold")), Text(health.error, "red"))
        if health.left_out:
            faults.add_row(_line(Text(health.name, "bold")), Text(_left_out(health), "yellow"))
    for (_, why), titles in silent.items():
        name = titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more"
        faults.add_row(_line(Text(name)), Text(why, "yellow"))
    return faults if faults.row_count else None


def _sums(sources: Sequence[SourceHealth], entries: Sequence[Entry], took_s: float) -> Text:
    failing = sum(health.failing for health in sources)
    plays = sum(entry.playable for entry in entries)
    embeds = sum(entry.stream.stream_type == "embed" for entry in entries)
    sums = Text.assemble(
        (counted(len(sources), "source"), "bold"),
        ": ",
        (f"{len(sources) - failing} ok", "green" if len(sources) > failing else ""),
        (f", {failing} failing", "bold red") if failing else "",
        " · ",
        (counted(len(entries), "stream"), "bold"),
        ": ",
        (f"{plays} playable", "green" if plays else "yellow"),
        f", {counted(embeds, 'embed')}" if embeds else "",
        (f" · took {_seconds(took_s)}", "dim"),
    )
    return sums


def counted(number: int, noun: str) -> str:
    """`1 stream`, `2 streams`."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def _state(health: Health | None) -> Text:
    if health is None:
        return Text("")
    return Text(health.state, {"live": "bold red", "ended": "dim", "stale": "yellow"}[health.state])


def media(health: Health | None) -> str:
    """What a stream is made of, in a few words."""
    if health is None:
        return ""
    codecs = ", ".join(codec.split(".")[0] for codec in health.codecs)
    parts = (health.container, codecs, health.encryption)
    return " · ".join(part for part in parts if part)


def _outcome(health: SourceHealth) -> str:
    if health.error:
        return f"failed after {_seconds(health.took_s)}: {health.error}"
    return f"{counted(health.streams, 'stream')} in {_seconds(health.took_s)}"


def _left_out(health: SourceHealth) -> str:
    reasons = "; ".join(f"{why} ({count})" for why, count in health.left_out.items())
    return f"left out: {reasons}"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
