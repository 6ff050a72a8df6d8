"""Putting quoted passages into words: a model sees the passage alone, and is checked against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.checks.faithfulness import check_faithfulness
from litsweep.domain.documents import Document, Sentence, Span
from litsweep.domain.generations import (
    Engine,
    EntailmentModel,
    Generation,
    ReadingTask,
    SamplingParams,
    SentenceEncoder,
)
from litsweep.domain.readings import Check, SupportedSentence
from litsweep.errors import ModelError, PromptTooLong
from litsweep.prompts import PromptTemplate, load_prompt
from litsweep.reading.data_item import DataItem
from litsweep.reading.generating import Draft, Request, fit_request, sampling_for, write_drafts
from litsweep.reading.supporting import find_supports

PROMPT: Final = "item-wording"
"""The name of the prompt that asks for a data item in words."""

N_SENTENCES: Final = 1
"""How many sentences a model writes of one item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A quoted sentence (``sentences[quote]``) between its neighbours, for one data item."""

    document: Document
    item: DataItem
    sentences: tuple[Sentence, ...]
    quote: int

    def part(self, n: int) -> tuple[Sentence, ...]:
        """Return n of the sentences, the quoted one among them; what follows it comes first."""
        start = 0 if n == len(self.sentences) else self.quote
        return self.sentences[start : start + n]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A model's words for an item (None where it wrote no whole sentence), and their checks."""

    value: str | None
    generation: Generation
    checks: tuple[Check, ...]


def word_passages(
    passages: Sequence[Passage],
    *,
    engine: Engine,
    encoder: SentenceEncoder | None,
    max_new_tokens: int,
    nli: EntailmentModel | None = None,
) -> list[Wording | ModelError]:
    """Return the wording of each passage, or why there is none, in order; one engine call."""
    template = load_prompt(PROMPT, engine.spec.kind)
    sampling = sampling_for(max_new_tokens, template, n_sentences=N_SENTENCES)
    requests = [_ask(passage, engine, sampling) for passage in passages]
    drafts = write_drafts(engine, ReadingTask.ANALYSIS, requests, sampling)
    sources = [
        passage.part(request.n_given) if isinstance(request, Request) else ()
        for passage, request in zip(passages, requests, strict=True)
    ]
    texts = [draft.sentences if isinstance(draft, Draft) else () for draft in drafts]
    return [
        _build_wording(draft, supported, source, nli) if isinstance(draft, Draft) else draft
        for draft, supported, source in zip(
            drafts, find_supports(texts, sources, encoder), sources, strict=True
        )
    ]


def render_prompt(template: PromptTemplate, item: DataItem, title: str, passage: str) -> str:
    """Return the prompt that asks for ``item`` in the words of ``passage``."""
    return template.render(
        title=title, passage=passage, question=item.question, lead_in=item.lead_in or ""
    )


def _ask(passage: Passage, engine: Engine, sampling: SamplingParams) -> Request | PromptTooLong:
    document, item = passage.document, passage.item
    template = load_prompt(PROMPT, engine.spec.kind)

    def render(n: int) -> tuple[str, Span]:
        part = passage.part(n)
        span = Span(part[0].span.start, part[-1].span.end)
        text = document.text[span.start : span.end]
        return render_prompt(template, item, document.title, text), span

    return fit_request(
        engine, template, sampling, len(passage.sentences), render, title=document.title
    )


def _build_wording(
    draft: Draft,
    sentences: Sequence[SupportedSentence],
    source: Sequence[Sentence],
    nli: EntailmentModel | None,
) -> Wording:
    return Wording(
        value=" ".join(draft.sentences) or None,
        generation=draft.generation,
        checks=(*draft.form_checks, *check_faithfulness(sentences, source, nli=nli)),
    )
