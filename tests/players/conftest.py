"""What players need: a browser, an origin, media to put there, an f1stream in front of it."""

from __future__ import annotations

from tests.clients.conftest import proxied
from tests.e2e.conftest import browser
from tests.origin.fixtures import encoded, origin, programme, tracks

__all__ = ["browser", "encoded", "origin", "programme", "proxied", "tracks"]
