"""HTML, reduced to the few elements that say what a page shows, then read by a real parser.

A tree builder's time and memory grow with the square of what a hostile page nests, and it can't be
stopped. So the tree is built from the elements that matter only, and from a bounded number.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from f1stream.extractors.addresses import absolute
from f1stream.extractors.foreign import Answer

MAX_ELEMENTS = 4000
MAX_TITLE_CHARS = 300
_MAX_TAG_CHARS = 16_384
_WINDOW_CHARS = 16_384
_LONGEST_START = len("<textarea ")

_START = re.compile(
    r"<(?=[!a-z])(?:!--|(base|iframe|link|meta|noembed|noframes|script|source|style|textarea|title|video|xmp)"
    r"(?=[\s/>]))",
    re.IGNORECASE,
)
_REST_OF_TAG = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
# Elements whose content is no markup, whatever it looks like.
_RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})
_SILENT = frozenset({"noembed", "noframes", "style", "textarea", "xmp"})
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]{1,40})""", re.I)


def text_of(answer: Answer) -> str:
    """The characters of an HTML answer: as HTTP declares them, else the page, else UTF-8."""
    declared = _DECLARED.search(answer.body, 0, 1024)
    for name in (answer.charset, declared and declared[1].decode("ascii")):
        if name and _is_text_codec(name):
            return answer.body.decode(name, "replace")
    return answer.body.decode("utf-8", "replace")


def _is_text_codec(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def tree_of(text: str) -> LexborHTMLParser:
    """The elements of a page that matter here, in its order, as a tree of no depth.

    Linear in the length of `text`; 5 MB take a fraction of a second, so not for the event loop.
    """
    return LexborHTMLParser("".join(islice(_elements(text), MAX_ELEMENTS)))


def _elements(text: str) -> Iterator[str]:
    """Each element that matters as it stands; one that does not end is the end, as in browsers."""
    at = 0
    while start := _next_start(text, at):
        if start[1] is None:
            at = text.find("-->", start.end()) + 3
            if at == 2:
                return
            continue
        name = start[1].lower()
        tag = _REST_OF_TAG.match(text, start.end(), start.start() + _MAX_TAG_CHARS)
        if tag is None:
            at = start.end()
            yield ""
            continue
        at = tag.end()
        content = ""
        if name in _RAW:
            end = _ENDS[name].search(text, at)
            if end is None:
                return
            content, at = text[at : end.start()], end.end()
        if name not in _SILENT:
            yield _element(text[start.start() : tag.end()], name, content)


def _next_start(text: str, at: int) -> re.Match[str] | None:
    # One search holds the interpreter to its end: in windows, it never does for long.
    for window in range(at, len(text), _WINDOW_CHARS):
        if start := _START.search(text, window, window + _WINDOW_CHARS + _LONGEST_START):
            return start
    return None


def _element(tag: str, name: str, content: str) -> str:
    if name in ("script", "title"):
        return f"{tag}{content}</{name}>"
    return f"{tag}</{name}>" if name in ("iframe", "video") else tag


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """The URL against which the page at `url` means its addresses: its own, or its `<base>`."""
    base = tree.css_first("base[href]")
    return (absolute(attribute(base, "href"), url) if base else None) or url


def attribute(node: LexborNode, *names: str) -> str:
    """The first of the named attributes that has a value, or nothing."""
    return next((value for name in names if (value := node.attributes.get(name))), "")


def title_of(tree: LexborHTMLParser) -> str:
    """The page's title as plain text: what it tells those who link to it, else its own."""
    for node in tree.css('meta[property="og:title"]'):
        if title := one_line(attribute(node, "content")):
            return title
    own = tree.css_first("title")
    return one_line(own.text()) if own else ""


def one_line(text: str) -> str:
    """`text` as a title: its words on one line, of bounded length, without control characters."""
    words = "".join(char if char.isprintable() else " " for char in text[: 4 * MAX_TITLE_CHARS])
    return " ".join(words.split())[:MAX_TITLE_CHARS]
