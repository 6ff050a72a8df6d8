"""What a data item is: a question to a report, and the wording by which reports answer it."""

import re
from dataclasses import dataclass

from litsweep.domain.documents import SectionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DataItem:
    """One data item.

    ``question`` is for people and prompts, ``answer`` for comparing. ``kinds`` are the sections in
    which reports answer it; ``own_kinds`` are sections about nothing else. ``cue`` is wording that
    speaks for a sentence, ``strong`` wording that does so for the report's own answer, ``against``
    wording of sentences that look alike and answer something else; ``proof`` settles it (a
    registration number); ``headings`` speaks for every sentence under such a section title. A
    sentence with none of them is never quoted. ``lead_in`` begins the sentence that a base model
    ends, and is set exactly for the items that a model puts into words: each costs a model call
    or two a report.
    """

    name: str
    question: str
    answer: str
    kinds: frozenset[SectionKind]
    own_kinds: frozenset[SectionKind]
    cue: re.Pattern[str]
    strong: re.Pattern[str] | None = None
    against: re.Pattern[str] | None = None
    headings: re.Pattern[str] | None = None
    proof: re.Pattern[str] | None = None
    lead_in: str | None = None

    @property
    def is_worded(self) -> bool:
        """Whether a model puts the item into words."""
        return self.lead_in is not None


def define(
    name: str,
    question: str,
    answer: str,
    kinds: tuple[SectionKind, ...],
    cue: str,
    *,
    own_kinds: tuple[SectionKind, ...] = (),
    strong: str | None = None,
    against: str | None = None,
    headings: str | None = None,
    proof: str | None = None,
    lead_in: str | None = None,
) -> DataItem:
    """Return the item with its patterns compiled; only that of ``proof`` minds capitals."""
    return DataItem(
        name=name,
        question=question,
        answer=answer,
        kinds=frozenset(kinds),
        own_kinds=frozenset(own_kinds),
        cue=re.compile(cue, re.IGNORECASE),
        strong=re.compile(strong, re.IGNORECASE) if strong else None,
        against=re.compile(against, re.IGNORECASE) if against else None,
        headings=re.compile(headings, re.IGNORECASE) if headings else None,
        proof=re.compile(proof) if proof else None,
        lead_in=lead_in,
    )
