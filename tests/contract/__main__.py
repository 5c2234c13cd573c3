"""`python -m tests.contract http://localhost:8000`: walk the contract of a running f1stream.

Ends with 1 where something is not as promised. It reads the sources once and changes nothing else.
"""

from __future__ import annotations

import asyncio
import sys

from tests.contract.walk import walked

if __name__ == "__main__":
    sys.exit(1 if asyncio.run(walked(sys.argv[1], print)) else 0)
