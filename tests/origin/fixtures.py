"""Fixtures to import into a conftest: media made once a session, and `origin`, one a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.origin.cmaf import Tracks, encode_tracks
from tests.origin.encode import Encoded, encode
from tests.origin.forty.ground import Stock, encode_stock
from tests.origin.origin import Origin
from tests.origin.programme import Programme, encode_programme


@pytest.fixture(scope="session")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    """HLS of every kind, on disk."""
    return encode(tmp_path_factory.mktemp("encoded"))


@pytest.fixture(scope="session")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Tracks:
    """What a low-latency stream is made of."""
    return encode_tracks(tmp_path_factory.mktemp("tracks"))


@pytest.fixture(scope="session")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    """What a broadcast is made of."""
    return encode_programme(tmp_path_factory.mktemp("programme"))


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """What the forty streams of `forty` are made of."""
    return encode_stock(tmp_path_factory.mktemp("stock"))


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    """An origin with nothing on it yet."""
    async with Origin() as origin:
        yield origin
