"""What a PromQL expression is made of: enough of the language to tell that its parts exist.

This is no parser of PromQL. It knows strings, numbers, durations, names, brackets and operators,
and refuses everything else; that brackets match; which names are functions and which are metrics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"[^"]*")
    |(?P<range>\[(?:\d+[smhd]|\$__rate_interval)\])
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<operator>==|!=|=~|!~|>=|<=|[-+*/><=,(){}])
    )""",
    re.VERBOSE,
)
FUNCTIONS = {"rate", "increase", "histogram_quantile", "time", "sum", "max", "min", "topk"}
WORDS = {"by", "and"}
_PAIRS = {")": "(", "}": "{"}


@dataclass
class Selector:
    """A metric's name, and the labels that are asked for of it."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Expression:
    """The selectors of an expression, and the labels that it groups by."""

    selectors: list[Selector] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)


def tokens(text: str) -> list[tuple[str, str]]:
    """The parts of `text`, by kind. Raises `ValueError` at what is none."""
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not PromQL: {text[at : at + 20]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


def parsed(text: str) -> Expression:
    """What `text` is made of. Raises `ValueError` where it can't be right."""
    result, opened = Expression(), []
    parts = [*tokens(text), ("end", "")]
    for at, ((kind, word), (_, after)) in enumerate(pairwise(parts)):
        if word in "({" and kind == "operator":
            opened.append("by" if at and parts[at - 1][1] == "by" else word)
        elif word in _PAIRS and kind == "operator":
            if not opened or opened.pop() not in (_PAIRS[word], "by" if word == ")" else ""):
                raise ValueError(f"brackets don't match in {text!r}")
        elif kind == "name" and opened[-1:] == ["{"]:
            if after not in ("=", "!=", "=~", "!~") or parts[at + 2][0] != "string":
                raise ValueError(f"{word}: a label is compared with a string")
            result.selectors[-1].labels[word] = parts[at + 2][1].strip('"')
        elif kind == "name" and opened[-1:] == ["by"]:
            result.grouped.add(word)
        elif kind == "name" and word not in WORDS:
            if word in FUNCTIONS:
                if after not in ("(", "by"):
                    raise ValueError(f"{word}: a function is followed by its arguments")
            elif after == "(":
                raise ValueError(f"{word}: no such function")
            else:
                result.selectors.append(Selector(word))
    if opened:
        raise ValueError(f"brackets don't match in {text!r}")
    return result
