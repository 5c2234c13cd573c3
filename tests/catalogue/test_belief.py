"""What follows from the probe's verdict and the browser's proof together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import Catalogue, Entry, Remembered
from f1stream.catalogue.belief import PROOF_COUNTS, combined
from f1stream.catalogue.entry import RECHECK_REPORTED
from f1stream.catalogue.record import dumped, loaded
from f1stream.models import Evidence, Level, Means, Proof, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
SOON = timedelta(minutes=1)
PASSES = Verdict(NOW, Level.SEGMENT, is_live=True, quality="720p", bitrate_bps=5, detail="fine")
BROKEN = Verdict(NOW, reason=Reason.STATUS, detail="a.example answered 404")
FRAMES = Proof(NOW, Means.LOCAL_BROWSER, Level.FRAMES, evidence=Evidence(height=720))
FROZEN = Proof(NOW, Means.REMOTE_BROWSER, reason=Reason.FROZEN, detail="one picture")
LOST = Proof(NOW, Means.LOCAL_BROWSER, reason=Reason.BROWSER_LOST, detail="no chromium")

probes = st.sampled_from([PASSES, BROKEN])
ages = st.timedeltas(timedelta(), 3 * PROOF_COUNTS)
proofs = st.builds(
    lambda proof, age: replace(proof, proven_at=NOW - age),
    st.sampled_from([FRAMES, FROZEN, LOST, *(replace(FRAMES, level=level) for level in Level)]),
    ages,
)


def stream(key: str = "one", kind: str = "m3u8") -> Stream:
    upstream = Upstream(f"http://a.example/{key}")
    return Stream(key, key, "direct", "A", upstream, NOW, stream_type=kind)  # type: ignore[arg-type]


def later(proof: Proof, by: timedelta) -> Proof:
    return replace(proof, proven_at=proof.proven_at + by)


def test_a_proof_decides_of_what_passes_the_probe_and_leaves_the_rest_of_its_verdict() -> None:
    assert combined(PASSES, FRAMES) == replace(
        PASSES, level=Level.FRAMES, detail=None, proof=FRAMES
    )
    judged = combined(PASSES, FROZEN)
    assert (judged.level, judged.reason, judged.detail) == (None, Reason.FROZEN, "one picture")
    assert (judged.is_live, judged.quality, judged.bitrate_bps) == (True, "720p", 5)


def test_a_browser_without_a_decoder_takes_nothing_from_what_the_probe_has_proven() -> None:
    for level in Level:
        proof = replace(FRAMES, level=level, detail="no decoder here")
        verdict = combined(PASSES, proof)
        assert verdict.level is min(level, Level.SEGMENT, key=list(Level).index)
        assert verdict.detail == "no decoder here"
    assert combined(PASSES, FROZEN).level is None


def test_what_the_probe_finds_broken_does_not_play_whatever_was_proven() -> None:
    assert combined(BROKEN, FRAMES) == replace(BROKEN, proof=FRAMES)


def test_an_old_proof_is_shown_with_its_age_and_decides_nothing() -> None:
    at_last = later(FROZEN, -PROOF_COUNTS + timedelta(seconds=1))
    assert not combined(PASSES, at_last).playable
    too_old = later(FROZEN, -PROOF_COUNTS)
    assert combined(PASSES, too_old) == replace(PASSES, proof=too_old)


def test_without_a_browser_the_probe_has_proven_it_and_the_verdict_says_so() -> None:
    verdict = combined(PASSES, LOST)
    assert (verdict.level, verdict.reason) == (Level.SEGMENT, None)
    assert verdict.proof == Proof(NOW, Means.PROBE, Level.SEGMENT, detail="no chromium")
    broken = combined(BROKEN, LOST)
    assert broken.proof == Proof(
        NOW, Means.PROBE, reason=Reason.STATUS, detail="a.example answered 404"
    )


def test_an_embed_has_the_proof_alone() -> None:
    assert combined(None, None) is None
    assert combined(None, LOST) is None
    assert combined(None, FRAMES) == Verdict(NOW, Level.FRAMES, proof=FRAMES)


@given(probes, proofs)
def test_a_verdict_is_always_whole_and_never_better_than_the_probe_lets_it_be(
    probed: Verdict, proof: Proof
) -> None:
    verdict = combined(probed, proof)
    assert (verdict.level is None) != (verdict.reason is None)
    assert verdict.checked_at == probed.checked_at
    if not probed.playable:
        assert not verdict.playable
    if proof.reason is Reason.BROWSER_LOST:
        assert verdict.playable == probed.playable
    assert verdict.reason is not Reason.BROWSER_LOST


def test_the_first_failure_of_what_is_watched_is_doubted_and_the_second_counts() -> None:
    entry = Entry(stream()).judged(PASSES).proven(FRAMES, watched=True)
    doubted = entry.proven(later(FROZEN, SOON), watched=True)
    assert doubted.playable
    assert doubted.proof == FRAMES
    assert (doubted.failures, doubted.tried_at) == (1, NOW + SOON)
    again = doubted.proven(later(FROZEN, 2 * SOON), watched=True)
    assert not again.playable
    recovered = again.proven(later(FRAMES, 3 * SOON), watched=True)
    assert recovered.playable
    assert recovered.failures == 0


def test_a_failure_of_what_nobody_watches_or_somebody_reports_counts_at_once() -> None:
    entry = Entry(stream()).judged(PASSES).proven(FRAMES, watched=False)
    assert not entry.proven(later(FROZEN, SOON), watched=False).playable
    reported = replace(entry, reported_at=NOW + SOON)
    assert reported.reported
    failed = reported.proven(later(FROZEN, 2 * SOON), watched=True)
    assert not failed.playable
    assert not failed.reported, "that was answered"


def test_a_lost_browser_takes_nothing_away_from_what_was_proven() -> None:
    entry = Entry(stream()).judged(PASSES).proven(FRAMES, watched=False)
    assert entry.proven(later(LOST, SOON), watched=False) == entry
    without = Entry(stream()).judged(PASSES).proven(LOST, watched=False)
    assert without.tried_at is None
    assert without.proven(FRAMES, watched=False).proof == FRAMES


def test_a_report_brings_the_probe_forward_once_and_not_too_often() -> None:
    entry = Entry(stream()).judged(PASSES)
    due = entry.due_at()
    assert due is not None
    assert due > NOW + SOON
    assert replace(entry, reported_at=NOW + SOON).due_at() == NOW + SOON
    at_once = replace(entry, reported_at=NOW + timedelta(seconds=1))
    assert at_once.due_at() == NOW + RECHECK_REPORTED
    answered = at_once.judged(replace(PASSES, checked_at=NOW + SOON))
    assert answered.due_at() == due + SOON


def test_only_what_passes_the_probe_is_worth_a_browser_and_every_embed() -> None:
    assert not Entry(stream()).provable
    assert not Entry(stream()).judged(BROKEN).provable
    assert Entry(stream()).judged(PASSES).proven(FROZEN, watched=False).provable
    assert Entry(stream(kind="embed")).provable


def test_the_catalogue_takes_proofs_reports_and_tells_of_them() -> None:
    kept = Catalogue([("direct", "A")])
    told: list[str] = []
    kept.succeeded("A", [stream("one"), stream("two")], NOW)
    kept.judged("one", PASSES)
    kept.judged("two", PASSES)
    kept.watch(told.append)
    kept.proven("two", FRAMES)
    assert [entry.stream.id for entry in kept.all()] == ["two", "one"]
    assert told == ["streams"]
    kept.reported("one", NOW + SOON)
    (one,) = [entry for entry in kept.all() if entry.stream.id == "one"]
    assert one.reported
    kept.proven("gone", FRAMES)
    kept.reported("gone", NOW)
    assert told == ["streams", "streams"]


def test_a_report_drops_no_stream_of_a_source_that_fails() -> None:
    kept = Catalogue([("direct", "A")])
    kept.succeeded("A", [stream()], NOW)
    kept.failed("A", "down", NOW)
    kept.reported("one", NOW)
    assert len(kept.all()) == 1
    kept.judged("one", PASSES)
    kept.proven("one", FROZEN)
    assert kept.all() == []


def test_proofs_go_through_a_restart() -> None:
    entry = Entry(stream()).judged(PASSES).proven(FRAMES, watched=False)
    (remembered,) = loaded(dumped([Remembered("direct", "A", NOW, (entry,))]))
    assert remembered.entries == (entry,)
    again = Catalogue([("direct", "A")])
    again.recall([remembered], NOW)
    assert again.all() == [replace(entry, stale=True)]


def test_where_nothing_is_proven_any_more_the_probe_alone_is_believed() -> None:
    kept = Catalogue([("direct", "A")])
    kept.succeeded("A", [stream("one"), stream("page", "embed")], NOW)
    kept.judged("one", PASSES)
    kept.proven("one", FROZEN)
    kept.proven("page", FRAMES)
    kept.forget_proofs()
    assert {entry.stream.id: entry.verdict for entry in kept.all()} == {"one": PASSES, "page": None}
    assert all(entry.tried_at is None for entry in kept.all())


def test_a_file_of_before_there_were_proofs_is_read_and_its_verdicts_are_the_probe_s() -> None:
    old = Remembered("direct", "A", NOW, (Entry(stream(), PASSES),))
    body = dumped([old])
    for name in (b"probed", b"tried_at", b"reported_at"):
        assert b'"%b":null' % name in body
    again = Catalogue([("direct", "A")])
    again.recall([old], NOW)
    assert again.all()[0].provable
    again.proven("one", FRAMES)
    assert again.all()[0].verdict == combined(PASSES, FRAMES)


@pytest.mark.parametrize("probed", [PASSES, BROKEN])
def test_an_old_verdict_s_interval_is_the_probe_s_own(probed: Verdict) -> None:
    entry = Entry(stream()).judged(probed)
    due = entry.due_at()
    assert entry.proven(FROZEN, watched=False).due_at() == due
