"""What is believed of a stream, of the probe's last verdict and the browser's last proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import overload

from f1stream.models import Level, Means, Proof, Reason, Verdict

# Twice as long as a stream that nobody watches goes without a new proof.
PROOF_COUNTS = timedelta(hours=1)


@overload
def combined(probed: Verdict, proof: Proof | None) -> Verdict: ...


@overload
def combined(probed: Verdict | None, proof: Proof | None) -> Verdict | None: ...


def combined(probed: Verdict | None, proof: Proof | None) -> Verdict | None:
    """The one verdict that follows from both; None where neither says anything.

    What the probe finds broken does not play, whatever was proven before. Of what passes it the
    proof decides, unless the probe has looked `PROOF_COUNTS` after it or later: then the proof is
    shown, with its age, and the probe decides. What a browser lacks, such as a decoder, takes
    nothing from what the probe has proven. Without a browser the probe has proven it. An embed is
    never probed: the last proof of it stands.
    """
    if proof is None:
        return probed
    if proof.reason is Reason.BROWSER_LOST:
        return probed and replace(probed, proof=_by_probe(probed, proof))
    if probed is None:
        return Verdict(proof.proven_at, proof.level, proof.reason, proof.detail, proof=proof)
    if not probed.playable or probed.checked_at - proof.proven_at >= PROOF_COUNTS:
        return replace(probed, proof=proof)
    level = proof.level and _stronger(proof.level, probed.level)
    return replace(probed, level=level, reason=proof.reason, detail=proof.detail, proof=proof)


def _stronger(level: Level, other: Level | None) -> Level:
    order = list(Level)
    return min(level, other or level, key=order.index)


def accepted(before: Proof | None, proof: Proof, *, doubted: bool) -> Proof | None:
    """The proof that counts from now on, after `proof` came in.

    A browser that was lost says nothing: what it or another one proved before stays. So it does
    where a failure is `doubted`.
    """
    nothing_said = before is None or before.reason is Reason.BROWSER_LOST
    if proof.reason is Reason.BROWSER_LOST:
        return proof if nothing_said else before
    return before if doubted and proof.level is None else proof


def _by_probe(probed: Verdict, lost: Proof) -> Proof:
    return Proof(
        proven_at=probed.checked_at,
        means=Means.PROBE,
        level=probed.level,
        reason=probed.reason,
        detail=lost.detail if probed.playable else probed.detail,
    )
