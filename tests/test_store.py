"""Small files: whole, or known not to be, and the secret ones for their owner alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f1stream import store
from f1stream.errors import ConfigurationError

in_a_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.binary(max_size=200))
def test_what_was_sealed_is_read(content: bytes) -> None:
    assert store.unsealed(store.sealed(content)) == content


@given(st.binary(max_size=100), st.data())
def test_what_was_cut_or_altered_anywhere_is_refused(content: bytes, data: st.DataObject) -> None:
    whole = store.sealed(content)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    for damaged in (whole[:at], whole[:at] + bytes([byte]) + whole[at + 1 :], whole + b"\n"):
        with pytest.raises(ValueError, match="digest"):
            store.unsealed(damaged)


@given(data=st.data())
@in_a_folder
def test_a_key_that_was_cut_or_altered_anywhere_is_itself_or_told(
    tmp_path: Path, data: st.DataObject
) -> None:
    file = tmp_path / "link.key"
    file.unlink(missing_ok=True)
    [key] = store.link_keys(tmp_path)
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    for damaged in (content[:at], content[:at] + bytes([byte]) + content[at + 1 :]):
        file.write_bytes(damaged)
        with contextlib.suppress(ConfigurationError):
            assert store.link_keys(tmp_path) == [key]


def test_a_key_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "link.key").write_text("ab" * 32 + "\n")
    assert store.link_keys(tmp_path) == [b"\xab" * 32]


@given(mask=st.sampled_from([0o000, 0o022, 0o077]), mode=st.sampled_from([0o600, 0o644]))
@in_a_folder
def test_a_file_is_never_open_to_more_than_it_is_meant_to_be(
    tmp_path: Path, mask: int, mode: int
) -> None:
    file = tmp_path / "file"
    before = os.umask(mask)
    try:
        store.write_atomically(file, b"hunter2", mode=mode)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == mode
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    store.write_atomically(file, b"old")

    def full(descriptor: int) -> None:
        # What is there by now is for nobody else either.
        [half] = [each for each in tmp_path.iterdir() if each != file]
        assert half.stat().st_mode & 0o777 == 0o600
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
