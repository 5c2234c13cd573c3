"""What the catalogue keeps, in which order, and what it wants looked at again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import Catalogue, Progress, Viewing, stream_id
from f1stream.models import Health, Level, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


def stream(key: str, source: str = "A", url: str = "http://a.example/x") -> Stream:
    return Stream(stream_id(source, key), key, "direct", source, Upstream(url), NOW)


def playable(level: Level = Level.SEGMENT, **more: object) -> Verdict:
    return Verdict(checked_at=NOW, level=level, is_live=True, **more)  # type: ignore[arg-type]


def catalogue(*keys: str) -> Catalogue:
    made = Catalogue([("direct", "A"), ("direct", "B")])
    made.succeeded("A", [stream(key) for key in keys], NOW)
    return made


def test_that_an_address_did_not_play_says_nothing_of_the_next_one() -> None:
    def at(url: str) -> Stream:
        return Stream("one", "One", "a", "A", Upstream(url), NOW)

    catalogue = Catalogue([("a", "A")])
    catalogue.succeeded("A", [at("http://a.example/1")], NOW)
    catalogue.judged("one", Verdict(NOW, None, reason=Reason.REFUSED))
    catalogue.succeeded("A", [at("http://a.example/1")], NOW)
    assert not catalogue.due("A", NOW), "the same address is looked at again when it is time"
    catalogue.succeeded("A", [at("http://a.example/2")], NOW)
    [entry] = catalogue.due("A", NOW)
    assert entry.verdict is None
    catalogue.judged("one", Verdict(NOW, Level.SEGMENT))
    catalogue.succeeded("A", [at("http://a.example/3")], NOW)
    assert catalogue.playable(), "a token that is new every time is no reason to doubt"
    assert not catalogue.due("A", NOW)


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


def test_what_is_watched_stays_until_nobody_watches_it() -> None:
    watched = [stream("one").id]
    kept = Catalogue([("direct", "A")], watched=lambda: watched)
    kept.succeeded("A", [stream("one"), stream("two"), stream("three")], NOW)
    kept.succeeded("A", [stream("two")], NOW)
    kept.released("A")
    assert [(each.stream.title, each.stale) for each in kept.all()] == [
        ("two", False),
        ("one", True),
    ]
    kept.failed("A", "down", NOW + timedelta(days=2))
    kept.judged(watched[0], Verdict(NOW, reason=Reason.STATUS))
    kept.released("A")
    assert [each.stream.title for each in kept.all()] == ["one"]
    kept.succeeded("A", [], NOW)
    watched.clear()
    kept.started("A")
    kept.released("A")
    assert len(kept.all()) == 1, "an attempt that runs may find it again"
    kept.succeeded("A", [], NOW)
    assert kept.all() == []


def test_a_stream_is_shown_as_what_it_is_merged_with() -> None:
    kept = Catalogue([("direct", "A"), ("direct", "B")])
    kept.succeeded("A", [replace(stream("one"), address="same")], NOW)
    kept.succeeded("B", [replace(stream("two", "B"), address="same")], NOW)
    first = kept.shown(stream("two", "B").id)
    assert first is not None
    assert first.stream.title == "one"
    assert kept.shown("unknown") is None


def test_what_to_fall_back_on_is_what_else_there_is_the_proven_first() -> None:
    kept = Catalogue([("direct", name) for name in "ABC"])
    for name in "ABC":
        kept.succeeded(name, [replace(stream("one", name), address="same")], NOW)
    kept.judged(stream("one", "B").id, playable())
    kept.judged(stream("one", "C").id, playable())
    (entry,) = kept.all()
    assert entry.best.stream.site_name == "B"
    assert [way.stream.site_name for way in entry.fallbacks] == ["C", "A"]


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
        return [entry.stream.title for entry in kept.due("A", NOW + after)]

    assert due(timedelta()) == ["new"]
    assert due(timedelta(minutes=2)) == ["new", "bad"]
    assert due(timedelta(minutes=6)) == ["new", "bad", "good"]
    assert kept.due("B", NOW) == []


def test_a_clock_that_is_set_back_leaves_no_verdict_standing() -> None:
    kept = catalogue("a", "b")
    for key, ahead in (("a", timedelta(days=73 * 365)), ("b", timedelta(minutes=30))):
        kept.judged(stream(key).id, replace(playable(), checked_at=NOW + ahead))
    assert {entry.stream.title for entry in kept.due("A", NOW)} == {"a", "b"}


def test_the_same_stream_of_several_sources_is_one_with_the_others_to_fall_back_on() -> None:
    kept = Catalogue([("direct", "A"), ("direct", "B"), ("direct", "C")])
    for source in "ABC":
        one = replace(stream("f1", source), address="cdn.example/f1.m3u8")
        kept.succeeded(source, [one, stream("own", source)], NOW)
    ids = {source: stream("f1", source).id for source in "ABC"}
    assert len(kept.all()) == 4
    (merged,) = (entry for entry in kept.all() if entry.alternatives)
    assert merged.stream.id == ids["A"]
    assert [way.stream.id for way in merged.ways] == [ids["A"], ids["B"], ids["C"]]
    kept.judged(ids["A"], Verdict(checked_at=NOW, reason=Reason.STATUS))
    kept.judged(ids["B"], playable())
    kept.judged(ids["C"], playable(Level.FRAMES))
    (merged,) = kept.playable()
    assert merged.stream.id == ids["A"]
    assert merged.best.stream.id == ids["C"]
    assert [way.stream.site_name for way in merged.alternatives] == ["C", "B"]
    assert all(kept.get(id) for id in ids.values()), "every id that was ever handed out is known"
    kept.judged(ids["A"], playable())
    assert kept.playable()[0].best.stream.id == ids["A"]


def test_what_a_failing_source_found_is_stale_and_expires() -> None:
    kept = catalogue("one", "two")
    kept.judged(stream("one").id, playable())
    kept.failed("A", "down", NOW)
    assert [entry.stale for entry in kept.all()] == [True, True]
    assert (kept.sources()[0].streams, kept.sources()[0].kept) == (2, 2)
    kept.failed("A", "down", NOW + timedelta(hours=24))
    assert kept.all() == []
    assert kept.get(stream("one").id) is None
    assert (kept.sources()[0].streams, kept.sources()[0].kept) == (0, 0)


def test_a_stale_stream_that_does_not_play_is_gone_and_one_that_plays_stays() -> None:
    kept = catalogue("one", "two")
    kept.failed("A", "down", NOW)
    kept.judged(stream("one").id, Verdict(checked_at=NOW, reason=Reason.STATUS))
    kept.judged(stream("two").id, playable())
    assert [entry.stream.title for entry in kept.all()] == ["two"]
    kept.succeeded("A", [stream("two")], NOW)
    assert [entry.stale for entry in kept.all()] == [False]
    assert kept.sources()[0].kept == 0


def test_it_recalls_what_it_knew_as_stale_for_the_sources_that_still_exist() -> None:
    before = catalogue("one", "two")
    before.succeeded("B", [stream("three", "B")], NOW)
    before.judged(stream("one").id, playable())
    after = Catalogue([("direct", "A"), ("m3u", "B"), ("direct", "C")])
    after.recall(before.remembered(), NOW + timedelta(hours=1))
    assert [entry.stream.title for entry in after.playable()] == ["one"]
    assert [entry.stale for entry in after.all()] == [True, True]
    health = after.sources()[0]
    assert (health.state, health.last_run, health.streams, health.kept) == ("pending", NOW, 2, 2)
    after.judged(stream("two").id, Verdict(checked_at=NOW, reason=Reason.TIMEOUT))
    assert len(after.all()) == 2, "before its source is read a failing check drops nothing"
    much_later = Catalogue([("direct", "A")])
    much_later.recall(before.remembered(), NOW + timedelta(hours=25))
    assert much_later.all() == []


def test_a_live_stream_is_looked_at_again_after_a_target_duration() -> None:
    kept = catalogue("one")
    health = Health(target_duration_s=6, changed_at=NOW)
    kept.judged(stream("one").id, playable(health=health))
    assert kept.due("A", NOW + timedelta(seconds=5)) == []
    assert len(kept.due("A", NOW + timedelta(seconds=6))) == 1
    kept.judged(stream("one").id, playable(health=replace(health, advancing=True)))
    assert kept.due("A", NOW + timedelta(minutes=4)) == []


def test_embeds_are_never_checked() -> None:
    kept = Catalogue([("direct", "A")])
    kept.succeeded("A", [replace(stream("one"), stream_type="embed")], NOW)
    assert kept.due("A", NOW) == []
    assert kept.progress().unchecked == 0


def test_progress_counts_sources_and_streams() -> None:
    kept = catalogue("one", "two")
    kept.started("B")
    kept.progressed("B", 40)
    assert kept.sources()[1].found == 40
    kept.judged(stream("one").id, playable())
    assert kept.progress() == Progress(sources=2, running=1, failing=0, streams=2, unchecked=1)


def test_watchers_are_told_what_changed() -> None:
    kept = catalogue()
    told: list[str] = []
    kept.watch(told.append)
    kept.succeeded("A", [stream("one")], NOW)
    assert set(told) == {"streams", "sources"}
    told.clear()
    kept.judged(stream("one").id, playable())
    kept.judged("gone", playable())
    assert told == ["streams"]
    kept.scheduled("A", NOW)
    kept.scheduled("A", NOW)
    assert told == ["streams", "sources"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.95, 1.05)), max_size=60))
def test_equals_whose_speed_wavers_keep_their_places(checks: list[tuple[str, float]]) -> None:
    kept = catalogue("a", "b", "c", "d")
    centre = {"a": 40.0, "b": 40.0, "c": 45.0, "d": 50.0}
    for key, ms in centre.items():
        kept.judged(stream(key).id, playable(bitrate_bps=6_000_000, response_time_ms=ms))
    for key, part in checks:
        verdict = playable(bitrate_bps=round(6e6 * part), response_time_ms=centre[key] * part)
        kept.judged(stream(key).id, verdict)
        assert [entry.stream.title for entry in kept.all()] == ["a", "b", "c", "d"]


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
