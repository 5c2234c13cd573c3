"""An Owncast server."""

from __future__ import annotations

from typing import Any

import pytest

from f1stream.extractors import Owncast
from tests.extractors.reading import found_by, plays
from tests.extractors.servers.owncast import owncast_server


def a_source(url: str, **options: Any) -> Owncast:
    return Owncast.model_validate({"name": "Radio", "url": url, **options})


async def test_its_stream_is_found_and_can_be_played() -> None:
    async with owncast_server() as url:
        (found,) = await found_by(a_source(f"{url}/"))
        assert (found.key, found.title) == ("stream", "Practice 1")
        assert found.about == "Paddock TV racing formula 1"
        assert await plays(found)


async def test_there_is_none_while_it_is_offline() -> None:
    async with owncast_server(online=False) as url:
        assert await found_by(a_source(url)) == []


@pytest.mark.parametrize(
    ("title", "name", "shown"),
    [("", "Paddock TV", "Paddock TV"), (" \x07", "\n", "Radio"), ("F1\r\nlive", "", "F1 live")],
)
async def test_a_stream_without_a_title_has_its_server_s_name(
    title: str, name: str, shown: str
) -> None:
    async with owncast_server(title=title, name=name) as url:
        (found,) = await found_by(a_source(url))
    assert found.title == shown
