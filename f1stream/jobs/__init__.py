"""This room is for what happens by the clock: the only code that decides when."""

from f1stream.jobs.cadence import Cadence, Timetable
from f1stream.jobs.every import Every
from f1stream.jobs.keeping import Keeping
from f1stream.jobs.pressure import Pressure
from f1stream.jobs.proving import Prover, Proving
from f1stream.jobs.refresh import Refresh
from f1stream.jobs.rounds import Rounds
from f1stream.jobs.timetable import Renewal
from f1stream.jobs.tokens import Tokens
from f1stream.jobs.turning import Turning

__all__ = [
    "Cadence",
    "Every",
    "Keeping",
    "Pressure",
    "Prover",
    "Proving",
    "Refresh",
    "Renewal",
    "Rounds",
    "Timetable",
    "Tokens",
    "Turning",
]
