"""What a language model makes of the passages of reports: words for some items, a design's label.

It asks for all reports in one call each; a passage that fails costs only its own answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from litsweep.domain.generations import Engine, EntailmentModel, Generation, SentenceEncoder
from litsweep.domain.readings import ValueMethod
from litsweep.errors import ModelError
from litsweep.reading.appraising import Report
from litsweep.reading.candidates import Candidate
from litsweep.reading.design_ranking import DESIGN, rank_designs
from litsweep.reading.items import DATA_ITEMS, ITEMS
from litsweep.reading.labelling import Labelling, label_by_ranking, label_by_wording
from litsweep.reading.quoting import Quote
from litsweep.reading.wording import Passage, Wording, word_passages

_MOST_WINDOWS: Final = 2
"""In how many windows at most one item is put into words."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one report by item, and why some are missing."""

    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def generations(self) -> list[Generation]:
        """Every model call behind them, also where its answer is not kept."""
        made = (one.generation for group in self.candidates.values() for one in group)
        return [generation for generation in made if generation is not None]


def answer(
    reports: Sequence[Report],
    *,
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    max_new_tokens: int,
    nli: EntailmentModel | None = None,
) -> list[Answers]:
    """Return what wording and, where one is routed, the model answer for each report."""
    answers = [Answers() for _ in reports]
    labellings = [label_by_wording(one.text, one.cut.positions) for one in reports]
    for labelling, own in zip(labellings, answers, strict=True):
        if labelling.candidate is not None:
            own.candidates[DESIGN] = [labelling.candidate]
    if engine is not None:
        _word(reports, answers, engine, encoder, max_new_tokens, nli)
        _rank(reports, labellings, answers, engine)
    return answers


def _word(
    reports: Sequence[Report],
    answers: Sequence[Answers],
    engine: Engine,
    encoder: SentenceEncoder | None,
    max_new_tokens: int,
    nli: EntailmentModel | None,
) -> None:
    due = [
        (report, own, item.name, quote, window)
        for report, own in zip(reports, answers, strict=True)
        if report.reading.route.model_name is not None
        for item in DATA_ITEMS
        if item.is_worded
        for quote, window in report.quotes(item.name, _MOST_WINDOWS)
    ]
    results = word_passages(
        [_passage(report, name, quote, window) for report, _, name, quote, window in due],
        engine=engine,
        encoder=encoder,
        max_new_tokens=max_new_tokens,
        nli=nli,
    )
    for (_, own, name, quote, _), result in zip(due, results, strict=True):
        own.candidates.setdefault(name, []).append(_worded(quote, result))
        if isinstance(result, ModelError):
            own.failures.append(f"The item {name} was not put into words: {result}")


def _passage(report: Report, name: str, quote: Quote, window: range) -> Passage:
    start, end = report.text.neighbourhood(quote.position, window)
    return Passage(
        document=report.reading.document,
        item=ITEMS[name],
        sentences=report.text.sentences[start:end],
        quote=quote.position - start,
    )


def _worded(quote: Quote, result: Wording | ModelError) -> Candidate:
    quoted = Candidate(position=quote.position, support=quote.support)
    if isinstance(result, ModelError):
        return quoted
    return replace(
        quoted,
        value=result.value,
        value_method=ValueMethod.MODEL if result.value else None,
        generation=result.generation,
        checks=result.checks,
    )


def _rank(
    reports: Sequence[Report],
    labellings: Sequence[Labelling],
    answers: Sequence[Answers],
    engine: Engine,
) -> None:
    """Let the model rank the designs of the reports whose wording does not decide."""
    due = [
        (own, quote, report, window)
        for report, labelling, own in zip(reports, labellings, answers, strict=True)
        if report.reading.route.model_name is not None and not labelling.is_decided
        for quote, window in report.quotes(DESIGN)
    ]
    asked = [(report, quote.position, window) for _, quote, report, window in due]
    for (own, quote, *_), ranking in zip(due, rank_designs(asked, engine), strict=True):
        label = label_by_ranking(ranking.scores, quote.position, quote.support)
        worded = own.candidates.get(DESIGN, [])
        if isinstance(label, Candidate):
            ranked = replace(label, generation=ranking.generation)
            own.candidates[DESIGN] = [*worded, ranked]
        else:
            own.candidates[DESIGN] = [
                replace(one, checks=(*one.checks, label)) for one in worded or [_bare(quote)]
            ]


def _bare(quote: Quote) -> Candidate:
    return Candidate(position=quote.position, support=quote.support)
