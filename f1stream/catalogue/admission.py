"""The door of the catalogue: what an extractor yields is checked, cleaned, and counted if refused.

Extractors are many, some are other people's, and all pass on what foreign servers say.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from f1stream.catalogue.expiry import expires_at
from f1stream.catalogue.identity import stream_id
from f1stream.catalogue.sameness import address, public
from f1stream.models import Found, Stream, StreamType, Upstream, host_of

MAX_STREAMS = 5_000
MAX_TITLE_CHARS = 300
MAX_HEADERS = 32

_FIELD_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# Characters that turn the direction of what follows them.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _cleaned(text: str) -> str:
    """One line for a person: no control characters, no turned text, single spaces."""
    kept = (
        " " if unicodedata.category(char) == "Cc" else char for char in text if char not in _TURNING
    )
    return " ".join("".join(kept).split())[:MAX_TITLE_CHARS]


def _web_address(url: str) -> str:
    url = url.strip(" ")
    if not url.isprintable():
        raise ValueError("has control characters")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("is no http or https URL")
    return url


def _header_fields(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _FIELD_NAME.fullmatch(name) or any(char < " " or char == "\x7f" for char in value):
            raise ValueError("are no header fields")
    return headers


class _Admitted(BaseModel):
    """What `Found` promises, held to it."""

    model_config = ConfigDict(strict=True, from_attributes=True, hide_input_in_errors=True)

    key: Annotated[str, Field(max_length=2_000)]
    title: Annotated[str, Field(max_length=100_000), AfterValidator(_cleaned)]
    url: Annotated[str, Field(max_length=8_192), AfterValidator(_web_address)]
    headers: Annotated[
        dict[str, Annotated[str, Field(max_length=8_192)]],
        Field(max_length=MAX_HEADERS),
        AfterValidator(_header_fields),
    ]
    quality: Annotated[str, Field(max_length=100), AfterValidator(_cleaned)] | None
    about: Annotated[str, Field(max_length=100_000), AfterValidator(_cleaned)]
    page_url: Annotated[str, Field(max_length=8_192), AfterValidator(public)]
    stream_type: StreamType


class Admission:
    """Takes what one attempt at a source yields; `streams` are those that got in.

    `wants` is the operator's choice, by title and by what else is said about a stream. `left_out`
    counts the others by reason, except for those that the operator did not want.
    """

    def __init__(
        self,
        key: str,
        name: str,
        wants: Callable[[str, str], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self.streams: dict[str, Stream] = {}
        self.left_out: Counter[str] = Counter()
        self._key = key
        self._name = name
        self._wants = wants
        self._clock = clock

    @property
    def full(self) -> bool:
        """Whether no further stream gets in."""
        return len(self.streams) >= MAX_STREAMS

    def take(self, found: object) -> None:
        """Let one in, or count why not."""
        if not isinstance(found, Found):
            self.left_out["no stream"] += 1
            return
        try:
            admitted = _Admitted.model_validate(found)
        except ValidationError as error:
            self.left_out[_reason(error)] += 1
            return
        title = admitted.title or self._name
        if not self._wants(title, admitted.about):
            return
        identity = stream_id(self._name, admitted.key)
        if identity in self.streams:
            self.left_out["key of another one"] += 1
        elif self.full:
            self.left_out[f"beyond the {MAX_STREAMS:,} streams of a source"] += 1
        else:
            self.streams[identity] = self._stream(identity, title, admitted)

    def _stream(self, identity: str, title: str, admitted: _Admitted) -> Stream:
        now = self._clock()
        return Stream(
            id=identity,
            title=title,
            site_key=self._key,
            site_name=self._name,
            upstream=Upstream(admitted.url, admitted.headers, host_of(admitted.url)),
            extracted_at=now,
            quality=admitted.quality,
            stream_type=admitted.stream_type,
            address=address(admitted.url),
            expires_at=expires_at(admitted.url, now),
            page_url=admitted.page_url or None,
        )


def _reason(error: ValidationError) -> str:
    # Of what was refused nothing is quoted: it can hold anything.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
