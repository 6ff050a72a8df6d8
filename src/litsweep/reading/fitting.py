"""Windows that one loaded model takes: the longest prompt, a whole window and the answer fit.

Sentences are counted once; then every window's prompt is counted as it would be sent, and a text
whose windows came out too long is cut again, smaller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import Document
from litsweep.domain.generations import TokenCounter
from litsweep.prompts import PromptTemplate, load_prompt
from litsweep.reading.items import DATA_ITEMS
from litsweep.reading.options import ReadingOptions
from litsweep.reading.sectioned import SectionedSentences
from litsweep.reading.windows import Cut, cut_windows
from litsweep.reading.wording import PROMPT, render_prompt

_JOIN: Final = 1
"""Tokens that a sentence may cost more in a text than alone."""
_ASKED: Final = tuple(item for item in DATA_ITEMS if item.is_worded or item.name == "design")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The windows of one text and its length in the model's tokens."""

    cut: Cut
    n_tokens: int


@dataclass(frozen=True, slots=True)
class _Text:
    document: Document
    sentences: SectionedSentences
    n_tokens: tuple[int, ...]
    item: int
    n_prompt: int
    """The item of ``_ASKED`` with the longest prompt, and that prompt's tokens without passage."""


def fit_windows(
    documents: Sequence[Document],
    texts: Sequence[SectionedSentences],
    counter: TokenCounter,
    options: ReadingOptions,
) -> list[Fit]:
    """Return the windows of each text, in order."""
    template = load_prompt(PROMPT, counter.spec.kind)
    room = counter.spec.context_window - options.max_new_tokens
    counted = _count(documents, texts, counter, template)
    budgets = [room - text.n_prompt for text in counted]
    cuts = [_cut(*pair, options) for pair in zip(counted, budgets, strict=True)]
    due = list(range(len(cuts)))
    while due:
        excesses = _excesses([(counted[i], cuts[i]) for i in due], counter, template, room)
        due = [i for i, excess in zip(due, excesses, strict=True) if excess > 0]
        for i, excess in zip(due, filter(lambda one: one > 0, excesses), strict=True):
            budgets[i] -= excess
            cuts[i] = _cut(counted[i], budgets[i], options)
    return [
        Fit(cut=cut, n_tokens=sum(text.n_tokens)) for text, cut in zip(counted, cuts, strict=True)
    ]


def _count(
    documents: Sequence[Document],
    texts: Sequence[SectionedSentences],
    counter: TokenCounter,
    template: PromptTemplate,
) -> list[_Text]:
    """Count every sentence, and every prompt without a passage, in one call."""
    asked = [
        [
            *(render_prompt(template, item, document.title, "") for item in _ASKED),
            *(sentence.text for sentence in text.sentences),
        ]
        for document, text in zip(documents, texts, strict=True)
    ]
    frame, *counts = counter.count_tokens(["", *(one for group in asked for one in group)])
    counted, start = [], 0
    for document, text, group in zip(documents, texts, asked, strict=True):
        own = counts[start : start + len(group)]
        start += len(group)
        prompts, sentences = own[: len(_ASKED)], own[len(_ASKED) :]
        longest = max(range(len(prompts)), key=prompts.__getitem__)
        n_tokens = tuple(max(1, n - frame + _JOIN) for n in sentences)
        counted.append(_Text(document, text, n_tokens, longest, prompts[longest]))
    return counted


def _cut(text: _Text, budget: int, options: ReadingOptions) -> Cut:
    return cut_windows(
        text.n_tokens,
        text.sentences.top_sections(),
        budget=budget,
        overlap=options.window_overlap,
        max_windows=options.max_windows,
    )


def _excesses(
    cuts: Sequence[tuple[_Text, Cut]], counter: TokenCounter, template: PromptTemplate, room: int
) -> list[int]:
    """Return by how many tokens the longest prompt of each text is too long; 0 where it fits."""
    prompts = [[_render(text, window, template) for window in cut.windows] for text, cut in cuts]
    counts = iter(counter.count_tokens([prompt for group in prompts for prompt in group]))
    return [max([0, *(next(counts) - room for _ in group)]) for group in prompts]


def _render(text: _Text, window: range, template: PromptTemplate) -> str:
    sentences = text.sentences.sentences
    passage = text.document.text[sentences[window[0]].span.start : sentences[window[-1]].span.end]
    return render_prompt(template, _ASKED[text.item], text.document.title, passage)
