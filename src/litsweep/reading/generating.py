"""Asking a model: prompts that fit, batches that survive a bad prompt, and what is kept of a call.

It knows neither summaries nor data items; it turns a completion into sentences and a row.
"""

import bisect
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.checks.form import check_form
from litsweep.domain.documents import Span
from litsweep.domain.generations import (
    Completion,
    Engine,
    Generation,
    ReadingTask,
    SamplingParams,
    StopReason,
)
from litsweep.domain.models import ModelKind
from litsweep.domain.readings import Check, Verdict
from litsweep.errors import ModelError, PromptTooLong
from litsweep.parsing.sentences import split_sentences
from litsweep.prompts import PromptTemplate

_NO_REPEAT_NGRAM: Final = 6
_CUTTING: Final = (StopReason.LENGTH, StopReason.TIME)
_COMPLETE: Final = re.compile(r"[.!?][\"'”’)\]]*$")
# "… was 0." is what is left of "0.45" when the limit falls into the number.
_CUT_NUMBER: Final = re.compile(r"\d\.$")
_LOWER_CASE_WORD: Final = re.compile(r"[a-z]+(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One prompt, rendered; ``source`` is the part of the document's text that is in it.

    ``n_given`` of the ``n_wanted`` sentences that should be in the prompt fitted into it, and
    ``left_out`` says which did not. ``title`` is the document's: an answer must say more than that.
    """

    template: PromptTemplate
    prompt: str
    source: Span
    n_given: int
    n_wanted: int
    title: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model's answer in sentences, before they are compared with their source."""

    sentences: tuple[str, ...]
    generation: Generation
    form_checks: tuple[Check, ...]


def sampling_for(
    max_new_tokens: int, template: PromptTemplate | None = None, *, n_sentences: int = 0
) -> SamplingParams:
    """Return how words are chosen: greedily, and without repeating six words of the answer.

    The template's stop strings and ``n_sentences`` (0: no limit) let an engine stop early.
    """
    return SamplingParams(
        max_new_tokens=max_new_tokens,
        no_repeat_ngram=_NO_REPEAT_NGRAM,
        stop_strings=template.stop_strings if template else (),
        n_sentences=n_sentences,
    )


def fit_request(
    engine: Engine,
    template: PromptTemplate,
    sampling: SamplingParams,
    n_wanted: int,
    render: Callable[[int], tuple[str, Span]],
    *,
    title: str = "",
    left_out: Callable[[int], str] = lambda n_given: "",
) -> Request | PromptTooLong:
    """Return the request with as many of ``n_wanted`` sentences as the window holds.

    ``render(n)`` gives the prompt with n sentences, and the span of the document's text in it;
    more sentences make it longer. ``left_out(n)`` says in words which were not among the n. The
    error is returned, not raised, where one is too much.
    """
    # The window of a seq2seq model is the prompt's alone.
    n_new = 0 if engine.spec.kind is ModelKind.SEQ2SEQ else sampling.max_new_tokens
    budget = engine.spec.context_window - n_new

    def count(n: int) -> int:
        return engine.count_tokens([render(n)[0]])[0]

    n_given = n_wanted
    if count(n_wanted) > budget:  # rare: abstracts nearly always fit
        n_given = bisect.bisect_right(range(1, n_wanted), budget, key=count)
    if n_given == 0:
        return PromptTooLong(
            f"One sentence, the prompt {template.name} and {sampling.max_new_tokens} new tokens "
            f"are more than the {engine.spec.context_window} tokens of {engine.spec.name}."
        )
    prompt, source = render(n_given)
    return Request(
        template=template,
        prompt=prompt,
        source=source,
        n_given=n_given,
        n_wanted=n_wanted,
        title=title,
        left_out=left_out(n_given) if n_given < n_wanted else "",
    )


def write_drafts(
    engine: Engine,
    task: ReadingTask,
    requests: Sequence[Request | ModelError],
    sampling: SamplingParams,
) -> list[Draft | ModelError]:
    """Return a draft, or the reason for its absence, for each request, in order.

    All prompts go through the engine in one call. A request that is an error already stays one.
    """
    asked = [request for request in requests if isinstance(request, Request)]
    completions = iter(engine.generate([request.prompt for request in asked], sampling))
    return [
        _build_draft(engine, task, request, sampling, next(completions))
        if isinstance(request, Request)
        else request
        for request in requests
    ]


def _build_draft(
    engine: Engine,
    task: ReadingTask,
    request: Request,
    sampling: SamplingParams,
    completion: Completion | ModelError,
) -> Draft | ModelError:
    if isinstance(completion, ModelError):
        return completion
    text, stop_reason = _cut_at_stop(completion, request.template)
    text, stop_reason = _cut_after(text, stop_reason, sampling.n_sentences)
    sentences = _whole_sentences(text, stop_reason)
    checks = check_form(
        text,
        sentences,
        prompt_wording=request.template.wording,
        stop_reason=stop_reason,
        title=request.title,
    )
    if request.n_given < request.n_wanted:
        held = f"The prompt held {request.n_given} of {request.n_wanted} sentences."
        detail = f"{held} {request.left_out}".strip()
        checks = (*checks, Check(name="length", verdict=Verdict.FLAG, detail=detail))
    return Draft(
        sentences=sentences,
        generation=build_generation(task, engine, request, sampling, completion),
        form_checks=checks,
    )


def build_generation(
    task: ReadingTask,
    engine: Engine,
    request: Request,
    sampling: SamplingParams,
    completion: Completion,
) -> Generation:
    """Return what is kept of one model call, so that it could be repeated."""
    return Generation(
        task=task,
        model_id=engine.spec.model_id,
        model_revision=engine.spec.revision,
        weights_sha256=engine.weights_sha256,
        engine=engine.description,
        is_demonstration=engine.spec.is_demonstration,
        prompt_name=request.template.name,
        prompt_version=request.template.version,
        prompt_sha256=request.template.sha256,
        sampling=sampling,
        source=request.source,
        input_sha256=hashlib.sha256(request.prompt.encode()).hexdigest(),
        output_text=completion.text,
        n_input_tokens=completion.n_input_tokens,
        n_output_tokens=completion.n_output_tokens,
        stop_reason=completion.stop_reason,
        duration_s=completion.duration_s,
    )


def _cut_at_stop(completion: Completion, template: PromptTemplate) -> tuple[str, StopReason]:
    """Return the completion without surrounding space, up to the prompt's first stop string."""
    text = completion.text.strip()
    places = [place for stop in template.stop_strings if (place := text.find(stop)) >= 0]
    if not places:
        return text, completion.stop_reason
    return text[: min(places)].strip(), StopReason.STOP_STRING


def _cut_after(text: str, stop_reason: StopReason, n_sentences: int) -> tuple[str, StopReason]:
    """Return the first ``n_sentences`` of a text, whatever the engine made of that wish."""
    sentences = split_sentences(text)
    if n_sentences == 0 or len(sentences) <= n_sentences:
        return text, stop_reason
    return text[: sentences[n_sentences - 1].span.end], StopReason.SENTENCES


def _whole_sentences(text: str, stop_reason: StopReason) -> tuple[str, ...]:
    """Return the sentences of an answer, without a last one that the limit cut.

    An answer that continues a prompt begins in lower case: its first word gets its capital,
    unless the case is part of a name (mTOR, p53).
    """
    sentences = [" ".join(sentence.text.split()) for sentence in split_sentences(text)]
    if sentences and stop_reason in _CUTTING and _is_cut(sentences[-1]):
        sentences.pop()
    if sentences and _LOWER_CASE_WORD.match(sentences[0]):
        sentences[0] = sentences[0][0].upper() + sentences[0][1:]
    return tuple(sentences)


def _is_cut(sentence: str) -> bool:
    return not _COMPLETE.search(sentence) or _CUT_NUMBER.search(sentence) is not None
