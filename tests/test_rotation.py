"""The secret behind links, replaced: what was made with the one before works for a while."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from f1stream import store
from f1stream.errors import ConfigurationError
from f1stream.hls.links import Kind, Link, Links
from tests.program import address, started

LINK = Link(Kind.BYTES, "http://127.0.0.1:9/1.ts", "test")
SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")


def test_the_key_before_verifies_until_the_next_rotation(tmp_path: Path) -> None:
    [first] = store.link_keys(tmp_path)
    store.rotate_link_key(tmp_path)
    second, *old = store.link_keys(tmp_path)
    assert old == [first]
    store.rotate_link_key(tmp_path)
    third, *old = store.link_keys(tmp_path)
    assert old == [second]
    assert len({first, second, third}) == 3


def test_without_grace_nothing_of_before_verifies(tmp_path: Path) -> None:
    store.rotate_link_key(tmp_path)
    before = store.link_keys(tmp_path)
    store.rotate_link_key(tmp_path, grace=False)
    [key] = store.link_keys(tmp_path)
    assert key not in before


def test_both_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store.rotate_link_key(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"link.key": 0o600, "link.key.old": 0o600}


@pytest.mark.parametrize("name", ["link.key", "link.key.old"])
def test_a_file_that_holds_no_key_is_told_with_the_remedy(tmp_path: Path, name: str) -> None:
    store.rotate_link_key(tmp_path)
    (tmp_path / name).write_text("not hexadecimal")
    with pytest.raises(ConfigurationError, match=f"{name}: holds no key; delete the file"):
        store.link_keys(tmp_path)


async def asked(url: str, *, by: Links) -> int:
    """How a link that was signed before is answered: 502 where it is good, for nobody is there."""
    async with aiohttp.ClientSession() as session:
        return (await session.get(f"{url}/{by.sign(LINK)}")).status


async def test_the_command_rotates_and_the_next_start_knows_both(tmp_path: Path) -> None:
    before = Links(await asyncio.to_thread(store.link_keys, tmp_path / "data"))
    for arguments, status in (((), 502), (("--now",), 403)):
        async with started(tmp_path, "rotate-secret", *arguments) as process:
            said, _ = await process.communicate()
            assert process.returncode == 0
        assert b"restart f1stream" in said
        async with started(tmp_path, *SERVE) as process:
            assert await asked(await address(process), by=before) == status


async def test_with_secrets_from_the_environment_it_says_what_to_set(tmp_path: Path) -> None:
    secrets = {"F1STREAM_SECRET": "the new secret of 32 characters."}
    async with started(tmp_path, "rotate-secret", environment=secrets) as process:
        said, _ = await process.communicate()
        assert process.returncode == 1
    assert b"F1STREAM_SECRET_OLD" in said
    secrets["F1STREAM_SECRET_OLD"] = "the old secret of 32 characters."
    before = Links([store.key_from(secrets["F1STREAM_SECRET_OLD"])])
    async with started(tmp_path, *SERVE, environment=secrets) as process:
        assert await asked(await address(process), by=before) == 502


async def test_an_old_secret_that_is_too_short_is_named(tmp_path: Path) -> None:
    secrets = {"F1STREAM_SECRET": "long enough for it", "F1STREAM_SECRET_OLD": "short"}
    async with started(tmp_path, *SERVE, environment=secrets) as process:
        _, err = await process.communicate()
    assert process.returncode == 2
    assert b"F1STREAM_SECRET_OLD: is shorter than 16 characters" in err
    assert b"'short'" not in err
