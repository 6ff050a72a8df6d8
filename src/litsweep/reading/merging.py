"""Several answers to one data item become its findings: the same once, different ones side by side.

An answer that disagrees with another is never dropped in its favour: both stay, flagged.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from litsweep.checks.words import content_words, words
from litsweep.domain.documents import Span
from litsweep.domain.readings import Check, Finding, FindingState, ValueMethod, Verdict
from litsweep.reading.candidates import Candidate
from litsweep.reading.sectioned import SectionedSentences

LISTS: Final = {"effect_estimates": 24, "outcomes": 12, "registration": 8}
"""The items of which a report gives several, with how many are kept."""
MOST_VALUES: Final = 3
"""How many different answers of any other item are kept."""
_DATA: Final = frozenset({"n", "estimate", "p", "number", "label"})
"""What is compared instead of the words, where it is there."""
# Two wordings with this share of the shorter one's words in common say the same: a model's, and
# two stretches of the report's own text.
_SAME_SHARE: Final = {ValueMethod.MODEL: 0.5, ValueMethod.RULE: 0.8}


def merge(item: str, candidates: Sequence[Candidate], text: SectionedSentences) -> list[Finding]:
    """Return the findings of an item of which at least one answer is there.

    Those of a list are in the order of the text; else the first is the best supported, and
    each is flagged where another says something else. Answers beyond the number that is kept
    are counted in a check of the last.
    """
    distinct = _distinct(candidates)
    if not any(candidate.value for candidate in distinct):
        distinct = distinct[:1]  # a second quotation says nothing that could differ
    else:
        distinct = [candidate for candidate in distinct if candidate.value]
    kept = distinct[: LISTS.get(item, MOST_VALUES)]
    if item in LISTS:
        kept = sorted(kept, key=lambda one: _place(one, text))
    elif len(kept) > 1:
        kept = [_flag_disagreement(one, kept, text) for one in kept]
    findings = [_build(item, candidate, text) for candidate in kept]
    if n_more := len(distinct) - len(kept):
        detail = f"{n_more} more of this item were found and are not listed."
        check = Check(name="completeness", verdict=Verdict.FLAG, detail=detail)
        findings[-1] = replace(findings[-1], checks=(*findings[-1].checks, check))
    return findings


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return each answer once, as its best supported candidate has it; the best come first."""
    distinct: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda one: (-one.support, one.position)):
        if not any(_is_same(candidate, other) for other in distinct):
            distinct.append(candidate)
    return distinct


def _is_same(one: Candidate, other: Candidate) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value and one.position == other.position
    if one.structured.keys() & _DATA:
        return one.structured == other.structured
    share = _SAME_SHARE.get(one.value_method or ValueMethod.RANKING, 1.0)
    ours, theirs = set(content_words(one.value)), set(content_words(other.value))
    smaller = min(len(ours), len(theirs))
    return words(one.value) == words(other.value) or (
        smaller > 0 and len(ours & theirs) >= share * smaller
    )


def _place(candidate: Candidate, text: SectionedSentences) -> tuple[int, int]:
    sentence = text.sentences[candidate.position].text
    return candidate.position, sentence.find(candidate.value or "")


def _flag_disagreement(
    candidate: Candidate, kept: Sequence[Candidate], text: SectionedSentences
) -> Candidate:
    others = "; ".join(
        f'"{other.value}" {_where(other, text)}' for other in kept if other is not candidate
    )
    check = Check(name="agreement", verdict=Verdict.FLAG, detail=f"Elsewhere it is {others}.")
    return replace(candidate, checks=(*candidate.checks, check))


def _where(candidate: Candidate, text: SectionedSentences) -> str:
    section = text.sections[candidate.position]
    span = text.sentences[candidate.position].span
    name = section.title or section.kind.value
    return f'in "{name}" (characters {span.start} to {span.end})'


def _build(item: str, candidate: Candidate, text: SectionedSentences) -> Finding:
    section = text.sections[candidate.position]
    quoted = candidate.quoted or range(candidate.position, candidate.position + 1)
    span = Span(text.sentences[quoted[0]].span.start, text.sentences[quoted[-1]].span.end)
    return Finding(
        data_item=item,
        state=FindingState.FOUND,
        quote=text.text[span.start : span.end],
        source=span,
        support=candidate.support,
        section=section.kind,
        section_title=section.title,
        value=candidate.value,
        value_method=candidate.value_method if candidate.value else None,
        structured=candidate.structured,
        generation=candidate.generation,
        checks=candidate.checks,
    )
