"""What makes work, asked for by one address too often."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from f1stream.http import create_app
from f1stream.http.costly import COSTLY
from f1stream.settings import Access, LimitSettings
from tests.conftest import House, OpenHouse

METHODS = {"/schedule.ics": "GET"}
TWO = LimitSettings(costly_per_minute=2)
ADMIN = {"Authorization": "Bearer the operator's"}


async def asked(house: House, path: str, *, viewer: str = "", admin: bool = False) -> int:
    headers = {"X-Forwarded-For": viewer} if viewer else {}
    method = METHODS.get(path, "POST")
    answer = await house.client.request(
        method, path.replace("{id}", "x"), headers={**headers, **(ADMIN if admin else {})}
    )
    if answer.status == 429:
        assert answer.content_type == "application/problem+json"
        assert 0 < int(answer.headers["Retry-After"]) <= 30
    return answer.status


@pytest.mark.parametrize("path", sorted(COSTLY))
async def test_each_costly_route_is_refused_to_who_has_asked_too_often(
    house: OpenHouse, path: str
) -> None:
    f1stream = await house(limits=TWO)
    for _ in range(2):
        assert await asked(f1stream, "/schedule.ics", viewer="192.0.2.1") == 200
    assert await asked(f1stream, path, viewer="192.0.2.1") == 429
    # Neither by another name that it gives itself, nor for anybody else.
    assert await asked(f1stream, path, viewer="198.51.100.7, 192.0.2.1") == 429
    assert await asked(f1stream, path, viewer="192.0.2.2") != 429


async def test_what_costs_nothing_is_still_answered(house: OpenHouse) -> None:
    f1stream = await house(limits=TWO)
    for _ in range(3):
        await asked(f1stream, "/schedule.ics")
    for path in ("/health", "/streams", "/schedule", "/session", "/extractors"):
        assert (await f1stream.client.get(path)).status == 200
    assert await asked(f1stream, "/logout") == 200


async def test_the_operator_is_not_counted(house: OpenHouse) -> None:
    access = Access(admin_token=SecretStr("the operator's"))
    f1stream = await house(limits=TWO, access=access)
    statuses = [await asked(f1stream, "/schedule.ics", admin=True) for _ in range(5)]
    assert statuses == [200] * 5
    assert [await asked(f1stream, "/schedule.ics") for _ in range(3)] == [200, 200, 429]


async def test_none_is_no_limit(house: OpenHouse) -> None:
    f1stream = await house(limits=LimitSettings(costly_per_minute=0))
    assert [await asked(f1stream, "/schedule.ics") for _ in range(80)] == [200] * 80


async def test_every_costly_route_is_one(house: OpenHouse) -> None:
    f1stream = await house()
    routes = create_app(f1stream.run.services).router.resources()
    assert {resource.canonical for resource in routes} >= COSTLY
