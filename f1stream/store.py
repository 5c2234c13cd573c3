"""Small files in the data dir: a crash at any byte of a write leaves the old one or the new."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from f1stream.errors import ConfigurationError

LINK_KEY = "link.key"
KEY_BYTES = 32
# A write takes milliseconds: what is older was left by a process that was killed in the middle.
LEFT_OVER_S = 60


def default_dir() -> Path:
    """`/data` where it exists and is writable (a container's volume), else the user's data dir."""
    volume = Path("/data")
    if volume.is_dir() and os.access(volume, os.W_OK):
        return volume
    return platformdirs.user_data_path("f1stream", appauthor=False)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace the file at `path` by `content` in one step. Raises `OSError`."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def swept(path: Path) -> None:
    """Remove what writes of `path` left behind when they were killed."""
    with suppress(OSError):
        for temporary in path.parent.glob(f".{path.name}.*"):
            if time.time() - temporary.stat().st_mtime > LEFT_OVER_S:
                temporary.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Rename a file that can't be used, so that nothing is lost; returns its new path.

    Raises `OSError`.
    """
    now = datetime.now(UTC)
    aside = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%S.%fZ}")
    return path.replace(aside)


def new_key() -> bytes:
    """A fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def key_from(secret: str) -> bytes:
    """A key made from a secret of any length, the same one each time."""
    return hashlib.blake2b(secret.encode(), digest_size=KEY_BYTES, person=b"f1stream-key").digest()


def link_key(directory: Path) -> bytes:
    """The key that links are signed with, made on first use, readable by its owner only.

    Raises `ConfigurationError` where the file is unreadable or no key; `OSError` where the
    directory can't be written.
    """
    path = directory / LINK_KEY
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        directory.mkdir(parents=True, exist_ok=True)
        key = new_key()
        write_atomically(path, key.hex().encode() + b"\n", mode=0o600)
        return key
    except ValueError:
        key = b""
    if len(key) < 16:
        raise ConfigurationError(
            [f"{path}: holds no key; delete the file and a new key is made (old links then end)"]
        )
    return key
