"""The settings tree: what an operator can say, in one TOML file or the environment.

Only `app` and `cli` import this: components take plain values. Every key can also be set as
`F1STREAM_<SECTION>__<KEY>`; the environment wins over the file.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)

from f1stream.extractors import Extractor
from f1stream.net.guard import Network
from f1stream.store import default_dir


def _network(value: Any) -> Any:
    """Accept an address or a range as text; the message says what to write."""
    if not isinstance(value, str):
        return value
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        raise ValueError('write address ranges, such as ["10.0.0.0/8"]') from None


def _split(value: Any) -> Any:
    """The environment has no lists: commas divide."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _or_nothing(value: Any) -> Any:
    """A variable that is set to nothing is not set."""
    return value or None


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("write an http:// or https:// URL with a host, or nothing")
    return value


def _redis_url(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and text:
        parts = urlsplit(text)
        place = parts.path if parts.scheme == "unix" else parts.hostname
        if parts.scheme not in ("redis", "rediss", "unix") or not place:
            raise ValueError(
                "write redis://:password@host:6379/0, with rediss:// for TLS, or unix:///path"
            )
    return value or None


# An empty one would let everybody in.
Secret = Annotated[SecretStr | None, BeforeValidator(_or_nothing)]
RedisUrl = Annotated[SecretStr | None, BeforeValidator(_redis_url)]
HttpUrl = Annotated[str, BeforeValidator(_http_url)]
Networks = Annotated[
    tuple[Annotated[Network, BeforeValidator(_network)], ...], BeforeValidator(_split)
]


PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "::1/128",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)


class Section(BaseModel):
    """One table of the file. Unknown keys are errors: a typo must not pass for a setting."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Server(Section):
    """Where f1stream listens."""

    host: str = Field(default="0.0.0.0", min_length=1, description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port; 0 takes a free one.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that serve viewers; one fetches for all."
    )
    public_url: HttpUrl = Field(
        default="", description="The address people open, printed at the start."
    )
    trusted_proxies: Networks = Field(
        default=PRIVATE,
        description="Where reverse proxies stand whose X-Forwarded-For, -Proto and -Host count.",
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="How log lines look; text at a terminal, else JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="From which level on; debug has a line for each request."
    )


class Data(Section):
    """Where state is kept."""

    dir: Path = Field(
        default_factory=default_dir,
        description="`/data` when it exists and is writable, else the user's data dir.",
    )
    redis_url: RedisUrl = Field(
        default=None,
        description="Redis or Valkey that several replicas share their state through.",
    )
    redis_lease: float = Field(
        default=9,
        ge=1,
        le=60,
        description="Seconds after which another replica does the work of one that is gone.",
    )


class UpstreamSettings(Section):
    """How upstream hosts are reached."""

    allow_private: Networks = Field(
        default=(),
        description="Ranges an operator's own servers live in; all else private is refused.",
    )
    ca_file: Path | None = Field(default=None, description="Further CA certificates, PEM.")
    proxy: HttpUrl = Field(default="", description="HTTP proxy for all upstream requests.")
    connect_timeout: float = Field(default=5, gt=0, le=60, description="Seconds to connect.")
    read_timeout: float = Field(
        default=15, gt=0, le=300, description="Seconds an upstream may be silent."
    )
    user_agent: str = Field(
        default="f1stream/2.0.1", min_length=1, description="Sent unless a source has its own."
    )
    playlist_bytes: ByteSize = Field(
        default=ByteSize(8 << 20), gt=0, description="The largest playlist accepted."
    )

    @field_validator("ca_file")
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("name a file that exists")
        return value


class Cache(Section):
    """How much is kept in memory."""

    segment_bytes: ByteSize = Field(
        default=ByteSize(128 << 20), ge=0, description="Upper bound on segment bytes held."
    )
    prefetch: bool = Field(
        default=True, description="Fetch a live playlist's new segment before a viewer asks."
    )
    playlist_ttl: float | None = Field(
        default=None,
        gt=0,
        le=60,
        description="Seconds a playlist is reused; half its target duration by default.",
    )


class LimitSettings(Section):
    """How much may be taken at most. Those of viewers are for each process."""

    connections: int = Field(
        default=16_384, ge=1, description="Viewers' connections; descriptors may allow fewer."
    )
    connections_per_address: int = Field(
        default=512,
        ge=1,
        description="Of these from one address; those of server.trusted_proxies are not counted.",
    )
    requests: int = Field(
        default=8_192, ge=1, description="Requests being answered; what is beyond gets 503."
    )
    costly_per_minute: int = Field(
        default=60,
        ge=0,
        description="Requests from one address that make work, see api.md; 0 is any number.",
    )
    header_timeout: float = Field(
        default=15, gt=0, le=300, description="Seconds until the head of a request is here."
    )
    body_timeout: float = Field(
        default=15, gt=0, le=300, description="Seconds until the body of a request is here."
    )
    send_rate: ByteSize = Field(
        default=ByteSize(4 << 10),
        ge=0,
        description="Bytes a second that a viewer has to take of what waits for them; 0 is none.",
    )
    send_grace: float = Field(
        default=30, gt=0, le=3600, description="Seconds for which a viewer may be slower than that."
    )
    segment_bytes: ByteSize = Field(
        default=ByteSize(1 << 30), gt=0, description="The largest segment that is passed on."
    )
    redirects: int = Field(default=5, ge=0, le=20, description="Redirects that are followed.")
    upstream_connections: int = Field(
        default=512, ge=0, description="Connections to one upstream host; 0 is any number."
    )


class Verify(Section):
    """How streams are proven."""

    enabled: bool = Field(default=True, description="Play streams in a browser to prove them.")
    concurrency: int = Field(default=2, ge=1, le=64, description="Browser checks at a time.")
    timeout: float = Field(default=20, gt=0, le=300, description="Seconds for one check.")
    cdp_url: str = Field(default="", description="A remote Chromium's DevTools address.")
    proxy_base: HttpUrl = Field(
        default="", description="Where a remote browser reaches this f1stream."
    )


class ScheduleSettings(Section):
    """Where the season comes from."""

    enabled: bool = Field(default=True, description="Ask the API for the season, once a day.")
    url: HttpUrl = Field(
        default="https://api.jolpi.ca/ergast/f1",
        min_length=1,
        description="The Jolpica API, or a mirror of it.",
    )
    path: Annotated[Path | None, BeforeValidator(_or_nothing)] = Field(
        default=None, description="The file that keeps it; `schedule.json` in the data dir."
    )


class Access(Section):
    """Who may do what."""

    viewer_password: Secret = Field(
        default=None, description="What viewers have to know; off by default."
    )
    admin_token: Secret = Field(
        default=None, description="Bearer token for routes that change state; off by default."
    )


class Settings(Section):
    """Everything an operator can say."""

    server: Server = Server()
    data: Data = Field(default_factory=Data)
    upstream: UpstreamSettings = UpstreamSettings()
    cache: Cache = Cache()
    limits: LimitSettings = LimitSettings()
    verify: Verify = Verify()
    schedule: ScheduleSettings = ScheduleSettings()
    access: Access = Access()
    sources: tuple[Extractor, ...] = ()
