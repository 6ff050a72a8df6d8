"""All tests of a text against its source, in one call."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from litsweep.checks.direction import turned_round
from litsweep.checks.entailment import check_entailment
from litsweep.checks.names import Known, exchanged_names, strange_names
from litsweep.checks.negation import denied_wrongly
from litsweep.checks.number_places import changed_units, lost_units, misplaced
from litsweep.checks.numbers import check_numbers
from litsweep.checks.slots import Comparison
from litsweep.checks.support import check_support
from litsweep.domain.documents import Sentence
from litsweep.domain.generations import EntailmentModel
from litsweep.domain.readings import Check, SupportedSentence, Verdict

_ALL_CLEAR: Final = {
    "units": "Every number has the unit that it has in the source.",
    "places": "Every number stands where the source has it.",
    "names": "Every name is in the source, and where the source has it.",
    "negation": "No negation was gained or lost.",
    "direction": "No direction was turned round.",
}


def check_faithfulness(
    sentences: Sequence[SupportedSentence],
    source: Sequence[Sentence],
    *,
    nli: EntailmentModel | None = None,
) -> tuple[Check, ...]:
    """Return the checks ``numbers``, ``support`` and those of `_ALL_CLEAR`, ``entailment`` last.

    ``source`` are the sentences in which support was sought; a number or name may stand in any of
    them. ``entailment`` is there with a model only. A text without sentences has nothing to be
    tested.
    """
    if not sentences:
        return ()
    texts = [sentence.text for sentence in sentences]
    given = [sentence.text for sentence in source]
    return (
        *check_numbers(texts, "\n".join(given)),
        *check_support(sentences),
        *_check_places(texts, given),
        *(check_entailment(sentences, source, nli) if nli else ()),
    )


def _check_places(texts: Sequence[str], source: Sequence[str]) -> Iterator[Check]:
    known = Known(source)
    verbatim = frozenset(source)  # a whole sentence of the source stands where it stands
    comparisons = {
        position: Comparison(text, source)
        for position, text in enumerate(texts)
        if text not in verbatim
    }
    tests: dict[str, Callable[[Comparison], Iterator[str]]] = {
        "units": lambda one: _units(one, source),
        "places": _places,
        "names": lambda one: _names(one, known),
        "negation": lambda one: denied_wrongly(one, source),
        "direction": _directions,
    }
    for name, find in tests.items():
        flags = [
            Check(name=name, verdict=Verdict.FLAG, detail=detail, sentence_position=position)
            for position, comparison in comparisons.items()
            if (detail := " ".join(dict.fromkeys(find(comparison))))
        ]
        yield from flags or [Check(name=name, verdict=Verdict.PASS, detail=_ALL_CLEAR[name])]


def _units(comparison: Comparison, source: Sequence[str]) -> Iterator[str]:
    for said, units in changed_units(comparison.text, source):
        yield f'"{said}" is here where the source has {units}.'
    for number, unit in lost_units(comparison):
        yield f'"{number.text}" is here where the source has "{number.text} {unit.text}".'


def _places(comparison: Comparison) -> Iterator[str]:
    for said, given in misplaced(comparison):
        yield f'"{said.text}" is here where the source has "{given.text}".'


def _names(comparison: Comparison, known: Known) -> Iterator[str]:
    if strange := dict.fromkeys(token.text for token in strange_names(comparison, known)):
        yield f"Not in the source: {', '.join(strange)}."
    for said, given in exchanged_names(comparison, known):
        yield f'"{said.text}" is here where the source has "{given.text}".'


def _directions(comparison: Comparison) -> Iterator[str]:
    for said, given in turned_round(comparison):
        yield f'"{said.text}" is here where the source has "{given.text}".'
