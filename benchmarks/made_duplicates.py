"""Records as other databases would write them, and others that are alike and not the same.

Both are made from real records by changing one thing at a time, so that what a rule misses has
a name. Which change a record gets is decided by its PMID alone.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from litsweep.matching.duplicates import MatchKey
from litsweep.matching.places import Place

Change = Callable[[MatchKey], MatchKey]

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa"})
_SPELLINGS: Final = (
    ("ization", "isation"),
    ("izing", "ising"),
    ("ized", "ised"),
    ("tumor", "tumour"),
    ("anemi", "anaemi"),
    ("hemo", "haemo"),
    ("pediatr", "paediatr"),
    ("behavior", "behaviour"),
    ("estrogen", "oestrogen"),
)
_GREEK: Final = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "μ": "mu"}


def bare(key: MatchKey) -> MatchKey:
    """Take the identifiers away, as an export that gives none."""
    return replace(
        key,
        record_id=-key.record_id,
        pmid=None,
        doi=None,
        pmcid=None,
        publication_type_uis=frozenset(),
        linked_pmids=frozenset(),
    )


def without_page(key: MatchKey) -> MatchKey:
    """Take volume and pages away, as of an article in press."""
    return replace(key, place=replace(key.place, volume=None, pages=None))


def _title(change: Callable[[str], str]) -> Change:
    return lambda key: replace(key, title=change(key.title))


def _author(change: Callable[[str], str]) -> Change:
    return lambda key: replace(key, first_author=key.first_author and change(key.first_author))


def _quote(title: str) -> str:
    return title.replace("'", "’").replace('"', "“").replace("-", "–")


def _respell(title: str) -> str:
    for american, british in _SPELLINGS:
        title = title.replace(american, british)
    return title


def _name_greek(title: str) -> str:
    return "".join(_GREEK.get(letter, letter) for letter in title)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _turn(name: str) -> str:
    family, _, initials = name.rpartition(" ")
    return f"{family}, {'. '.join(initials)}." if family else name


def _misspell(title: str) -> str:
    middle = len(title) * 2 // 3
    return title[:middle] + title[middle + 1 :]


# Changes that leave the publication the same.
SAME: Final[dict[str, Change]] = {
    "as it is": lambda key: key,
    "capital letters": _title(str.upper),
    "brackets, no final stop": _title(lambda title: title.strip("[].")),
    "entities": _title(lambda title: html.escape(title).replace("é", "&eacute;")),
    "typographic quotes, dashes": _title(_quote),
    "no hyphens": _title(lambda title: title.replace("-", " ")),
    "Greek letters named": _title(_name_greek),
    "British spelling": _title(_respell),
    "no accents": lambda key: _author(_plain)(_title(_plain)(key)),
    "umlauts spelled out": _author(lambda name: name.translate(_UMLAUTS)),
    "author with comma and stops": _author(_turn),
    "author without initials": _author(lambda name: name.rpartition(" ")[0] or name),
    "cut after 80 letters": _title(lambda title: title[:80]),
    "subtitle left out": _title(lambda title: re.split(r"[:.?] ", title)[0]),
    "a letter lost": _title(_misspell),
    "a year later": lambda key: replace(key, year=key.year and key.year + 1),
    "journal abbreviated": lambda key: replace(
        key, place=replace(key.place, journals=key.place.journals[-1:], issns=())
    ),
}


def _go_on(more: str) -> Change:
    # What ends in brackets may be a remark of the database: nothing can be put behind it.
    return _title(
        lambda title: title if title.endswith(("]", ")", ").")) else f"{title.rstrip('.')}{more}"
    )


def _erratum(key: MatchKey) -> MatchKey:
    return replace(key, title=f"Erratum to: {key.title}")


def _abstract(key: MatchKey) -> MatchKey:
    place = Place(journals=("Annual Congress Book",), volume="3", pages="S77")
    return replace(key, place=place)


def _swap_last(title: str) -> str:
    words = title.rstrip(".").split()
    if not words or title.endswith(("]", ")", ").")):
        return title
    return " ".join([*words[:-1], "rats" if words[-1].lower() == "mice" else "mice"])


# Changes that make another publication of the same first author and year.
OTHER: Final[dict[str, Change]] = {
    "its erratum": _erratum,
    "a reply to it": _title(lambda title: f"Reply: {title}"),
    "its second part": _go_on(" II."),
    "another year in the title": _go_on(" 2031."),
    "its congress abstract": _abstract,
    "the next volume": lambda key: (
        replace(key, place=replace(key.place, volume="9999")) if key.place.volume else key
    ),
    "another last word": _title(_swap_last),
    "its protocol": lambda key: without_page(
        replace(key, title=f"{key.title.rstrip('.]')}: study protocol")
    ),
    "another first author": _author(lambda _: "Qwertz X"),
    "two years on": lambda key: replace(key, year=key.year and key.year + 2),
}


def make(key: MatchKey, changes: dict[str, Change]) -> Iterator[tuple[str, MatchKey]]:
    """Yield every change of ``key`` that changes anything, by name, without identifiers."""
    origin = bare(key)
    for name, change in changes.items():
        changed = change(origin)
        if changed != origin or name == "as it is":
            yield name, changed
