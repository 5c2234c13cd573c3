"""This room is for what streams exist and what is believed about them; it does no I/O."""

from f1stream.catalogue.catalogue import Catalogue, Entry, SourceHealth
from f1stream.catalogue.identity import stream_id
from f1stream.catalogue.viewing import Viewing

__all__ = ["Catalogue", "Entry", "SourceHealth", "Viewing", "stream_id"]
