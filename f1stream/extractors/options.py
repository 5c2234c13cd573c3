"""The options that several extractors share: URLs and headers, which can hold credentials."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import AfterValidator, SecretStr


def is_http(url: str) -> bool:
    """Whether `url` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_header_name(name: str) -> bool:
    """Whether `name` can be a header's: ASCII letters, digits, hyphens and underscores."""
    return bool(name) and name.isascii() and all(char.isalnum() or char in "-_" for char in name)


def is_header_value(value: str) -> bool:
    """Whether `value` can be sent as a header's: it has no control character."""
    return not any(ord(char) < 32 or ord(char) == 127 for char in value)


def plain(headers: Mapping[str, SecretStr]) -> dict[str, str]:
    """Headers as they are sent: for `Found.headers` and requests, never for printing."""
    return {name: value.get_secret_value() for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server's interface is: its base URL, and the headers that let one in.

    A user name and password in the URL become an `Authorization` header (RFC 7617): a player is
    handed the URLs that are found, and never the headers.
    """

    base: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def at(cls, url: SecretStr) -> Server:
        """The server at `url`, a `ServerUrl`."""
        parts = urlsplit(url.get_secret_value())
        login, _, place = parts.netloc.rpartition("@")
        base = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
        if not login:
            return cls(base)
        name, _, password = login.partition(":")
        pair = f"{unquote(name)}:{unquote(password)}".encode()
        return cls(base, {"Authorization": f"Basic {b64encode(pair).decode()}"})


def _an_http_url(value: SecretStr) -> SecretStr:
    if not is_http(value.get_secret_value()):
        raise ValueError("write an http:// or https:// URL with a host")
    return value


def _a_server(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.query or parts.fragment:
        raise ValueError("write the server's address alone, without anything after a ? or #")
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

ServerUrl = Annotated[SecretUrl, AfterValidator(_a_server)]
"""The http or https URL under which a server's interface is found; may hold a login."""

Headers = Annotated[dict[str, SecretStr], AfterValidator(_all_headers)]
"""Request headers by name."""
