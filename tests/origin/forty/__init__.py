"""Forty streams to judge: twenty that play, in all their variety, and twenty that do not.

`GOOD` and `BAD` say of each how it is mounted and which verdicts on it are right; `opened` serves
them all. `FURTHER` are more bad ones, which need no browser to be known.
"""

from tests.origin.forty.bad import BAD
from tests.origin.forty.further import FURTHER
from tests.origin.forty.good import GOOD
from tests.origin.forty.ground import Ground, Stock, encode_stock, opened
from tests.origin.forty.kind import Bad, Good, Kind

FORTY: tuple[Kind, ...] = (*GOOD, *BAD)

__all__ = [
    "BAD",
    "FORTY",
    "FURTHER",
    "GOOD",
    "Bad",
    "Good",
    "Ground",
    "Kind",
    "Stock",
    "encode_stock",
    "opened",
]
