"""The process itself: reads its order, confines itself, runs the job, says what came of it."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from f1stream.isolated.confinement import confine
from f1stream.isolated.order import Order, Outcome, Unanswered
from f1stream.net.guard import Guard


def main(parent_pid: int) -> None:
    """Answer one order from standard input on standard output."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    out = _quiet()
    confinement = confine(order.limits, Guard(order.allow_private), parent_pid)
    try:
        outcome = _outcome(order)
    except MemoryError:
        outcome = Outcome(failure="memory")
    # Libraries pass over what they can't reach: found nothing is then not the whole truth.
    if confinement.refusals and not any((outcome.answer or {}).values()):
        outcome = Outcome(failure="refused")
    with os.fdopen(out, "wb") as answers:
        answers.write(outcome.model_dump_json().encode())
    # A library's threads may still run; nobody waits for them.
    os._exit(0)


def _quiet() -> int:
    """Keep standard output for the outcome; what libraries print, which may be secret, is lost."""
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return out


def _outcome(order: Order) -> Outcome:
    try:
        answer = _answer(order)
    except Unanswered as error:
        return Outcome(failure="failed", detail=str(error)[:500])
    except ModuleNotFoundError as error:
        return Outcome(failure="not installed", detail=error.name or "")
    except MemoryError:
        raise
    # The outer loop of a process whose job is to outlive a library's faults.
    except Exception as error:
        return Outcome(failure="failed", detail=f"it crashed ({type(error).__name__})")
    return Outcome(answer=answer)


def _answer(order: Order) -> dict[str, Any]:
    job = importlib.import_module(order.module)
    answer = job.run(job.Question.model_validate(order.question), order.means)
    content: dict[str, Any] = answer.model_dump(mode="json")
    return content


if __name__ == "__main__":
    main(int(sys.argv[1]))
