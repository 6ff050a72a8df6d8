"""The in-depth reading of full texts: for each data item the passages that answer it, quoted.

Quote first: the text is cut into windows, and in each the sentence that answers an item best is
sought. Rules take numbers from sentences, a model words a few items from the quoted passages
alone and is checked against them, and what the windows gave is merged. What was not found is
not claimed to be unreported.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from litsweep.domain.documents import Document, DocumentKind, SectionKind
from litsweep.domain.generations import Engine, EntailmentModel, Generation, SentenceEncoder
from litsweep.domain.readings import Analysis, Finding, Reading
from litsweep.reading.answering import Answers, answer
from litsweep.reading.appraising import Report, appraise_reports
from litsweep.reading.candidates import Candidate
from litsweep.reading.data_item import DataItem
from litsweep.reading.fitting import fit_windows
from litsweep.reading.items import DATA_ITEMS
from litsweep.reading.merging import merge
from litsweep.reading.options import ReadingOptions
from litsweep.reading.sectioned import SectionedSentences, sectioned_sentences
from litsweep.reading.silence import build_absence
from litsweep.reading.windows import Cut, describe_left_out, whole
from litsweep.routing import route

_STATEMENTS: Final = frozenset(
    {SectionKind.FUNDING, SectionKind.CONFLICTS, SectionKind.DATA_AVAILABILITY}
)
_LONGEST_STATEMENT: Final = 1500
"""Characters; of a longer one the best sentence is quoted."""


def analyze_reports(
    documents: Sequence[Document],
    *,
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    options: ReadingOptions,
    nli: EntailmentModel | None = None,
) -> list[Reading]:
    """Return one reading a document, in order.

    A readable full text has an analysis with a finding, or several, for every data item.
    ``failure`` says what could not be done; what was done stands. ``nli`` judges the model's words.
    """
    readings = [_open(document, options) for document in documents]
    opened = [reading for reading in readings if _is_open(reading)]
    texts = [sectioned_sentences(reading.document) for reading in opened]
    opened, cuts = _cut(opened, texts, engine, options)
    reports = appraise_reports(opened, texts, cuts, encoder)
    answers = answer(
        reports, engine=engine, encoder=encoder, max_new_tokens=options.max_new_tokens, nli=nli
    )
    done = map(_close, reports, answers)
    return [next(done) if _is_open(reading) else reading for reading in readings]


def _open(document: Document, options: ReadingOptions) -> Reading:
    chosen = route(document, options.choice)
    is_abstract = document.kind is DocumentKind.ABSTRACT
    failure = "This is an abstract: it is summarised, not analysed." if is_abstract else None
    return Reading(document=document, route=chosen, failure=failure)


def _is_open(reading: Reading) -> bool:
    return reading.route.is_readable and reading.failure is None


def _cut(
    readings: Sequence[Reading],
    texts: Sequence[SectionedSentences],
    engine: Engine | None,
    options: ReadingOptions,
) -> tuple[list[Reading], list[Cut]]:
    """Return the readings with their windows; one window where no model reads the text."""
    opened = list(readings)
    cuts = [whole(len(text.sentences)) for text in texts]
    due = [i for i, reading in enumerate(opened) if reading.route.model_name is not None]
    if engine is None or not due:
        return opened, cuts
    fits = fit_windows([opened[i].document for i in due], [texts[i] for i in due], engine, options)
    for i, fit in zip(due, fits, strict=True):
        n_windows = len(fit.cut.windows)
        chosen = route(
            opened[i].document, options.choice, n_tokens=fit.n_tokens, n_windows=n_windows
        )
        opened[i], cuts[i] = replace(opened[i], route=chosen), fit.cut
    return opened, cuts


def _close(report: Report, answers: Answers) -> Reading:
    findings = [finding for item in DATA_ITEMS for finding in _find(report, answers, item)]
    analysis = Analysis(
        findings=tuple(findings),
        n_sentences=len(report.text.sentences),
        n_sentences_read=report.cut.n_read,
        ranked_by=report.ranked_by,
        n_windows=len(report.cut.windows),
        left_out=describe_left_out(report.text, report.cut),
        other_generations=_others(answers.generations, findings),
    )
    failure = " ".join(filter(None, [report.reading.failure, *answers.failures])) or None
    return replace(report.reading, analysis=analysis, failure=failure)


def _others(made: Sequence[Generation], findings: Sequence[Finding]) -> tuple[Generation, ...]:
    shown = {finding.generation for finding in findings}
    return tuple(dict.fromkeys(one for one in made if one not in shown))


def _find(report: Report, answers: Answers, item: DataItem) -> list[Finding]:
    candidates = (
        report.ruled.get(item.name)
        or answers.candidates.get(item.name)
        or [
            Candidate(
                position=quote.position,
                support=quote.support,
                quoted=_statement(item, report.text, quote.position),
            )
            for quote, _ in report.quotes(item.name)
        ]
    )
    if candidates:
        return merge(item.name, candidates, report.text)
    is_read_whole = report.cut.n_read == len(report.text.sentences)
    document = report.reading.document
    return [build_absence(item, document, report.text, is_read_whole=is_read_whole)]


def _statement(item: DataItem, text: SectionedSentences, position: int) -> range | None:
    """Return the whole statement where a section is all about the item, unless it is long.

    "The other authors have none" says little without the sentence before it.
    """
    if text.sections[position].kind not in item.own_kinds & _STATEMENTS:
        return None
    whole = text.statement(position)
    n_characters = text.sentences[whole[-1]].span.end - text.sentences[whole[0]].span.start
    return whole if n_characters <= _LONGEST_STATEMENT else None
