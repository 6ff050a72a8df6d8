"""Answers that rules take from a report's sentences: numbers, names and intervals as printed.

A rule sees one sentence; which sections it may speak for, and how far it is believed there, is
decided here.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from litsweep.domain.documents import Section, SectionKind
from litsweep.domain.readings import ValueMethod
from litsweep.reading.candidates import Candidate
from litsweep.reading.items import ITEMS
from litsweep.reading.rules.effects import Effect, find_effects
from litsweep.reading.rules.outcomes import find_outcomes
from litsweep.reading.rules.registration import find_registrations
from litsweep.reading.rules.sample_sizes import SampleRole, find_sample_sizes
from litsweep.reading.sectioned import SectionedSentences

RULED: Final = frozenset(
    {
        "sample_size",
        "n_randomised",
        "n_analysed",
        "primary_outcome",
        "outcomes",
        "effect_estimates",
        "registration",
    }
)
"""The items that rules answer."""
_ITEM_OF: Final = {
    SampleRole.RANDOMISED: "n_randomised",
    SampleRole.ANALYSED: "n_analysed",
    SampleRole.INCLUDED: "sample_size",
}
_OF_OTHERS: Final = frozenset({SectionKind.INTRODUCTION, SectionKind.DISCUSSION})
_APART: Final = frozenset({SectionKind.TABLE, SectionKind.FIGURE, SectionKind.SUPPLEMENT})
_SUMMED_UP: Final = frozenset({SectionKind.ABSTRACT, SectionKind.TITLE})
_IN_SUM: Final = re.compile(r"\b(?:total|overall|altogether|in all|final(?:ly)?|whole)\b", re.I)
_PART: Final = re.compile(
    r"\b(?:subgroup|subset|of (?:these|them|whom|those)|remaining|other)\b", re.I
)
_BASE: Final = 0.7
_BONUS: Final = 0.15


def rule_candidates(
    text: SectionedSentences, positions: Iterable[int]
) -> dict[str, list[Candidate]]:
    """Return what the rules find in the sentences at ``positions``, by item, in text order."""
    found: dict[str, list[Candidate]] = {name: [] for name in sorted(RULED)}
    for position in positions:
        sentence, section = text.sentences[position].text, text.sections[position]
        for name, candidate in (
            *_registrations(sentence, section, position),
            *_measurements(sentence, section, position),
        ):
            found[name].append(candidate)
    return found


def _candidate(
    position: int, support: float, value: str, structured: dict[str, object]
) -> Candidate:
    return Candidate(
        position=position,
        support=round(min(max(support, 0.0), 1.0), 3),
        value=value,
        value_method=ValueMethod.RULE,
        structured=structured,
    )


def _registrations(
    sentence: str, section: Section, position: int
) -> Iterator[tuple[str, Candidate]]:
    """Yield the numbers of a sentence that speaks of a registration, or stands where one would."""
    item = ITEMS["registration"]
    speaks = item.cue.search(sentence) or (item.headings and item.headings.search(section.title))
    is_home = section.kind in item.kinds or section.kind is SectionKind.FUNDING
    if section.kind in _APART or not (is_home or (speaks and section.kind not in _OF_OTHERS)):
        return
    for one in find_registrations(sentence):
        structured: dict[str, object] = {"registry": one.registry, "number": one.number}
        support = 1.0 if speaks else _BASE
        yield "registration", _candidate(position, support, one.number, structured)


def _measurements(
    sentence: str, section: Section, position: int
) -> Iterator[tuple[str, Candidate]]:
    if section.kind in _OF_OTHERS or section.kind is SectionKind.SUPPLEMENT:
        return
    if section.kind not in {SectionKind.FIGURE, SectionKind.METHODS}:
        yield from _effects(sentence, section, position)
    if section.kind not in _APART:
        yield from _sample_sizes(sentence, section, position)
        yield from _outcomes(sentence, section, position)


def _sample_sizes(
    sentence: str, section: Section, position: int
) -> Iterator[tuple[str, Candidate]]:
    for one in find_sample_sizes(sentence):
        said = sentence[one.start : one.end]
        support = (
            _BASE
            + _BONUS * (section.kind in _SUMMED_UP or section.kind is SectionKind.RESULTS)
            + _BONUS * (_IN_SUM.search(sentence) is not None)
            - _BONUS * (_PART.search(sentence) is not None)
        )
        yield _ITEM_OF[one.role], _candidate(position, support, said, {"n": one.n})


def _outcomes(sentence: str, section: Section, position: int) -> Iterator[tuple[str, Candidate]]:
    for one in find_outcomes(sentence):
        said = sentence[one.start : one.end]
        is_at_home = section.kind in {*_SUMMED_UP, SectionKind.METHODS}
        if not (is_at_home or one.role):
            continue
        support = _BASE + _BONUS * is_at_home + _BONUS * bool(one.role)
        structured: dict[str, object] = {"time_points": list(one.time_points)}
        if one.role:
            structured = {"role": one.role, **structured}
        candidate = _candidate(position, support, said, structured)
        yield "outcomes", candidate
        if one.role == "primary":
            yield "primary_outcome", candidate


def _effects(sentence: str, section: Section, position: int) -> Iterator[tuple[str, Candidate]]:
    for one in find_effects(sentence):
        is_row = section.kind is SectionKind.TABLE
        if is_row and (one.measure is None or one.ci_low is None):
            continue  # the measure of a bare row stands in the table's head
        said = sentence[one.start : one.end]
        support = _strength(one) + 0.05 * (section.kind in _SUMMED_UP) - 0.1 * is_row
        yield "effect_estimates", _candidate(position, support, said, dict(one.as_json()))


def _strength(effect: Effect) -> float:
    """Return how complete an estimate is: a p value alone tells no effect."""
    if effect.estimate is None:
        return 0.5
    return 0.7 + 0.15 * (effect.ci_low is not None) + 0.1 * (effect.p is not None)
