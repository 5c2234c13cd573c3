"""What players find in the two JSON documents leads back here, and all else is as it came."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.errors import BadLink, ForeignLink, NotAPlaylist
from f1stream.hls.documents import rewrite_asset_list, rewrite_steering
from f1stream.hls.links import Kind, Link, Links

LINKS = Links([b"0123456789abcdef"])
BASE = "https://ads.example/lists/1.json?session=2"
P = Kind.PLAYLIST


def assets(said: object, root: str = "/") -> Any:
    return json.loads(rewrite_asset_list(json.dumps(said).encode(), BASE, LINKS, "garage", root))


def steered(said: object) -> Any:
    return json.loads(rewrite_steering(json.dumps(said).encode(), BASE, LINKS, "garage"))


def read(link: str, **beside: str) -> Link:
    route, _, query = link.rpartition("/")[2].partition("?")
    return LINKS.read(route, {**dict(parse_qsl(query)), **beside})


def clone(**replacement: object) -> dict[str, object]:
    return {"BASE-ID": "a", "ID": "b", "URI-REPLACEMENT": replacement}


def via_of(**replacement: object) -> str:
    said = steered({"VERSION": 1, "TTL": 9, "PATHWAY-CLONES": [clone(**replacement)]})
    assert said["PATHWAY-CLONES"][0]["URI-REPLACEMENT"].keys() == {"PARAMS"}
    via: str = said["PATHWAY-CLONES"][0]["URI-REPLACEMENT"]["PARAMS"]["via"]
    return via


def replaced(url: str, **replacement: object) -> str:
    """The URL that the proxy fetches when a player plays the clone of a variant."""
    return read(LINKS.sign(Link(P, url, "garage")), via=via_of(**replacement)).url


def test_the_assets_of_a_list_are_links_and_the_rest_is_untouched() -> None:
    said: dict[str, Any] = {
        "ASSETS": [
            {"URI": "https://ads.example/1/index.m3u8", "DURATION": 15.0, "X-AD": {"id": 1}},
            {"URI": "../2.m3u8", "DURATION": 5},
            {"URI": "data:,x", "DURATION": 1},
        ],
        "SKIP-CONTROL": {"OFFSET": 5},
        "X-\N{SNOWMAN}": None,
    }
    found = assets(said)
    urls = [asset.pop("URI") for asset in found["ASSETS"]]
    assert [read(url).url for url in urls[:2]] == [
        "https://ads.example/1/index.m3u8",
        "https://ads.example/2.m3u8",
    ]
    assert {read(url).kind for url in urls[:2]} == {P}
    assert urls[2] == "data:,x"
    for asset in said["ASSETS"]:
        del asset["URI"]
    assert found == said


def test_the_links_of_assets_need_no_resolving() -> None:
    said = {"ASSETS": [{"URI": "1.m3u8", "DURATION": 1}]}
    assert assets(said)["ASSETS"][0]["URI"].startswith("/proxy?url=")
    at = "https://tv.example/f1/"
    assert assets(said, at)["ASSETS"][0]["URI"].startswith(f"{at}proxy?url=")


def test_a_steering_manifest_is_asked_for_again_through_here() -> None:
    said = {"VERSION": 1, "TTL": 300, "PATHWAY-PRIORITY": ["a", "b"], "X-OWN": [1]}
    found = steered({**said, "RELOAD-URI": "again?x=1"})
    link = read(found.pop("RELOAD-URI"))
    assert (link.kind, link.url) == (Kind.STEERING, "https://ads.example/lists/again?x=1")
    assert found == said


def test_a_cloned_pathway_leads_to_its_host_and_parameters() -> None:
    url = "https://u@one.example:8443/v/1.m3u8?t=1&k=a#f"
    assert replaced(url, HOST="two.example") == "https://u@two.example:8443/v/1.m3u8?t=1&k=a#f"
    assert replaced(url, PARAMS={"t": "2 &", "a": "="}).endswith("/1.m3u8?k=a&a=%3D&t=2%20%26#f")
    assert replaced("https://one.example", HOST="[::1]", PARAMS={"t": "2"}) == "https://[::1]?t=2"


def test_a_clone_says_the_uris_of_single_variants_as_links() -> None:
    found = steered(
        {
            "PATHWAY-CLONES": [
                clone(**{"PER-VARIANT-URIS": {"v": "v.m3u8"}, "PER-RENDITION-URIS": {"r": "/r"}})
            ]
        }
    )
    said = found["PATHWAY-CLONES"][0]["URI-REPLACEMENT"]
    assert read(said["PER-VARIANT-URIS"]["v"]).url == "https://ads.example/lists/v.m3u8"
    assert read(said["PER-RENDITION-URIS"]["r"]).url == "https://ads.example/r"
    assert "PARAMS" not in said


def test_a_clone_of_a_clone_takes_both_ways() -> None:
    first = clone(HOST="two.example", PARAMS={"a": "1", "b": "1"})
    second = {**clone(PARAMS={"b": "2"}), "BASE-ID": "b", "ID": "c"}
    found = steered({"PATHWAY-CLONES": [first, second]})
    via = found["PATHWAY-CLONES"][1]["URI-REPLACEMENT"]["PARAMS"]["via"]
    link = LINKS.sign(Link(P, "https://one.example/v", "garage"))
    assert read(link, via=via).url == "https://two.example/v?a=1&b=2"


@pytest.mark.parametrize("host", ["a/b", "a b", "u@h", "h:1", "h?", "[x]", "a\r\nb", "#"])
def test_a_clone_that_cannot_be_reached_is_left_out(host: str) -> None:
    assert steered({"PATHWAY-CLONES": [clone(HOST=host)]}) == {"PATHWAY-CLONES": []}


def test_a_via_is_good_for_its_own_stream_alone() -> None:
    via = via_of(HOST="two.example")
    other = LINKS.sign(Link(P, "https://one.example/", "other"))
    with pytest.raises(ForeignLink):
        read(other, via=via)
    ours = LINKS.sign(Link(P, "https://one.example/", "garage"))
    with pytest.raises(ForeignLink):
        read(ours, via=via[:-1] + ("A" if via[-1] != "A" else "B"))
    for malformed in ("", "x", "x.y", via + "A"):
        with pytest.raises((BadLink, ForeignLink)):
            read(ours, via=malformed)


def test_a_via_says_nothing_about_bytes() -> None:
    link = LINKS.sign(Link(Kind.BYTES, "https://one.example/1.ts", "garage"))
    assert read(link, via=via_of(HOST="two.example")).url == "https://one.example/1.ts"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"#EXTM3U",
        b"[]",
        b"null",
        b'{"ASSETS": 1}',
        b'{"ASSETS": [{"DURATION": 1}]}',
        b'{"ASSETS": [{"URI": ""}]}',
        b'{"ASSETS": [{"URI": 5}]}',
        b"\xff\xfe",
        b'{"ASSETS": ' + b"[" * 100_000,
        b'{"ASSETS": [' + b",".join([b'{"URI": "x"}'] * 1001) + b"]}",
    ],
)
def test_what_is_no_asset_list_is_refused(body: bytes) -> None:
    with pytest.raises(NotAPlaylist, match="asset list"):
        rewrite_asset_list(body, BASE, LINKS, "garage")


@pytest.mark.parametrize(
    "body",
    [b"", b"1", b'{"RELOAD-URI": 1}', b'{"PATHWAY-CLONES": [{"ID": "a"}]}', b'{"RELOAD-URI": ""}'],
)
def test_what_is_no_steering_manifest_is_refused(body: bytes) -> None:
    with pytest.raises(NotAPlaylist, match="steering manifest"):
        rewrite_steering(body, BASE, LINKS, "garage")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.one_of(st.binary(max_size=60), JSON.map(lambda said: json.dumps(said).encode())))
@settings(deadline=None)
def test_any_text_is_rewritten_or_refused(body: bytes) -> None:
    for rewrite in (rewrite_asset_list, rewrite_steering):
        try:
            json.loads(rewrite(body, BASE, LINKS, "garage"))
        except NotAPlaylist:
            pass


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
@settings(deadline=None)
def test_what_a_vendor_adds_is_passed_on(extra: dict[str, Any]) -> None:
    named = {"ASSETS", "RELOAD-URI", "PATHWAY-CLONES"}
    said = {**{name: value for name, value in extra.items() if name not in named}, "ASSETS": []}
    assert assets(said) == said


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=3))
@settings(deadline=None)
def test_each_parameter_of_a_clone_arrives_once(params: dict[str, str]) -> None:
    query = "&".join(f"{quote(name, safe='')}=old" for name in params)
    found = replaced(f"https://one.example/v?{query}", HOST="b.example", PARAMS=params)
    assert sorted(parse_qsl(found.partition("?")[2], keep_blank_values=True)) == sorted(
        params.items()
    )
