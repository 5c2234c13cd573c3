"""Files held against schemas that come with check-jsonschema, without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def checked(schema: str, file: Path) -> None:
    """Raise `AssertionError` with what is wrong where `file` does not fit the built-in schema."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", schema, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
