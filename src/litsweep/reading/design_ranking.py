"""Asking a model which design is the likeliest after a passage. It ranks and writes nothing.

The call is kept like any other: its scores stand where the words of a text would.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import Span
from litsweep.domain.generations import (
    Completion,
    Engine,
    Generation,
    ReadingTask,
    SamplingParams,
    StopReason,
)
from litsweep.errors import ModelError
from litsweep.prompts import load_prompt
from litsweep.reading.appraising import Report
from litsweep.reading.generating import Request, build_generation
from litsweep.reading.items import ITEMS
from litsweep.reading.labelling import LEAD_IN
from litsweep.reading.rules.designs import DESIGNS
from litsweep.reading.wording import PROMPT

DESIGN: Final = "design"
"""The item that is answered by a label."""
_NOTHING_WRITTEN: Final = SamplingParams(max_new_tokens=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The mean log-probabilities of ``DESIGNS``, or why there are none; the call behind them."""

    scores: tuple[float, ...] | ModelError
    generation: Generation | None


def rank_designs(asked: Sequence[tuple[Report, int, range]], engine: Engine) -> list[Ranking]:
    """Rank the designs after each passage: a report, its quoted sentence, and the window around.

    A model that cannot rank costs the labels, not the reading.
    """
    if not asked:
        return []
    requests = [_request(*passage, engine) for passage in asked]
    started = time.perf_counter()
    try:
        scores = engine.rank([request.prompt for request in requests], DESIGNS)
    except ModelError as error:
        scores = [error] * len(requests)
    duration_s = (time.perf_counter() - started) / len(requests)
    n_tokens = engine.count_tokens([request.prompt for request in requests])
    return [
        Ranking(scores=score, generation=_keep(engine, request, score, n, duration_s))
        for request, score, n in zip(requests, scores, n_tokens, strict=True)
    ]


def _request(report: Report, position: int, window: range, engine: Engine) -> Request:
    document = report.reading.document
    start, end = report.text.neighbourhood(position, window)
    sentences = report.text.sentences[start:end]
    span = Span(sentences[0].span.start, sentences[-1].span.end)
    template = load_prompt(PROMPT, engine.spec.kind)
    prompt = template.render(
        title=document.title,
        passage=document.text[span.start : span.end],
        question=ITEMS[DESIGN].question,
        lead_in=LEAD_IN,
    )
    n_given = len(sentences)
    return Request(template=template, prompt=prompt, source=span, n_given=n_given, n_wanted=n_given)


def _keep(
    engine: Engine,
    request: Request,
    scores: tuple[float, ...] | ModelError,
    n_tokens: int,
    duration_s: float,
) -> Generation | None:
    if isinstance(scores, ModelError):
        return None
    by_label = {label: round(score, 4) for label, score in zip(DESIGNS, scores, strict=True)}
    completion = Completion(
        text=json.dumps(by_label),
        n_input_tokens=n_tokens,
        n_output_tokens=0,
        stop_reason=StopReason.END_OF_TEXT,
        duration_s=duration_s,
    )
    return build_generation(ReadingTask.ANALYSIS, engine, request, _NOTHING_WRITTEN, completion)
