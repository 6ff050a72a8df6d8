"""What a language model makes of the passages of reports: words for some items, a design's label.

It asks for all reports in one call each; a passage that fails costs only its own answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from litsweep.domain.generations import Engine, EntailmentModel, SentenceEncoder
from litsweep.domain.readings import ValueMethod
from litsweep.errors import ModelError
from litsweep.prompts import load_prompt
from litsweep.reading.appraising import Report
from litsweep.reading.candidates import Candidate
from litsweep.reading.items import DATA_ITEMS, ITEMS
from litsweep.reading.labelling import LEAD_IN, Labelling, label_by_ranking, label_by_wording
from litsweep.reading.quoting import Quote
from litsweep.reading.rules.designs import DESIGNS
from litsweep.reading.wording import PROMPT, Passage, Wording, word_passages

_MOST_WINDOWS: Final = 2
"""In how many windows at most one item is put into words."""
DESIGN: Final = "design"
"""The item that is answered by a label."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one report by item, and why some are missing."""

    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


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
        (own, quote, _ranking_prompt(report, quote, window, engine))
        for report, labelling, own in zip(reports, labellings, answers, strict=True)
        if report.reading.route.model_name is not None and not labelling.is_decided
        for quote, window in report.quotes(DESIGN)
    ]
    if not due:
        return
    scores = _ask(engine, [prompt for *_, prompt in due], DESIGNS)
    for (own, quote, _), score in zip(due, scores, strict=True):
        label = label_by_ranking(score, quote.position, quote.support)
        worded = own.candidates.get(DESIGN, [])
        if isinstance(label, Candidate):
            own.candidates[DESIGN] = [*worded, label]
        else:
            own.candidates[DESIGN] = [
                replace(one, checks=(*one.checks, label)) for one in worded or [_bare(quote)]
            ]


def _bare(quote: Quote) -> Candidate:
    return Candidate(position=quote.position, support=quote.support)


def _ranking_prompt(report: Report, quote: Quote, window: range, engine: Engine) -> str:
    document = report.reading.document
    start, end = report.text.neighbourhood(quote.position, window)
    sentences = report.text.sentences[start:end]
    return load_prompt(PROMPT, engine.spec.kind).render(
        title=document.title,
        passage=document.text[sentences[0].span.start : sentences[-1].span.end],
        question=ITEMS[DESIGN].question,
        lead_in=LEAD_IN,
    )


def _ask(
    engine: Engine, prompts: Sequence[str], labels: Sequence[str]
) -> Sequence[Sequence[float] | ModelError]:
    """Return the scores; a model that cannot rank costs the labels, not the reading."""
    try:
        return engine.rank(prompts, labels)
    except ModelError as error:
        return [error] * len(prompts)
