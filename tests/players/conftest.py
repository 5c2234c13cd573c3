"""What players need: a browser, an origin, and media to put there."""

from __future__ import annotations

from tests.e2e.conftest import browser
from tests.origin.fixtures import encoded, origin, programme, tracks

__all__ = ["browser", "encoded", "origin", "programme", "tracks"]
