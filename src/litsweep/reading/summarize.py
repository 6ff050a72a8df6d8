"""Summaries of abstracts: sentences of the source always, a model's words where one is routed.

Both carry their checks. A generated summary never stands alone, and a model that fails on one
abstract costs that abstract its generated summary only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from litsweep.checks.faithfulness import check_faithfulness
from litsweep.domain.documents import Document, DocumentKind, SectionKind, Sentence, Span
from litsweep.domain.generations import Engine, ReadingTask, SamplingParams, SentenceEncoder
from litsweep.domain.readings import Reading, Summary, SummaryMethod, SupportedSentence
from litsweep.errors import ModelError, PromptTooLong
from litsweep.prompts import load_prompt
from litsweep.reading.embedding import Vectors, embed
from litsweep.reading.generating import Draft, Request, fit_request, sampling_for, write_drafts
from litsweep.reading.options import ReadingOptions
from litsweep.reading.ranking import abstract_sentences, select_sentences
from litsweep.reading.supporting import find_supports
from litsweep.routing import route

PROMPT: Final = "abstract-summary"
"""The name of the prompt that asks for a summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Abstract:
    """An abstract on its way; ``vectors`` are those of the title and then of the sentences."""

    reading: Reading
    sentences: tuple[Sentence, ...]
    vectors: Vectors
    ranked_by: str

    @property
    def source(self) -> tuple[Sentence, ...]:
        """What a summary may rest on, in the order of ``vectors``."""
        return (_title(self.reading.document), *self.sentences)


def summarize_abstracts(
    documents: Sequence[Document],
    *,
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    options: ReadingOptions,
) -> list[Reading]:
    """Return one reading a document, in order.

    A readable abstract has an extractive summary, and a generated one after it where its route
    names the engine's model. ``failure`` says what could not be done; what was done stands.
    """
    readings = [_open(document, options) for document in documents]
    abstracts = _embed([reading for reading in readings if _is_open(reading)], encoder)
    written = _generate(abstracts, engine, encoder, options.max_new_tokens)
    done = map(_close, abstracts, written)
    return [next(done) if _is_open(reading) else reading for reading in readings]


def _open(document: Document, options: ReadingOptions) -> Reading:
    chosen = route(document, options.choice)
    failure = None
    if document.kind is not DocumentKind.ABSTRACT:
        failure = "This is a full text: it is analysed, not summarised."
    elif chosen.is_readable and not abstract_sentences(document):
        failure = "No sentence could be found in the abstract."
    return Reading(document=document, route=chosen, failure=failure)


def _is_open(reading: Reading) -> bool:
    return reading.route.is_readable and reading.failure is None


def _embed(readings: Sequence[Reading], encoder: SentenceEncoder | None) -> list[_Abstract]:
    sentences = [abstract_sentences(reading.document) for reading in readings]
    groups = [
        [reading.document.title, *(sentence.text for sentence in group)]
        for reading, group in zip(readings, sentences, strict=True)
    ]
    embedding = embed(groups, encoder)
    return [
        _Abstract(
            reading=replace(reading, failure=embedding.failure),
            sentences=group,
            vectors=vectors,
            ranked_by=embedding.embedded_by,
        )
        for reading, group, vectors in zip(readings, sentences, embedding.groups, strict=True)
    ]


def _title(document: Document) -> Sentence:
    title = next(document.sections_of(SectionKind.TITLE), None)
    span = title.span if title else Span(0, 0)
    return Sentence(text=document.text[span.start : span.end], span=span)


def _close(abstract: _Abstract, written: Summary | ModelError | None) -> Reading:
    summaries = [_extract(abstract)]
    failures = [abstract.reading.failure]
    if isinstance(written, Summary):
        summaries.append(written)
    elif written is not None:
        failures.append(f"No summary was generated: {written}")
    failure = " ".join(filter(None, failures)) or None
    return replace(abstract.reading, summaries=tuple(summaries), failure=failure)


def _extract(abstract: _Abstract) -> Summary:
    title, vectors = abstract.vectors[0], abstract.vectors[1:]
    sentences = tuple(
        SupportedSentence(text=sentence.text, source=sentence.span, support=1.0)
        for sentence in select_sentences(
            abstract.reading.document, abstract.sentences, title, vectors
        )
    )
    return Summary(
        method=SummaryMethod.EXTRACTIVE,
        sentences=sentences,
        checks=check_faithfulness(sentences, abstract.source),
        ranked_by=abstract.ranked_by,
    )


def _generate(
    abstracts: Sequence[_Abstract],
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    max_new_tokens: int,
) -> list[Summary | ModelError | None]:
    """Return each abstract's generated summary, or why there is none, or None if none was due."""
    written: list[Summary | ModelError | None] = [None] * len(abstracts)
    if engine is None:
        return written
    sampling = sampling_for(max_new_tokens)
    due = [place for place, one in enumerate(abstracts) if one.reading.route.model_name]
    requests = [_ask(abstracts[place], engine, sampling) for place in due]
    drafts = write_drafts(engine, ReadingTask.SUMMARY, requests, sampling)
    supports = find_supports(
        [draft.sentences if isinstance(draft, Draft) else () for draft in drafts],
        [abstracts[place].source for place in due],
        encoder,
    )
    for place, draft, sentences in zip(due, drafts, supports, strict=True):
        source = abstracts[place].source
        written[place] = (
            _build_summary(draft, sentences, source) if isinstance(draft, Draft) else draft
        )
    return written


def _ask(abstract: _Abstract, engine: Engine, sampling: SamplingParams) -> Request | PromptTooLong:
    document, sentences = abstract.reading.document, abstract.sentences
    template = load_prompt(PROMPT, engine.spec.kind)
    start = abstract.source[0].span.start

    def render(n: int) -> tuple[str, Span]:
        end = sentences[n - 1].span.end
        given = document.text[sentences[0].span.start : end]
        return template.render(title=document.title, abstract=given), Span(start, end)

    return fit_request(engine, template, sampling, len(sentences), render)


def _build_summary(
    draft: Draft, sentences: tuple[SupportedSentence, ...], source: Sequence[Sentence]
) -> Summary:
    return Summary(
        method=SummaryMethod.GENERATED,
        sentences=sentences,
        checks=(*draft.form_checks, *check_faithfulness(sentences, source)),
        generation=draft.generation,
    )
