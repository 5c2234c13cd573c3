"""This room is for several f1streams that are one: what they share, and which of them works.

They share it through Redis, or Valkey: only `state` imports a client of it, and only where one is
set is `state` imported.
"""

from f1stream.replicas.errors import StateGone
from f1stream.replicas.keys import CommonKeys, announce_keys
from f1stream.replicas.opening import opened
from f1stream.replicas.replica import Replica

__all__ = ["CommonKeys", "Replica", "StateGone", "announce_keys", "opened"]
