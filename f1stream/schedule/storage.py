"""Where the schedule comes from before the API has answered: the kept file, or the bundled season.

Everything here blocks.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from pydantic import AwareDatetime, ValidationError

from f1stream import store
from f1stream.schedule.ergast import Season
from f1stream.schedule.sessions import UNCHANGED_SINCE, Schedule

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 4 << 20
DIGEST = "digest"
_BUNDLED = files("f1stream.schedule") / "season-2026.json"


class _Bundle(Season):
    """The API's answer, and when it was put here."""

    taken: AwareDatetime


def bundled() -> Schedule:
    """The season that comes with f1stream, for a first start without network."""
    bundle = _Bundle.model_validate_json(_BUNDLED.read_bytes())
    return Schedule(
        season=str(bundle.year),
        fetched_at=bundle.taken,
        races=bundle.races(seen=UNCHANGED_SINCE),
    )


class Storage:
    """The file at `path`, in which the schedule outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failing = False

    def load(self) -> Schedule | None:
        """What was kept; None where there is nothing of use.

        A file that can't be understood is set aside under another name.
        """
        try:
            if not self._path.is_file():
                return None
            with self._path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES)
        except OSError as error:
            self._set_aside(f"can't be read ({error.strerror})")
            return None
        try:
            return Schedule.model_validate_json(_checked(content))
        except ValidationError:
            self._set_aside("is no schedule")
        except ValueError:
            self._set_aside("is damaged")
        return None

    def save(self, schedule: Schedule) -> None:
        """Keep `schedule`; where that fails it is said once, and the process goes on without."""
        said = schedule.model_dump(mode="json")
        content = orjson.dumps({DIGEST: _digest(said), **said}, option=orjson.OPT_INDENT_2)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            store.write_atomically(self._path, content + b"\n")
        except OSError as error:
            if not self._failing:
                log.warning(
                    "%s can't be written (%s): the schedule is kept in memory only; "
                    "make it writable, or set schedule.path or data.dir",
                    self._path,
                    error.strerror,
                )
            self._failing = True
        else:
            self._failing = False

    def _set_aside(self, fault: str) -> None:
        """Give a file that is not ours another name, so that it is not written over."""
        aside = self._path.with_name(f"{self._path.name}.aside-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        try:
            self._path.replace(aside)
        except OSError as error:
            log.warning("%s: %s, and can't be set aside: %s", self._path, fault, error.strerror)
        else:
            log.warning("%s: %s; it is now named %s", self._path, fault, aside.name)


def _checked(content: bytes) -> bytes:
    """The JSON of a file. Raises `ValueError` where it is another than its digest was made of.

    A file of the first version, or one made by hand, has none.
    """
    said = orjson.loads(content)
    if isinstance(said, dict) and DIGEST in said:
        digest = said.pop(DIGEST)
        if digest != _digest(said):
            raise ValueError("the content does not match its digest")
    return content


def _digest(said: Mapping[str, Any]) -> str:
    try:
        content = orjson.dumps(said)
    except TypeError:
        raise ValueError("no season is nested as deep") from None
    return hashlib.blake2b(content, digest_size=16).hexdigest()
