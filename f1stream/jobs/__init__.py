"""This room is for what happens by the clock: the only code that decides when."""

from f1stream.jobs.every import Every
from f1stream.jobs.refresh import Refresh
from f1stream.jobs.timetable import Renewal

__all__ = ["Every", "Refresh", "Renewal"]
