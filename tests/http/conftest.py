"""What tests of the routes share: an f1stream on a port, as viewers reach it."""

from __future__ import annotations

from tests.clients.conftest import proxied
from tests.http.served import served

__all__ = ["proxied", "served"]
