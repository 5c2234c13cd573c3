"""The options that several extractors share: URLs and headers, which can hold credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def is_http(url: str) -> bool:
    """Whether `url` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_header_name(name: str) -> bool:
    """Whether `name` can be a header's: ASCII letters, digits, hyphens and underscores."""
    return bool(name) and name.isascii() and all(char.isalnum() or char in "-_" for char in name)


def is_header_value(value: str) -> bool:
    """Whether `value` can be sent as a header's: it has no control character."""
    return not any(ord(char) < 32 or ord(char) == 127 for char in value)


def plain(headers: Mapping[str, SecretStr]) -> dict[str, str]:
    """Headers as they are sent: for `Found.headers` and requests, never for printing."""
    return {name: value.get_secret_value() for name, value in headers.items()}


def _an_http_url(value: SecretStr) -> SecretStr:
    if not is_http(value.get_secret_value()):
        raise ValueError("write an http:// or https:// URL with a host")
    return value


def _all_headers(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, secret in value.items():
        if not is_header_name(name):
            raise ValueError("write header names with letters, digits and hyphens only")
        if not is_header_value(secret.get_secret_value()):
            raise ValueError(f"the value of {name} has a control character; remove it")
    return value


SecretUrl = Annotated[SecretStr, AfterValidator(_an_http_url)]
"""An http or https URL, whose userinfo, path or query may be secret."""

Headers = Annotated[dict[str, SecretStr], AfterValidator(_all_headers)]
"""Request headers by name."""
