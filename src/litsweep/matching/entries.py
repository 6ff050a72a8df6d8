"""Which stored record an entry of another tool's file is: by PMID, else DOI, else title and year.

A decision about the wrong record hides one, so that what is in doubt is left to a person. What
a database holds, and what is decided, is not known here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from litsweep.domain.decision_files import DecisionEntry
from litsweep.matching.titles import Wording, compare_titles, fold_title, is_telling

# Less alike are titles of two publications: a PMID or DOI that slipped into another row.
# Translated or shortened titles of one publication share more letters.
_LEAST_ALIKE: Final = 0.45
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """What a record of the topic is known by; ``kept_id`` is itself, unless it is a duplicate."""

    record_id: int
    kept_id: int
    pmid: int | None
    doi: str | None
    title: str
    year: int | None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"PMID {self.pmid}" if self.pmid is not None else f"record r{self.record_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The record that an entry is, or the reason why none was chosen."""

    record_id: int | None = None
    reason: str | None = None


def match_entry(entry: DecisionEntry, candidates: Iterable[StoredEntry]) -> Match:
    """Return which of ``candidates`` the entry is; they share its PMID, DOI or title's beginning.

    Of several that are marked as duplicates of one another it is the kept one. A record with
    another PMID, or found by its title with another DOI, is another publication.
    """
    candidates = [one for one in candidates if entry.pmid is None or one.pmid in (None, entry.pmid)]
    for find, named in (
        (_by_pmid, f"PMID {entry.pmid}"),
        (_by_doi, f"DOI {entry.doi}"),
        (_by_title, "this title"),
    ):
        if found := find(entry, candidates):
            return _choose(entry, found, named, is_checked=find is _by_title)
    return Match(reason=_explain_none(entry))


_Find = Callable[[DecisionEntry, Sequence[StoredEntry]], list[StoredEntry]]


def _by_pmid(entry: DecisionEntry, candidates: Sequence[StoredEntry]) -> list[StoredEntry]:
    return [one for one in candidates if entry.pmid is not None and one.pmid == entry.pmid]


def _by_doi(entry: DecisionEntry, candidates: Sequence[StoredEntry]) -> list[StoredEntry]:
    found = [one for one in candidates if entry.doi is not None and one.doi == entry.doi]
    # The abstracts of a congress share the DOI of their supplement.
    titled = _same_title(entry, found)
    return titled if len(found) > 1 and titled else found


def _by_title(entry: DecisionEntry, candidates: Sequence[StoredEntry]) -> list[StoredEntry]:
    found = [
        one
        for one in _same_title(entry, candidates)
        if entry.doi is None or one.doi in (None, entry.doi)
    ]
    # Print follows the online edition by a year at most.
    near = [one for one in found if _distance(entry, one) <= 1]
    exact = [one for one in near if _distance(entry, one) == 0]
    if is_telling(fold_title(entry.title)):
        return exact or near
    # A short title, such as "Zinc and asthma", needs a year that says the same.
    return [one for one in exact if entry.year is not None and entry.year == one.year]


def _same_title(entry: DecisionEntry, candidates: Sequence[StoredEntry]) -> list[StoredEntry]:
    folded = _fold(entry.title)
    return [one for one in candidates if folded and _fold(one.title) == folded]


# A title such as "Letter to the editor" is compared with each of its namesakes for every entry.
@lru_cache(maxsize=1 << 13)
def _fold(title: str) -> str:
    return "".join(fold_title(title))


def _distance(entry: DecisionEntry, stored: StoredEntry) -> int:
    if entry.year is None or stored.year is None:
        return 0
    return abs(entry.year - stored.year)


def _choose(
    entry: DecisionEntry, found: Sequence[StoredEntry], named: str, *, is_checked: bool
) -> Match:
    if len({one.kept_id for one in found}) > 1:
        names = ", ".join(one.name for one in found[:5])
        return Match(
            reason=f"{len(found)} records of the topic have {named} ({names}): in doubt which."
        )
    one = min(found, key=lambda each: (each.record_id != each.kept_id, each.record_id))
    if not is_checked and _is_other_title(entry.title, one.title):
        return Match(
            reason=f"{one.name} has {named}, but another title: “{one.title[:_SHOWN]}”. One of "
            "the two is wrong in the file."
        )
    return Match(record_id=one.record_id)


def _is_other_title(one: str, other: str) -> bool:
    words = fold_title(one), fold_title(other)
    if not all(map(is_telling, words)):
        return False
    compared = compare_titles(*words)
    return compared.wording is Wording.OTHER and compared.score < _LEAST_ALIKE


def _explain_none(entry: DecisionEntry) -> str:
    named = [f"PMID {entry.pmid}"] if entry.pmid is not None else []
    named += [f"DOI {entry.doi}"] if entry.doi is not None else []
    if is_telling(fold_title(entry.title)):
        named.append("this title" if entry.year is None else f"this title of {entry.year}")
    elif not named:
        return "It has neither PMID nor DOI, and its title says too little to find a record by."
    return f"No record of the topic has {' or '.join(named)}."
