"""This room is for what streams exist and what is believed about them; it does no I/O."""

from f1stream.catalogue.admission import Admission
from f1stream.catalogue.catalogue import Catalogue, Topic
from f1stream.catalogue.due import is_due
from f1stream.catalogue.entry import Entry
from f1stream.catalogue.identity import stream_id
from f1stream.catalogue.memory import Remembered, Snapshot
from f1stream.catalogue.progress import Progress
from f1stream.catalogue.sources import SourceHealth
from f1stream.catalogue.viewing import Viewing

__all__ = [
    "Admission",
    "Catalogue",
    "Entry",
    "Progress",
    "Remembered",
    "Snapshot",
    "SourceHealth",
    "Topic",
    "Viewing",
    "is_due",
    "stream_id",
]
