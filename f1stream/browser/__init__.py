"""This room is for one browser: attached to or started, contexts handed out, nothing left over."""

from __future__ import annotations

from f1stream.browser.browser import Browser

__all__ = ["Browser"]
