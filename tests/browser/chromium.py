"""The Chromium that the set-up found."""

from __future__ import annotations

from pathlib import Path

CHROMIUM = (Path(__file__).parents[2] / ".setup" / "chromium").read_text().strip()
