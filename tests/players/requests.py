"""Where a page's requests went."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit


def only_to(url: str, asked: Iterable[str]) -> bool:
    """Whether something was asked for, and of nobody but the server of `url`.

    Fails the test with what was asked of others.
    """
    hosts = [urlsplit(each).netloc for each in asked]
    strays = [each for each in asked if urlsplit(each).netloc != urlsplit(url).netloc]
    assert strays == [], f"asked of others than f1stream: {strays}"
    return bool(hosts)
