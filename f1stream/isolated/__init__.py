"""This room is for running other people's libraries, each call in a process that can be ended.

Such a library blocks, opens sockets of its own and trusts what it is told. It therefore runs
behind the guard, within limits, and hands back nothing but an answer of a known shape.
"""

from __future__ import annotations

from f1stream.isolated.isolation import Isolation, Job
from f1stream.isolated.order import Means

__all__ = ["Isolation", "Job", "Means"]
