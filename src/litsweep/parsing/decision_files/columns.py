"""The columns of a table of decisions, by the names that tools and people give them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.parsing.decision_files.asreview import LABEL_PREFIX

# The first that a table has is taken. ASReview's own label comes before the one that the
# file had when it was given to ASReview (its list: asreview/data/record.py).
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "pmid": ("pmid", "pubmed_id", "pubmedid", "pubmed", "pm_id"),
    "doi": ("doi",),
    "url": ("url", "urls", "link"),
    "title": ("title", "primary_title", "article_title", "document_title"),
    "year": ("year", "publication_year", "published_year", "pub_year", "date", "py"),
    "decision": (
        "asreview_label",
        "decision",
        "screening_decision",
        "included",
        "label",
        "final_included",
        "label_included",
        "included_label",
        "included_final",
        "included_flag",
        "include",
        "inclusion",
        "verdict",
        "vote",
    ),
    "reviewer": (
        "asreview_user_name",
        "asreview_user_email",
        "reviewer",
        "reviewer_name",
        "screener",
        "decided_by",
        "screened_by",
        "rater",
        "user",
    ),
    "reason": (
        "exclusion_reason",
        "reason",
        "exclusion_reasons",
        "reason_for_exclusion",
        "reasons",
    ),
    "note": (
        "asreview_note",
        "exported_notes_1",  # ASReview LAB 1
        "note",
        "reviewer_note",
        "comment",
        "comments",
    ),
    "labels": ("labels", "tags"),
    "time": ("asreview_time", "decided_at", "screened_at", "timestamp"),
}
NOTES: Final = "notes"
"""Where Rayyan writes; anywhere else it may be anybody's notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where in a row each thing stands; ``labels`` are the columns that are a label each."""

    places: Mapping[str, int]
    labels: Mapping[str, int]
    names: tuple[str, ...]

    def read(self, row: Sequence[str], name: str) -> str:
        """Return a cell, empty where the table has no such column or the row is too short."""
        place = self.places.get(name)
        return row[place] if place is not None and place < len(row) else ""

    @property
    def has_identity(self) -> bool:
        """Whether there is anything to find a record by."""
        return not {"pmid", "doi", "title"}.isdisjoint(self.places)

    @property
    def is_asreview(self) -> bool:
        """Whether ASReview wrote the table."""
        return any(name.startswith("asreview_") for name in self.names)


def find_columns(header: Sequence[str]) -> Columns:
    """Return where the columns are; a name that stands twice is the first one's."""
    names = [_fold(name) for name in header]
    first = {name: place for place, name in reversed(list(enumerate(names)))}
    places = {
        meaning: first[next(name for name in known if name in first)]
        for meaning, known in _NAMES.items()
        if any(name in first for name in known)
    }
    if NOTES in first:
        places[NOTES] = first[NOTES]
    labels = {
        name.removeprefix(LABEL_PREFIX): place
        for name, place in first.items()
        if name.startswith(LABEL_PREFIX)
    }
    return Columns(places=places, labels=labels, names=tuple(names))


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
