"""This room is for what happens by the clock: the only code that decides when."""

from f1stream.jobs.every import Every
from f1stream.jobs.refresh import Refresh

__all__ = ["Every", "Refresh"]
