"""This room is for finding streams: one file per kind of source, all of the same shape."""

from __future__ import annotations

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.demo import Demo
from f1stream.extractors.direct import Direct

EXTRACTORS: tuple[type[Extractor], ...] = (Direct, Demo)

__all__ = ["EXTRACTORS", "Demo", "Direct", "Extractor", "Web"]
