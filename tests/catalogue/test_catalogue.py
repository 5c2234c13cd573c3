"""What the catalogue keeps, in which order, and what it wants looked at again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import Catalogue, Viewing, stream_id
from f1stream.models import Level, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


def stream(key: str, source: str = "A", url: str = "http://a.example/x") -> Stream:
    return Stream(stream_id(source, key), key, "direct", source, Upstream(url), NOW)


def playable(level: Level = Level.SEGMENT, **more: object) -> Verdict:
    return Verdict(checked_at=NOW, level=level, is_live=True, **more)  # type: ignore[arg-type]


def catalogue(*keys: str) -> Catalogue:
    made = Catalogue([("direct", "A"), ("direct", "B")])
    made.succeeded("A", [stream(key) for key in keys], NOW)
    return made


def test_a_stream_keeps_its_identity_and_verdict_when_its_url_changes() -> None:
    kept = catalogue("one")
    verdict = playable()
    kept.judged(stream("one").id, verdict)
    fresh = stream("one", url="http://a.example/x?token=new")
    kept.succeeded("A", [fresh], NOW)
    (entry,) = kept.all()
    assert entry.stream.upstream.url.endswith("token=new")
    assert entry.verdict == verdict


def test_what_a_source_no_longer_lists_is_gone_and_what_it_fails_on_is_kept() -> None:
    kept = catalogue("one", "two")
    kept.succeeded("A", [stream("two")], NOW)
    assert [entry.stream.title for entry in kept.all()] == ["two"]
    kept.failed("A", "down", NOW)
    assert [entry.stream.title for entry in kept.all()] == ["two"]


def test_only_the_edges_of_a_failure_are_news() -> None:
    kept = catalogue()
    later = NOW + timedelta(minutes=5)
    assert kept.failed("A", "down", NOW)
    assert not kept.failed("A", "still down", later)
    health = kept.sources()[0]
    assert (health.state, health.failing_since, health.error) == ("failing", NOW, "still down")
    assert kept.succeeded("A", [], later)
    assert not kept.succeeded("A", [], later)


def test_the_best_proven_comes_first_and_equals_keep_the_operators_order() -> None:
    kept = catalogue("failing", "unchecked", "first", "second", "frames", "fat")
    for key, verdict in {
        "failing": Verdict(checked_at=NOW, reason=Reason.STATUS),
        "first": playable(),
        "second": playable(),
        "frames": playable(Level.FRAMES),
        "fat": playable(bitrate_bps=9_000_000),
    }.items():
        kept.judged(stream(key).id, verdict)
    order = [entry.stream.title for entry in kept.all()]
    assert order == ["frames", "fat", "first", "second", "failing", "unchecked"]
    assert [entry.stream.title for entry in kept.playable()] == ["frames", "fat", "first", "second"]


def test_failing_streams_are_looked_at_sooner_and_new_ones_first() -> None:
    kept = catalogue("good", "bad", "new")
    kept.judged(stream("good").id, playable())
    kept.judged(stream("bad").id, Verdict(checked_at=NOW, reason=Reason.TIMEOUT))

    def due(after: timedelta) -> list[str]:
        return [found.title for found in kept.due("A", NOW + after)]

    assert due(timedelta()) == ["new"]
    assert due(timedelta(minutes=2)) == ["new", "bad"]
    assert due(timedelta(minutes=6)) == ["new", "good", "bad"]
    assert kept.due("B", NOW) == []


def test_its_representation_counts() -> None:
    kept = catalogue("one", "two")
    kept.judged(stream("one").id, playable())
    kept.failed("B", "down", NOW)
    assert repr(kept) == "<Catalogue 2 streams, 1 playable · 2 sources, 1 failing>"


@given(st.text(max_size=200), st.text(max_size=200))
def test_an_identity_is_a_slug_that_stays(source: str, key: str) -> None:
    made = stream_id(source, key)
    assert re.fullmatch(r"[a-z0-9-]{1,64}", made)
    assert made == stream_id(source, key)
    assert made != stream_id(source, key + "x")


def test_viewing_is_noticed_and_ends_by_itself() -> None:
    now = 0.0
    viewing = Viewing(clock=lambda: now)
    viewing.seen("a")
    now = 20.0
    viewing.seen("b")
    assert viewing.active() == ["a", "b"]
    now = 40.0
    assert viewing.active() == ["b"]
    viewing.ended("b")
    assert viewing.active() == []
