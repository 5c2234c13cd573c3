"""What can go wrong between replicas."""

from __future__ import annotations

from f1stream.errors import F1StreamError


class StateGone(F1StreamError):
    """Redis can't be reached, lets nobody in or does not do what it is asked for."""

    status = 503
    title = "Shared state unreachable"


class LeaseLost(F1StreamError):
    """Another replica leads: what this one wanted to write was refused."""

    status = 503
    title = "Another replica leads"
