"""Which records are of one publication, and why.

Same DOI or PMCID, unless the titles say otherwise; or the same title, first author and year.
Precision comes first: a wrong merge hides a record, a missed one shows a record twice. What
a database holds, and which record of a pair is kept, is not known here. The same PMID makes
one record from the start.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from litsweep.matching.likeness import Likeness
from litsweep.matching.people import compare_authors
from litsweep.matching.places import Place, compare_journals, compare_places
from litsweep.matching.titles import Comparison, Wording, compare_titles, fold_title, is_telling

# Tested by benchmarks/duplicates.py.
TITLE_THRESHOLD: Final = 0.85
IDENTIFIER_THRESHOLD: Final = 0.7

# Publication types of what is about another publication, or an earlier form of it (MeSH UIs).
_ABOUT_ANOTHER: Final = frozenset(
    {
        "D016420",  # Comment
        "D016425",  # Published Erratum
        "D016440",  # Retraction Notice
        "D000075742",  # Expression of Concern
        "D000076942",  # Preprint
    }
)
# The first words by which such a title gives itself away; "retracted: …" is the article itself.
_OPENINGS: Final = {
    "erratum": "erratum",
    "errata": "erratum",
    "corrigendum": "erratum",
    "corrigenda": "erratum",
    "correction": "erratum",
    "addendum": "erratum",
    "retraction": "retraction notice",
    "reply": "comment",
    "re": "comment",
    "response": "comment",
    "comment": "comment",
    "commentary": "comment",
}
_SECOND_WORDS: Final = frozenset({"correction", "reply", "response", "comment", "erratum"})
_COCHRANE: Final = Place(
    journals=("Cochrane Database of Systematic Reviews", "Cochrane Database Syst Rev"),
    issns=("1469-493X", "1361-6137"),
)


class Rule(StrEnum):
    """What gave a duplicate away."""

    DOI = "doi"
    """The same DOI, and titles that do not contradict it."""
    PMCID = "pmcid"
    """The same PMCID, and titles that do not contradict it."""
    TITLE = "title"
    """The same title, first author and year, and nothing that contradicts it."""
    PERSON = "person"
    """A person said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKey:
    """What a record is compared by.

    ``doi`` as `find_doi` gives it. ``first_author`` as a citation gives the name.
    ``vernacular_title`` is the title in its own language. ``publication_type_uis`` are MeSH's,
    empty where a source gives none. ``linked_pmids`` are those that the record itself points
    at: what it corrects, comments on, updates or is a preprint of.
    """

    record_id: int
    pmid: int | None = None
    doi: str | None = None
    pmcid: str | None = None
    title: str = ""
    vernacular_title: str | None = None
    first_author: str | None = None
    year: int | None = None
    place: Place = field(default_factory=Place)
    publication_type_uis: frozenset[str] = frozenset()
    linked_pmids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePair:
    """Two records of one publication; ``score`` is how alike the titles are, 0 to 1."""

    record_id: int
    other_id: int
    rule: Rule
    score: float
    reason: str


def find_duplicates(
    new: MatchKey, candidates: Iterable[MatchKey], *, title_threshold: float = TITLE_THRESHOLD
) -> list[DuplicatePair]:
    """Return the candidates that are of the same publication as ``new``, with the reason."""
    found = []
    for other in candidates:
        if other.record_id == new.record_id or _are_told_apart(new, other):
            continue
        titles = _compare_titles(new, other)
        pair = _by_identifier(new, other, titles)
        pair = pair or _by_title(new, other, titles, title_threshold)
        if pair is not None:
            found.append(pair)
    return found


def _are_told_apart(one: MatchKey, other: MatchKey) -> bool:
    """Tell whether the records themselves say that they are two publications."""
    if other.pmid in one.linked_pmids or one.pmid in other.linked_pmids:
        return True
    if _opening(one.title) != _opening(other.title):
        return True
    if one.publication_type_uis and other.publication_type_uis and _differ_in_type(one, other):
        return True
    # Versions of a Cochrane review share title, authors and, the oldest ones, the DOI.
    return one.pmid is not None and other.pmid is not None and _is_cochrane(one)


def _by_identifier(one: MatchKey, other: MatchKey, titles: Comparison) -> DuplicatePair | None:
    if one.doi is not None and one.doi == other.doi:
        rule, identifier = Rule.DOI, f"DOI {one.doi}"
    elif one.pmcid is not None and one.pmcid == other.pmcid:
        rule, identifier = Rule.PMCID, one.pmcid
    else:
        return None
    # The abstracts of a congress share the DOI of their supplement, and often their titles'
    # words: then volume and page must not differ.
    same_place = compare_places(one.place, other.place)
    if titles.wording is Wording.OTHER:
        is_same = titles.score >= IDENTIFIER_THRESHOLD and same_place is Likeness.ALIKE
    elif _are_telling(one, other):
        is_same = True
    else:
        is_same = same_place is not Likeness.DIFFERENT
    if not is_same:
        return None
    return _pair(one, other, rule, titles, f"same {identifier}, {_describe(titles)}")


def _by_title(
    one: MatchKey, other: MatchKey, titles: Comparison, threshold: float
) -> DuplicatePair | None:
    if titles.wording is Wording.OTHER or _contradict(one, other):
        return None
    authors = compare_authors(one.first_author, other.first_author)
    place = compare_places(one.place, other.place)
    if Likeness.DIFFERENT in (authors, place):
        return None
    if place is Likeness.ALIKE:
        is_same = _is_same_there(one, other, titles, authors, threshold)
    else:
        is_same = _is_same_anywhere(one, other, titles, authors)
    if not is_same:
        return None
    where = "same volume and first page" if place is Likeness.ALIKE else "same year"
    who = "same first author" if authors is Likeness.ALIKE else "no first author to compare"
    return _pair(one, other, Rule.TITLE, titles, f"{_describe(titles)}, {who}, {where}")


def _is_same_there(
    one: MatchKey, other: MatchKey, titles: Comparison, authors: Likeness, threshold: float
) -> bool:
    """Judge two records that begin on the same page of the same volume."""
    # Print follows the online edition by a year at most.
    if one.year is not None and other.year is not None and abs(one.year - other.year) > 1:
        return False
    if not _are_telling(one, other):
        # Several letters under "Reply" stand on one page.
        are_both_pubmed = one.pmid is not None and other.pmid is not None
        return titles.wording is Wording.SAME and authors is Likeness.ALIKE and not are_both_pubmed
    return titles.wording is not Wording.SPELLED or titles.score >= threshold


def _is_same_anywhere(
    one: MatchKey, other: MatchKey, titles: Comparison, authors: Likeness
) -> bool:
    """Judge two records of which one gives no page: then every word of the title must agree."""
    return (
        titles.wording is Wording.SAME
        and authors is Likeness.ALIKE
        and one.year is not None
        and one.year == other.year
        and _are_telling(one, other)
        and not _differ_in_type(one, other)
        and (one.pmid is None or other.pmid is None)
    )


def _pair(
    one: MatchKey, other: MatchKey, rule: Rule, titles: Comparison, reason: str
) -> DuplicatePair:
    return DuplicatePair(
        record_id=one.record_id,
        other_id=other.record_id,
        rule=rule,
        score=titles.score,
        reason=reason,
    )


def _compare_titles(one: MatchKey, other: MatchKey) -> Comparison:
    """Compare the titles, each also with the other's title in its own language."""
    pairs = [(one.title, other.title)]
    pairs += [(one.vernacular_title, other.title)] if one.vernacular_title else []
    pairs += [(one.title, other.vernacular_title)] if other.vernacular_title else []
    found = [compare_titles(fold_title(left), fold_title(right or "")) for left, right in pairs]
    return max(found, key=lambda each: (each.wording is not Wording.OTHER, each.score))


def _contradict(one: MatchKey, other: MatchKey) -> bool:
    """Tell whether identifiers say that they are two, in spite of their titles."""
    if one.doi is not None and other.doi is not None and one.doi != other.doi:
        return True
    if one.pmcid is not None and other.pmcid is not None and one.pmcid != other.pmcid:
        return True
    if one.year != other.year and (_is_cochrane(one) or _is_cochrane(other)):
        return True
    if one.pmid is None or other.pmid is None:
        return False
    # PubMed seldom lists a publication twice, and then in one journal.
    return compare_journals(one.place, other.place) is not Likeness.ALIKE


def _opening(title: str) -> str | None:
    """Return what a title says first of itself: that it is an erratum, a comment, …"""
    first, second = (*fold_title(title), "", "")[:2]
    if (first, second) == ("expression", "of"):
        return "expression of concern"
    # "Author correction", "Authors' reply", "Publisher correction".
    if first in {"author", "authors", "publisher"} and second in _SECOND_WORDS:
        first = second
    return _OPENINGS.get(first)


def _differ_in_type(one: MatchKey, other: MatchKey) -> bool:
    return bool(_ABOUT_ANOTHER & (one.publication_type_uis ^ other.publication_type_uis))


def _is_cochrane(key: MatchKey) -> bool:
    return compare_journals(key.place, _COCHRANE) is Likeness.ALIKE


def _are_telling(one: MatchKey, other: MatchKey) -> bool:
    return is_telling(fold_title(one.title)) and is_telling(fold_title(other.title))


def _describe(titles: Comparison) -> str:
    if titles.wording is Wording.SAME:
        return "same title"
    if titles.wording is Wording.BEGINS:
        return "one title begins the other"
    return f"titles {titles.score:.0%} alike"
