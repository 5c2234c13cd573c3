"""Small files in the data dir: a crash at any byte of a write leaves the old one or the new."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from f1stream.errors import ConfigurationError

LINK_KEY = "link.key"
KEY_BYTES = 32
SEAL_BYTES = 16
_OLD_KEY = "link.key.old"
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


def sealed(content: bytes) -> bytes:
    """`content` with its digest behind it, for a format that has no room for one."""
    return content + hashlib.blake2b(content, digest_size=SEAL_BYTES).digest()


def unsealed(data: bytes) -> bytes:
    """What was sealed. Raises `ValueError` where it was cut or altered since."""
    content = data[:-SEAL_BYTES]
    if sealed(content) != data:
        raise ValueError("the content does not match its digest")
    return content


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


def link_keys(directory: Path) -> list[bytes]:
    """The key that links are signed with, made on first use, and the one before it, if kept.

    Raises `ConfigurationError` where a file is unreadable or no key; `OSError` where the directory
    can't be written.
    """
    found = [_key_in(directory / name) for name in (LINK_KEY, _OLD_KEY)]
    if found[0] is None:
        directory.mkdir(parents=True, exist_ok=True)
        found[0] = _written_key(directory / LINK_KEY, new_key())
    return [key for key in found if key is not None]


def rotate_link_key(directory: Path, *, grace: bool = True) -> list[bytes]:
    """Have a new key sign; with `grace` links made with the one until now still work.

    The one before that ends in any case. Returns the keys that end. Raises as `link_keys`.
    """
    before = link_keys(directory)
    still, ended = (before[:1], before[1:]) if grace else ([], before)
    keep_link_keys(directory, [new_key(), *still])
    return ended


def keep_link_keys(directory: Path, keys: Sequence[bytes]) -> None:
    """Have the first of `keys` sign and the second one verify, if there is one.

    Raises `OSError`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    # In this order: killed in between, the one until now still signs.
    if len(keys) > 1:
        _written_key(directory / _OLD_KEY, keys[1])
    else:
        (directory / _OLD_KEY).unlink(missing_ok=True)
    _written_key(directory / LINK_KEY, keys[0])


def _written_key(path: Path, key: bytes) -> bytes:
    """Keep a key, readable by its owner only."""
    write_atomically(path, f"{key.hex()} {_check(key)}\n".encode(), mode=0o600)
    return key


def _check(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=4, person=b"f1stream-check").hexdigest()


def _key_in(path: Path) -> bytes | None:
    try:
        text, *check = path.read_text("ascii").split()
        key = bytes.fromhex(text)
    except FileNotFoundError:
        return None
    except ValueError:
        key, check = b"", []
    # Before version 2.1 a file held the key alone.
    if len(key) != KEY_BYTES or check not in ([], [_check(key)]):
        raise ConfigurationError(
            [f"{path}: holds no key; delete the file and a new key is made (old links then end)"]
        )
    return key
