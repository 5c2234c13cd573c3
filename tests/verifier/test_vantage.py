"""From where a browser sees f1stream: an address that is looked up, and what may be reached."""

from __future__ import annotations

from f1stream.browser import Browser
from f1stream.models import Means, Reason
from f1stream.net.guard import Guard
from f1stream.verifier import Vantage
from f1stream.verifier.vantage import _endpoints


async def test_a_base_that_nobody_can_look_up_is_told_with_the_remedy_and_starts_no_browser() -> (
    None
):
    async with Browser(Guard()) as browser:
        vantage = Vantage(browser, "http://not..a.name:8000/", timeout_s=1)
        for proven in (await vantage.prove("/proxy?x"), await vantage.prove_embed("http://a.b/")):
            assert proven.picture is None
            assert proven.proof.reason is Reason.BROWSER_LOST
            assert proven.proof.means is Means.LOCAL_BROWSER
            assert proven.proof.detail == ("not..a.name can't be looked up; set verify.proxy_base")
        assert repr(browser) == "<Browser not started>"


async def test_the_endpoints_are_what_a_name_stands_for_at_its_port() -> None:
    assert await _endpoints("http://127.0.0.1:8000") == {("127.0.0.1", 8000)}
    assert await _endpoints("https://127.0.0.1/f1") == {("127.0.0.1", 443)}
    assert await _endpoints("http://[::1]:81") == {("::1", 81)}
    assert ("127.0.0.1", 80) in await _endpoints("http://localhost")
