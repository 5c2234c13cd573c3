"""The streamlink job with one more plugin, from a folder as its users have them."""

from __future__ import annotations

from pathlib import Path

from f1stream.isolated import streamlink
from f1stream.isolated.order import Means
from f1stream.isolated.playlists import Answer
from f1stream.isolated.streamlink import Question

PLUGINS = Path(__file__).parent / "plugins"


def run(question: Question, means: Means) -> Answer:
    session = streamlink.session(means)
    session.plugins.load_path(PLUGINS)
    return streamlink.answer(session, question)
