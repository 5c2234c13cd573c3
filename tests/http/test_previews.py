"""`GET /streams/{id}/preview.jpg`."""

from __future__ import annotations

from typing import Any

from tests.conftest import House, OpenHouse

JPEG = b"\xff\xd8\xff picture"


async def listed(house: House) -> dict[str, Any]:
    await house.run.background.refresh.round()
    answer = await (await house.client.get("/streams/all")).json()
    stream: dict[str, Any] = answer["streams"][0]
    return stream


async def test_a_picture_is_found_by_its_url_and_may_be_kept_because_that_changes(
    house: OpenHouse,
) -> None:
    f1stream = await house("http://127.0.0.1:9/x.m3u8")
    stream = await listed(f1stream)
    assert stream["preview_url"] is None
    assert (await f1stream.client.get(f"/streams/{stream['id']}/preview.jpg")).status == 404
    await f1stream.run.services.previews.keep(stream["id"], JPEG)
    url = (await listed(f1stream))["preview_url"]
    answer = await f1stream.client.get(url)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert await answer.read() == JPEG
    assert answer.headers["Cache-Control"] == "public, max-age=604800, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for condition in (
        {"If-None-Match": answer.headers["ETag"]},
        {"If-None-Match": f'"x", W/{answer.headers["ETag"]}'},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
    ):
        again = await f1stream.client.get(url, headers=condition)
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
    await f1stream.run.services.previews.keep(stream["id"], JPEG + b"!")
    changed = await f1stream.client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert changed.status == 200
    assert changed.headers["Cache-Control"] == "no-cache"
    assert (await listed(f1stream))["preview_url"] != url


async def test_a_head_has_no_body_and_an_unknown_stream_is_a_problem(house: OpenHouse) -> None:
    f1stream = await house("http://127.0.0.1:9/x.m3u8")
    stream = await listed(f1stream)
    await f1stream.run.services.previews.keep(stream["id"], JPEG)
    head = await f1stream.client.head(f"/streams/{stream['id']}/preview.jpg")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(JPEG)))
    for path in ("/streams/nobody/preview.jpg", "/streams/..%2f..%2flink.key/preview.jpg"):
        missing = await f1stream.client.get(path)
        assert (missing.status, missing.content_type) == (404, "application/problem+json")
