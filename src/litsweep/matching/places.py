"""Where a publication stands: journal, volume and first page of two records, compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.matching.likeness import Likeness, fold

_SMALL: Final = frozenset(
    {"the", "of", "and", "in", "for", "on", "an", "a"}
    | {"de", "des", "du", "la", "le", "et", "der", "die", "und"}
)
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_NUMBER: Final = re.compile(r"[0-9]+")
_PAGE: Final = re.compile(r"([a-z]*)[\s.:]*0*([0-9]+)")
# "e0186401", "pp. 12", "ARTN 5": prefixes that some databases write and others leave out.
_NO_PREFIX: Final = frozenset({"e", "p", "pp", "artn", "art", "article", "no", "page", "pages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Names and ISSNs of the journal, as many as are known; volume and pages as printed."""

    journals: tuple[str, ...] = ()
    issns: tuple[str, ...] = ()
    volume: str | None = None
    pages: str | None = None


def compare_places(one: Place, other: Place) -> Likeness:
    """Tell whether two publications begin on the same page of the same volume.

    Volume and page outweigh the journal's name, which has too many forms. A journal alone,
    without a page, makes two places different and never alike.
    """
    volumes = _compare(_volume(one.volume), _volume(other.volume))
    pages = _compare(_first_page(one.pages), _first_page(other.pages))
    journals = compare_journals(one, other)
    if Likeness.DIFFERENT in (volumes, pages):
        return Likeness.DIFFERENT
    if volumes is pages is Likeness.ALIKE:
        return Likeness.ALIKE
    if journals is Likeness.DIFFERENT:
        return Likeness.DIFFERENT
    if pages is journals is Likeness.ALIKE:
        return Likeness.ALIKE
    return Likeness.UNKNOWN


def compare_journals(one: Place, other: Place) -> Likeness:
    """Compare journals by ISSN, by name and by abbreviation."""
    if set(map(_issn, one.issns)) & set(map(_issn, other.issns)):
        return Likeness.ALIKE
    if not one.journals or not other.journals:
        return Likeness.UNKNOWN
    found = {
        _compare_names(left, right)
        for left in map(_name, one.journals)
        for right in map(_name, other.journals)
    }
    for likeness in (Likeness.ALIKE, Likeness.UNKNOWN):
        if likeness in found:
            return likeness
    return Likeness.DIFFERENT


def _compare(one: str | None, other: str | None) -> Likeness:
    if one is None or other is None:
        return Likeness.UNKNOWN
    return Likeness.ALIKE if one == other else Likeness.DIFFERENT


def _volume(text: str | None) -> str | None:
    found = _NUMBER.search(text or "")
    return found[0].lstrip("0") if found else None


def _first_page(text: str | None) -> str | None:
    found = _PAGE.search((text or "").lower())
    if not found:
        return None
    return found[2] if found[1] in _NO_PREFIX else found[1] + found[2]


def _issn(text: str) -> str:
    return text.replace("-", "").strip().upper()


def _name(text: str) -> list[str]:
    words = [word for word in fold(_BRACKETS.sub(" ", text)) if word not in _SMALL]
    return words or fold(text)


def _compare_names(one: Sequence[str], other: Sequence[str]) -> Likeness:
    short, long = sorted((one, other), key=len)
    if not short:
        return Likeness.UNKNOWN
    if len(short) == len(long) and all(map(_is_abbreviation, short, long)):
        return Likeness.ALIKE
    if len(short) == 1 and short[0] == "".join(word[0] for word in long):
        return Likeness.ALIKE  # BMJ
    # "JAMA" and "JAMA: the journal of …", but also "Circulation" and "Circulation research".
    begins = all(map(_is_abbreviation, short, long))
    return Likeness.UNKNOWN if begins else Likeness.DIFFERENT


def _is_abbreviation(one: str, other: str) -> bool:
    """Tell whether the shorter's letters stand in the longer, in their order: natl, national."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)
