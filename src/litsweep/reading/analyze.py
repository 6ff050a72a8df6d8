"""The in-depth reading of full texts: for each data item the passage that answers it, quoted.

Quote first: sentences are ranked and the best is quoted with its offsets; a model then words a
few items from the quoted passage alone, and its words are checked against that passage. What
was not found is not claimed to be unreported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.generations import Engine, SentenceEncoder
from litsweep.domain.readings import Analysis, Finding, FindingState, Reading
from litsweep.errors import ModelError
from litsweep.reading.embedding import LEXICAL, Vectors, embed
from litsweep.reading.items import DATA_ITEMS, DataItem
from litsweep.reading.options import ReadingOptions
from litsweep.reading.quoting import (
    LEXICAL_THRESHOLD,
    SUPPORT_THRESHOLD,
    Quote,
    SectionedSentences,
    find_quote,
    sectioned_sentences,
)
from litsweep.reading.wording import Passage, Wording, word_passages
from litsweep.routing import route


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """A full text on its way; ``quotes`` has every item's name, with None for one not found."""

    reading: Reading
    text: SectionedSentences
    quotes: Mapping[str, Quote | None]
    ranked_by: str


def analyze_reports(
    documents: Sequence[Document],
    *,
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    options: ReadingOptions,
) -> list[Reading]:
    """Return one reading a document, in order.

    A readable full text has an analysis with a finding for every data item. ``failure`` says
    what could not be done; what was done stands.
    """
    readings = [_open(document, options) for document in documents]
    reports = _quote([reading for reading in readings if _is_open(reading)], encoder)
    worded = _word(reports, engine, encoder, options.max_new_tokens)
    done = map(_close, reports, worded)
    return [next(done) if _is_open(reading) else reading for reading in readings]


def _open(document: Document, options: ReadingOptions) -> Reading:
    chosen = route(document, options.choice)
    is_abstract = document.kind is DocumentKind.ABSTRACT
    failure = "This is an abstract: it is summarised, not analysed." if is_abstract else None
    return Reading(document=document, route=chosen, failure=failure)


def _is_open(reading: Reading) -> bool:
    return reading.route.is_readable and reading.failure is None


def _quote(readings: Sequence[Reading], encoder: SentenceEncoder | None) -> list[_Report]:
    texts = [sectioned_sentences(reading.document) for reading in readings]
    answers = [item.answer for item in DATA_ITEMS]
    embedding = embed(
        [[*answers, *(sentence.text for sentence in text.sentences)] for text in texts], encoder
    )
    is_lexical = embedding.embedded_by == LEXICAL
    threshold = LEXICAL_THRESHOLD if is_lexical else SUPPORT_THRESHOLD
    return [
        _Report(
            reading=replace(reading, failure=embedding.failure),
            text=text,
            quotes=_find_quotes(text, vectors, threshold),
            ranked_by=embedding.embedded_by,
        )
        for reading, text, vectors in zip(readings, texts, embedding.groups, strict=True)
    ]


def _find_quotes(
    text: SectionedSentences, vectors: Vectors, threshold: float
) -> dict[str, Quote | None]:
    """``vectors`` are those of the items' answers and then of the sentences."""
    cosines = (vectors[: len(DATA_ITEMS)] @ vectors[len(DATA_ITEMS) :].T).tolist()
    return {
        item.name: find_quote(item, text, similarities, threshold)
        for item, similarities in zip(DATA_ITEMS, cosines, strict=True)
    }


def _word(
    reports: Sequence[_Report],
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    max_new_tokens: int,
) -> list[dict[str, Wording | ModelError]]:
    """Return for each report the wordings by item, all of them asked for in one batch."""
    worded: list[dict[str, Wording | ModelError]] = [{} for _ in reports]
    if engine is None:
        return worded
    due = [
        (place, passage) for place, report in enumerate(reports) for passage in _passages(report)
    ]
    results = word_passages(
        [passage for _, passage in due],
        engine=engine,
        encoder=encoder,
        max_new_tokens=max_new_tokens,
    )
    for (place, passage), result in zip(due, results, strict=True):
        worded[place][passage.item.name] = result
    return worded


def _passages(report: _Report) -> list[Passage]:
    if report.reading.route.model_name is None:
        return []
    return [
        _passage(report, item, quote)
        for item in DATA_ITEMS
        if item.is_worded and (quote := report.quotes[item.name]) is not None
    ]


def _passage(report: _Report, item: DataItem, quote: Quote) -> Passage:
    start, end = report.text.neighbourhood(quote.position)
    return Passage(
        document=report.reading.document,
        item=item,
        sentences=report.text.sentences[start:end],
        quote=quote.position - start,
    )


def _close(report: _Report, worded: Mapping[str, Wording | ModelError]) -> Reading:
    findings = tuple(_build_finding(report, item, worded.get(item.name)) for item in DATA_ITEMS)
    n_sentences = len(report.text.sentences)
    analysis = Analysis(
        findings=findings,
        n_sentences=n_sentences,
        n_sentences_read=n_sentences,  # every one was ranked
        ranked_by=report.ranked_by,
    )
    failures = [report.reading.failure] + [
        f"The item {name} was not put into words: {result}"
        for name, result in worded.items()
        if isinstance(result, ModelError)
    ]
    failure = " ".join(filter(None, failures)) or None
    return replace(report.reading, analysis=analysis, failure=failure)


def _build_finding(report: _Report, item: DataItem, worded: Wording | ModelError | None) -> Finding:
    quote = report.quotes[item.name]
    if quote is None:
        return Finding(
            data_item=item.name,
            state=FindingState.NOT_FOUND,
            quote=None,
            source=None,
            support=0.0,
        )
    sentence = report.text.sentences[quote.position]
    wording = worded if isinstance(worded, Wording) else None
    return Finding(
        data_item=item.name,
        state=FindingState.FOUND,
        quote=sentence.text,
        source=sentence.span,
        support=quote.support,
        value=wording.value if wording else None,
        generation=wording.generation if wording else None,
        checks=wording.checks if wording else (),
    )
