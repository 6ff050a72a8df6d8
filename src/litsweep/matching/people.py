"""First authors compared, in whatever form a database writes a name."""

import re
from dataclasses import dataclass
from typing import Final

from litsweep.matching.likeness import Likeness, fold, is_one_edit

_PARTICLES: Final = frozenset(
    {"al", "ap", "ben", "bin", "da", "dal", "de", "del", "den", "der", "di", "dos", "du", "el"}
    | {"ibn", "la", "las", "le", "los", "st", "ten", "ter", "van", "von", "y", "zu"}
)
_SUFFIXES: Final = frozenset({"jr", "sr", "2nd", "3rd", "4th", "ii", "iii"})
_GROUP: Final = re.compile(
    r"\b(?:group|stud(?:y|ies)|consortium|committee|collaborat\w*|society|association|network|"
    r"investigators|college|academy|institute|organi[sz]ation|team|trialists|force|panel|center|"
    r"centre|initiative|council|project|program\w*|department|university|subcommittee|alliance)\b",
    re.IGNORECASE,
)
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.?[- ]?){1,4}")
_LEAST_EDITED: Final = 6


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart; ``initials`` is empty where the order of its parts is unknown.

    ``joined`` is the family name in one word, with what ``family`` leaves out: Al-Sayed.
    """

    family: tuple[str, ...]
    joined: str
    given: tuple[str, ...]
    initials: str


def compare_authors(one: str | None, other: str | None) -> Likeness:
    """Compare the names of two authors: ``Osler W``, ``Osler, William``, ``William Osler``.

    A group beside a person says nothing: databases differ in whom they list first.
    """
    if not one or not other:
        return Likeness.UNKNOWN
    if _GROUP.search(one) or _GROUP.search(other):
        return _compare_groups(one, other)
    left, right = _take_apart(one), _take_apart(other)
    if not left.family or not right.family or _is_latin(left) != _is_latin(right):
        return Likeness.UNKNOWN
    alike = _share_family(left, right) and _share_initial(left, right)
    return Likeness.ALIKE if alike or _are_turned(left, right) else Likeness.DIFFERENT


def _compare_groups(one: str, other: str) -> Likeness:
    if not (_GROUP.search(one) and _GROUP.search(other)):
        return Likeness.UNKNOWN
    left, right = set(fold(one)), set(fold(other))
    is_alike = 2 * len(left & right) >= min(len(left), len(right)) + 1
    return Likeness.ALIKE if is_alike else Likeness.DIFFERENT


def _take_apart(name: str) -> _Name:
    family, comma, given = name.partition(",")
    if not comma:
        words = [word for word in name.split() if word.lower().strip(".") not in _SUFFIXES]
        n_family = len(words)
        # "Osler W", "Lisak R. A.": initials stand last and are capitals.
        while n_family > 1 and _is_initials(words[n_family - 1]):
            n_family -= 1
        family, given = " ".join(words[:n_family]), " ".join(words[n_family:])
    given_words = tuple(_words(given))
    letters = "".join(part[0] for part in given_words)
    if comma and any(len(word) == 1 for word in _words(family)):
        # "J., Kass N.", "Golde T. E., DeKosky": a list of authors taken for one name.
        return _Name(_family(f"{family} {given}"), "", (), "")
    return _Name(_family(family), "".join(_words(family)), given_words, letters)


def _is_initials(word: str) -> bool:
    return word.isupper() and len(word.replace(".", "").replace("-", "")) <= 3


def _family(text: str) -> tuple[str, ...]:
    words = _words(text)
    kept = tuple(word for word in words if word not in _PARTICLES and word not in _SUFFIXES)
    return kept or tuple(words)


def _words(text: str) -> list[str]:
    """Return the words of a name, umlauts and rings the same whether drawn or spelled out."""
    found = []
    for word in fold(text):
        for spelled, letter in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("æ", "a")):
            word = word.replace(spelled, letter)
        found.append(word)
    return found


def _is_latin(name: _Name) -> bool:
    return all(word.isascii() for word in name.family)


def _share_family(one: _Name, other: _Name) -> bool:
    if {word for word in one.family if len(word) > 1} & set(other.family):
        return True
    left, right = one.joined, other.joined
    is_long = min(len(left), len(right)) >= _LEAST_EDITED
    return left == right or (is_long and is_one_edit(left, right))


def _share_initial(one: _Name, other: _Name) -> bool:
    if not one.initials or not other.initials:
        return True
    return one.initials[0] == other.initials[0]


def _are_turned(one: _Name, other: _Name) -> bool:
    """Tell whether one has as given name what the other has as family name, and the reverse."""
    return bool(
        one.given
        and other.given
        and set(one.family) <= set(other.given)
        and set(other.family) <= set(one.given)
    )
