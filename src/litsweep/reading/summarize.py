"""Summaries of abstracts: sentences of the source always, a model's words where one is routed.

Both carry their checks. A generated summary never stands alone, and a model that fails on one
abstract costs that abstract its generated summary only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from litsweep.checks.faithfulness import check_faithfulness
from litsweep.domain.documents import Document, DocumentKind, SectionKind, Sentence, Span
from litsweep.domain.generations import (
    Engine,
    EntailmentModel,
    ReadingTask,
    SamplingParams,
    SentenceEncoder,
)
from litsweep.domain.readings import Reading, Summary, SummaryMethod, SupportedSentence
from litsweep.errors import ModelError, PromptTooLong
from litsweep.prompts import PromptTemplate, load_prompt
from litsweep.reading.embedding import Vectors, embed
from litsweep.reading.generating import Draft, Request, fit_request, sampling_for, write_drafts
from litsweep.reading.options import ReadingOptions
from litsweep.reading.ranking import (
    N_SENTENCES,
    abstract_sentences,
    by_importance,
    select_sentences,
)
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
    nli: EntailmentModel | None = None,
) -> list[Reading]:
    """Return one reading a document, in order.

    A readable abstract has an extractive summary, and a generated one after it where its route
    names the engine's model; ``nli`` judges the generated sentences, too. ``failure`` says what
    could not be done; what was done stands.
    """
    lengths = engine.count_tokens([one.text for one in documents]) if engine else []
    readings = [
        _open(document, options, n_tokens) for document, n_tokens in zip_longest(documents, lengths)
    ]
    abstracts = _embed([reading for reading in readings if _is_open(reading)], encoder)
    written = _generate(abstracts, engine, encoder, options.max_new_tokens, nli)
    done = map(_close, abstracts, written)
    return [next(done) if _is_open(reading) else reading for reading in readings]


def _open(document: Document, options: ReadingOptions, n_tokens: int | None) -> Reading:
    chosen = route(document, options.choice, n_tokens=n_tokens)
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
    nli: EntailmentModel | None,
) -> list[Summary | ModelError | None]:
    """Return each abstract's generated summary, or why there is none, or None if none was due."""
    written: list[Summary | ModelError | None] = [None] * len(abstracts)
    if engine is None:
        return written
    template = load_prompt(PROMPT, engine.spec.kind)
    sampling = sampling_for(max_new_tokens, template, n_sentences=N_SENTENCES)
    due = [place for place, one in enumerate(abstracts) if one.reading.route.model_name]
    requests = [_ask(abstracts[place], engine, template, sampling) for place in due]
    drafts = write_drafts(engine, ReadingTask.SUMMARY, requests, sampling)
    supports = find_supports(
        [draft.sentences if isinstance(draft, Draft) else () for draft in drafts],
        [abstracts[place].source for place in due],
        encoder,
    )
    for place, draft, sentences in zip(due, drafts, supports, strict=True):
        source = abstracts[place].source
        written[place] = (
            _build_summary(draft, sentences, source, nli) if isinstance(draft, Draft) else draft
        )
    return written


def _ask(
    abstract: _Abstract, engine: Engine, template: PromptTemplate, sampling: SamplingParams
) -> Request | PromptTooLong:
    """Return the prompt: the title and all sentences, or those that tell most if not all fit."""
    document, sentences = abstract.reading.document, abstract.sentences
    order = by_importance(document, sentences)
    title = document.title.strip()
    title += "" if not title or title.endswith((".", "?", "!", "]")) else "."

    def render(n: int) -> tuple[str, Span]:
        given = [sentences[place] for place in sorted(order[:n])]
        text = " ".join(" ".join(sentence.text.split()) for sentence in given)
        starts = [one.span.start for one in (abstract.source[0], *given) if one.text.strip()]
        return template.render(title=title, abstract=text), Span(min(starts), given[-1].span.end)

    return fit_request(
        engine,
        template,
        sampling,
        len(sentences),
        render,
        title=document.title,
        left_out=lambda n: _name_places(order[n:]),
    )


def _name_places(places: Sequence[int]) -> str:
    numbers = ", ".join(str(place + 1) for place in sorted(places))
    return f"Results and conclusions came first; left out: {numbers}."


def _build_summary(
    draft: Draft,
    sentences: tuple[SupportedSentence, ...],
    source: Sequence[Sentence],
    nli: EntailmentModel | None,
) -> Summary:
    return Summary(
        method=SummaryMethod.GENERATED,
        sentences=sentences,
        checks=(*draft.form_checks, *check_faithfulness(sentences, source, nli=nli)),
        generation=draft.generation,
    )
