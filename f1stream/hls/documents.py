"""The two JSON documents of HLS, with links for their URIs.

What a model does not name is passed on as it came: vendors add fields of their own to both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from f1stream.errors import NotAPlaylist
from f1stream.hls.detour import Detour
from f1stream.hls.links import Kind, Link, Links
from f1stream.hls.resolution import Base

Url = Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class _Passed(BaseModel):
    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class _Asset(_Passed):
    uri: Url = Field(alias="URI")


class _AssetList(_Passed):
    """RFC 8216bis appendix D.2."""

    assets: list[_Asset] = Field(alias="ASSETS", max_length=1000)


class _Replacement(_Passed):
    host: str | None = Field(None, alias="HOST")
    params: dict[str, str] | None = Field(None, alias="PARAMS")
    per_variant: dict[str, Url] | None = Field(None, alias="PER-VARIANT-URIS")
    per_rendition: dict[str, Url] | None = Field(None, alias="PER-RENDITION-URIS")


class _Clone(_Passed):
    id: str = Field(alias="ID")
    base_id: str = Field(alias="BASE-ID")
    replacement: _Replacement = Field(alias="URI-REPLACEMENT")


class _Steering(_Passed):
    """RFC 8216bis 7.1."""

    reload_uri: Url | None = Field(None, alias="RELOAD-URI")
    clones: list[_Clone] | None = Field(None, alias="PATHWAY-CLONES", max_length=100)


Document = TypeVar("Document", bound=_Passed)


def rewrite_asset_list(body: bytes, base: str, links: Links, scope: str, root: str = "/") -> bytes:
    """An interstitial's asset list (RFC 8216bis appendix D.2) whose assets are links.

    `base` is the URL that it came from, after redirects. `root` stands before each link, as players
    do not resolve these: the public URL of this server, or its path. An asset that no proxy can
    fetch is left as it is. Raises `NotAPlaylist`.
    """
    said = _read(_AssetList, body, "asset list")
    linked = _linker(base, links, scope, Kind.PLAYLIST)
    for asset in said.assets:
        asset.uri = linked(asset.uri, root)
    return _written(said)


def rewrite_steering(body: bytes, base: str, links: Links, scope: str) -> bytes:
    """A steering manifest (RFC 8216bis 7.1) whose pathways players reach through this server.

    A player makes the URIs of a clone out of those that it has, which are links: a HOST would lead
    it away from here, a parameter would be lost. So both become one signed parameter, which tells
    the proxy what to replace. A clone of which neither makes sense is left out. Raises
    `NotAPlaylist`.
    """
    said = _read(_Steering, body, "steering manifest")
    if said.reload_uri is not None:
        said.reload_uri = _linker(base, links, scope, Kind.STEERING)(said.reload_uri, "")
    if said.clones is not None:
        linked = _linker(base, links, scope, Kind.PLAYLIST)
        detours: dict[str, Detour] = {}
        said.clones = [clone for clone in said.clones if _led(clone, detours, linked)]
        for clone in said.clones:
            detour = detours[clone.id]
            if detour != Detour():
                clone.replacement.params = {"via": links.via(scope, detour)}
    return _written(said)


def _led(clone: _Clone, detours: dict[str, Detour], linked: Callable[[str, str], str]) -> bool:
    """Make a clone lead through here, and note its detour; False where that cannot be."""
    replacement = clone.replacement
    own = Detour(replacement.host or "", replacement.params or {})
    if not own.usable:
        return False
    # A clone of a clone has one `via` on its links: that of both together.
    detours[clone.id] = detours.get(clone.base_id, Detour()).then(own)
    for uris in (replacement.per_variant or {}, replacement.per_rendition or {}):
        uris.update({name: linked(uri, "") for name, uri in uris.items()})
    replacement.model_fields_set.discard("host")
    return True


def _linker(base: str, links: Links, scope: str, kind: Kind) -> Callable[[str, str], str]:
    against = Base(base)

    def linked(uri: str, root: str) -> str:
        url = against.resolve(uri.encode(errors="surrogateescape"))
        return uri if url is None else root + links.sign(Link(kind, url.decode(), scope))

    return linked


def _read(shape: type[Document], body: bytes, name: str) -> Document:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "the text"
        raise NotAPlaylist(f"The {name} makes no sense at {where}.") from None


def _written(said: _Passed) -> bytes:
    return said.model_dump_json(by_alias=True, exclude_unset=True).encode()
