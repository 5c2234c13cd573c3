"""What a title says: Formula 1 or another sport, live or not, in which quality.

Titles are written by people and by schedules in many languages. They are compared without case,
accents and full-width forms.
"""

from __future__ import annotations

import re
import unicodedata

from f1stream.extractors import words

MAX_TITLE_CHARS = 500

# Letters that carry their stroke inside and so keep it when accents are taken off.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i"})


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return bare.casefold().translate(_STROKES)


def _any_of(table: str) -> str:
    """A pattern for all words of a table of `words`."""
    folded = [_folded(word.strip()) for word in table.split(",")]
    spaced = "|".join(_written(word) for word in folded if _is_spaced(word))
    others = "|".join(_written(word) for word in folded if not _is_spaced(word))
    # The look behind is told once: told for every word, it would be tried for every word.
    return rf"(?<![^\W_])(?:{spaced})" + (f"|(?:{others})" if others else "")


def _written(word: str) -> str:
    parts = r"[\W_]*".join(re.escape(part) for part in word.removesuffix("*").split())
    goes_on = word.endswith("*") or not _is_spaced(word)
    return parts if goes_on else rf"{parts}(?![^\W_])"


def _is_spaced(word: str) -> bool:
    """Whether the script of `word` puts spaces between words: not so Chinese and Japanese."""
    return not any("\u2e80" <= char <= "\uffef" for char in word)


_ONE = r"(?:1|i|one|ein[sz]|un|uno|um|ett|en|een)(?![a-z0-9])"
_FORMULA_1 = re.compile(
    rf"(?<![a-z])form(?:ul[ae]|el|a)\W{{0,3}}{_ONE}"
    r"|(?<![a-z0-9])f[-.]?1(?![a-z0-9]|\.\d)"
    r"|(?<![a-z0-9])f1(?:tv|u?hd|fhd|4k)(?![a-z])"
    r"|(?:sky|sky ?sports?|dazn|espn|canal\+?|viaplay|servus)f1(?![0-9])"
    rf"|{_any_of(words.FORMULA_1_ELSEWHERE)}"
)
_GRAND_PRIX = re.compile(_any_of(words.GRAND_PRIX))
_SESSIONS = re.compile(_any_of(words.SESSIONS))
_PLACES = re.compile(_any_of(words.PLACES))
_OTHER_SPORTS = re.compile(_any_of(words.OTHER_SPORTS))
_NOT_LIVE = re.compile(_any_of(words.NOT_LIVE))

_QUALITY = re.compile(
    r"(?<![a-z0-9])(2160p|1440p|1080[pi]|720p|576[pi]|540p|480p|360p|8k|4k|uhd|fhd|full ?hd|hd|sd)"
    r"(?:50|60)?(?![a-z0-9])"
)
_LABELS = {"full hd": "FHD", "fullhd": "FHD"}

_UNREADABLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+"
)


def is_formula_1(title: str) -> bool:
    """Whether `title` is of Formula 1, of any of its sessions or of a channel named after it.

    A title that also names another series is not: such a channel or a weekend's list shows both,
    and a wrong stream is worse than a missing one.
    """
    text = _folded(title)
    if _FORMULA_1.search(text):
        return not _OTHER_SPORTS.search(text)
    if not _GRAND_PRIX.search(text) or _OTHER_SPORTS.search(text):
        return False
    return bool(_PLACES.search(text) or _SESSIONS.search(text))


def is_replay(title: str) -> bool:
    """Whether `title` is of something that is not live: a replay, highlights, a documentary."""
    return bool(_NOT_LIVE.search(_folded(title)))


def is_live_formula_1(title: str, about: str = "") -> bool:
    """Whether a stream is Formula 1 and live, by its title or else by what is said about it.

    The title has the last word: a MotoGP channel in a group named "F1 and more" is no Formula 1,
    and the channel of Formula 1 stays whatever it shows at the moment.
    """
    if is_formula_1(title):
        return not is_replay(title)
    if not about or not is_formula_1(about):
        return False
    return not (is_replay(title) or is_replay(about) or _OTHER_SPORTS.search(_folded(title)))


def quality_of(title: str) -> str | None:
    """The picture's quality where a title tells it, such as `1080p`, `4K` or `HD`."""
    found = _QUALITY.search(title.lower())
    if found is None:
        return None
    label = found[1]
    return _LABELS.get(label, label if label[:3].isdigit() else label.upper())


def readable(text: str) -> str:
    """`text` for a person: without control characters, one space for many, of bounded length."""
    return _UNREADABLE.sub(" ", text[: 4 * MAX_TITLE_CHARS]).strip()[:MAX_TITLE_CHARS].rstrip()
