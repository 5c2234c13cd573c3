"""This room is for the season: which sessions there are, when, and whether one is on."""

from f1stream.schedule.ergast import TYPES
from f1stream.schedule.feeds import CalendarOptions, Feed, Feeds
from f1stream.schedule.jolpica import Jolpica
from f1stream.schedule.sessions import Race, Schedule, Session, Slot, Status, status
from f1stream.schedule.storage import Storage, bundled
from f1stream.schedule.timetable import CLOCK_TOLERANCE, Timetable

__all__ = [
    "CLOCK_TOLERANCE",
    "TYPES",
    "CalendarOptions",
    "Feed",
    "Feeds",
    "Jolpica",
    "Race",
    "Schedule",
    "Session",
    "Slot",
    "Status",
    "Storage",
    "Timetable",
    "bundled",
    "status",
]
