"""Whether it pays to keep bodies: what nobody asks for twice is better passed on than kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

# So many kept bodies in a row must have been of no use before keeping is given up.
WASTED = 16
_REMEMBERED = 1024


class Reuse:
    """A judge of the recent past.

    Keeping is given up where it has been of no use for a while, and taken up again with the first
    request for something that was passed on since. A stream with more than one viewer is thus
    fetched once a segment; one who watches alone, or a film, goes by the shorter way.
    """

    def __init__(self) -> None:
        self._wasted = 0
        self._passed: OrderedDict[Hashable, None] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Reuse {'pays' if self.pays else 'does not pay'}>"

    @property
    def pays(self) -> bool:
        """Whether what is about to be fetched should be kept."""
        return self._wasted < WASTED

    def gone(self, *, used: bool) -> None:
        """Note that a kept body goes; `used` where somebody was served without waiting for it."""
        self._wasted = 0 if used else self._wasted + 1

    def keeps(self, key: Hashable) -> bool:
        """Whether what somebody asks for is to be kept; if not, it is taken for passed on."""
        if key in self._passed:
            self._wasted = 0
            self._passed.clear()
        if self.pays:
            return True
        self._passed[key] = None
        if len(self._passed) > _REMEMBERED:
            self._passed.popitem(last=False)
        return False
