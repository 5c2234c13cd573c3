"""What `extract` shows, at several widths and in a pipe."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from f1stream import reporting
from f1stream.catalogue import Catalogue
from f1stream.models import Health, Level, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
TOOK = timedelta(seconds=1.25)


def stream(name: str, title: str, address: str = "") -> Stream:
    upstream = Upstream(f"http://a.example/{title}?token=hunter2")
    return Stream(f"{name}-{title}", title, "direct", name, upstream, NOW, address=address)


@pytest.fixture
def catalogue() -> Catalogue:
    made = Catalogue([("direct", "Garage"), ("m3u", "[red]List"), ("page", "Broken")])
    garage = [stream("Garage", "Onboard", "same"), stream("Garage", "Pit [bold]lane")]
    made.succeeded("Garage", garage, NOW, took=TOOK, left_out={"no stream": 3})
    made.succeeded("[red]List", [stream("[red]List", "Onboard", "same")], NOW)
    made.failed("Broken", "a.example: the page is empty", NOW, took=TOOK)
    health = Health("ts", ("avc1.64001f", "mp4a.40.2"), height=1080, encryption="AES-128")
    live = Verdict(NOW, Level.SEGMENT, is_live=True, response_time_ms=12.4, health=health)
    made.judged(garage[0].id, live)
    made.judged(garage[1].id, Verdict(NOW, reason=Reason.STATUS, detail="a.example answered 404"))
    return made


def shown(catalogue: Catalogue, columns: int | None) -> list[str]:
    file = io.StringIO()
    reporting.show(
        catalogue, Console(file=file, width=columns, force_terminal=bool(columns), no_color=True)
    )
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_in_a_pipe_every_stream_is_one_line_with_all_that_is_known(catalogue: Catalogue) -> None:
    lines = shown(catalogue, None)
    (onboard,) = [line for line in lines if line.startswith("  Onboard")]
    assert onboard.split("  ")[-1] == "12 ms"
    for part in ("live", "ts · avc1, mp4a · AES-128", "plays (segment, live)"):
        assert part in onboard
    assert any("http status: a.example answered 404" in line for line in lines)
    assert lines[-1] == "2 streams, 1 of them play."
    assert "hunter2" not in "".join(lines)


def test_sources_are_told_with_what_was_left_out_and_why_they_fail(catalogue: Catalogue) -> None:
    lines = shown(catalogue, None)
    assert lines[1].split() == "Garage ok 2 1.2 s left out: no stream (3)".split()
    assert lines[3].split() == "Broken failing 0 1.2 s a.example: the page is empty".split()


def test_alternatives_are_named_below_and_names_are_no_markup(catalogue: Catalogue) -> None:
    text = "\n".join(shown(catalogue, None))
    assert "\n  also: [red]List" in text
    assert "Pit [bold]lane" in text


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_nothing_is_wider_than_the_screen_or_cut(catalogue: Catalogue, columns: int) -> None:
    lines = [line for line in shown(catalogue, columns)]
    plain = [line for line in lines if "\x1b" not in line]
    assert all(len(line) <= columns for line in plain)
    assert "…" not in "".join(lines)


def test_without_streams_it_says_so() -> None:
    assert shown(Catalogue([("direct", "A")]), None)[-1] == "No streams were found."


def test_in_a_pipe_progress_is_a_line_for_each_source_that_is_done() -> None:
    made = Catalogue([("direct", "A"), ("direct", "B")])
    file = io.StringIO()
    with reporting.progress(made, Console(file=file)):
        made.started("A")
        made.succeeded("A", [stream("A", "one")], NOW, took=TOOK)
        made.failed("B", "down", NOW, took=TOOK)
        made.judged("A-one", Verdict(NOW, Level.SEGMENT))
    assert file.getvalue().splitlines() == ["A: 1 stream in 1.2 s", "B: failed after 1.2 s: down"]


def test_on_a_terminal_progress_counts_and_leaves_nothing_behind() -> None:
    made = Catalogue([("direct", name) for name in "ABCDEFGH"])
    for name in "ABCDEFG":
        made.started(name)
    made.progressed("A", 40)
    made.failed("G", "down", NOW)
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, no_color=True)
    with reporting.progress(made, console):
        pass
    text = file.getvalue()
    assert "1 of 8" in text
    assert "1 failed" in text
    assert "40 found" in text
    assert "and 1 more" in text
    assert text.endswith("\x1b[2K"), "the display is erased"
