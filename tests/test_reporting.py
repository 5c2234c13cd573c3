"""What `extract` shows, at several widths and in a pipe."""

from __future__ import annotations

import io
import re
from dataclasses import replace
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
    garage = [
        stream("Garage", "Onboard", "same"),
        stream("Garage", "Pit [bold]lane"),
        replace(stream("Garage", "Interview"), stream_type="embed"),
    ]
    made.succeeded("Garage", garage, NOW, took=TOOK, left_out={"no stream": 3})
    made.succeeded("[red]List", [stream("[red]List", "Onboard", "same")], NOW)
    why = "a.example: the page is empty; check headers and url of the source"
    made.failed("Broken", why, NOW, took=TOOK)
    health = Health("ts", ("avc1.64001f", "mp4a.40.2"), height=1080, encryption="AES-128")
    live = Verdict(NOW, Level.SEGMENT, is_live=True, response_time_ms=12.4, health=health)
    made.judged(garage[0].id, live)
    made.judged(garage[1].id, Verdict(NOW, reason=Reason.STATUS, detail="a.example answered 404"))
    return made


def shown(catalogue: Catalogue, columns: int | None) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=columns, force_terminal=bool(columns), no_color=True)
    reporting.show(catalogue, console, 2.0)
    text = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    return [line.rstrip() for line in text.splitlines()]


def test_in_a_pipe_every_stream_is_one_line_with_all_that_is_known(catalogue: Catalogue) -> None:
    lines = shown(catalogue, None)
    (onboard,) = [line for line in lines if line.startswith("  Onboard")]
    assert onboard.split("  ")[-1] == "12 ms"
    for part in ("also: [red]List", "live", "ts · avc1, mp4a · AES-128", "plays (segment)"):
        assert part in onboard
    assert any("http status: a.example answered 404" in line for line in lines)
    assert lines[-1] == ("3 sources: 2 ok, 1 failing · 3 streams: 1 playable, 1 embed · took 2.0 s")
    assert "hunter2" not in "".join(lines)


def test_each_source_stands_above_its_streams(catalogue: Catalogue) -> None:
    lines = [" ".join(line.split()) for line in shown(catalogue, None)]
    assert lines[1:7] == [
        "Garage direct ok 3 streams 1.2 s",
        "Onboard also: [red]List live ts · avc1, mp4a · AES-128 plays (segment) 12 ms",
        "Pit [bold]lane http status: a.example answered 404",
        "Interview the site's own player",
        "[red]List m3u ok 1 stream, 1 merged 0.0 s",
        "Broken page failing 0 streams 1.2 s",
    ]


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_what_is_wrong_is_said_in_full_below_the_table(catalogue: Catalogue, columns: int) -> None:
    text = " ".join(" ".join(shown(catalogue, columns)).split())
    assert "Garage left out: no stream (3)" in text
    assert "Broken a.example: the page is empty; check headers and url of the source" in text
    assert "Pit [bold]lane http status: a.example answered 404" in text


def test_what_several_streams_have_in_common_is_said_once() -> None:
    made = Catalogue([("m3u", "List")])
    found = [stream("List", name) for name in ("one", "two", "three")]
    made.succeeded("List", found, NOW)
    for each in found:
        made.judged(each.id, Verdict(NOW, reason=Reason.DRM, detail="protected"))
    text = "\n".join(shown(made, 80))
    assert text.count("drm: protected") == 1
    assert "one and 2 more" in text


@pytest.mark.parametrize("columns", [60, 80, 120, 160])
def test_on_a_terminal_no_line_is_too_long_and_no_stream_takes_two(
    catalogue: Catalogue, columns: int
) -> None:
    long = stream("Garage", "A title " * 30)
    catalogue.succeeded("Garage", [long], NOW, took=TOOK)
    lines = shown(catalogue, columns)
    assert all(len(line) <= columns for line in lines)
    (line,) = [line for line in lines if "A title" in line]
    assert "…" in line
    assert line.endswith("not checked")


def test_media_are_shown_where_there_is_room(catalogue: Catalogue) -> None:
    assert "avc1" not in "".join(shown(catalogue, 80))
    assert "avc1" in "".join(shown(catalogue, 120))


def test_without_streams_it_says_so() -> None:
    assert shown(Catalogue([("direct", "A")]), None)[-1] == (
        "1 source: 1 ok · 0 streams: 0 playable · took 2.0 s"
    )


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
