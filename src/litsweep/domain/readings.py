"""What came of reading a document: its route, machine texts beside their source, checks.

Nothing here is ever changed after the fact: a newer reading is a new value beside the
older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from litsweep.domain.documents import Document, SectionKind, Span
from litsweep.domain.generations import Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which model reads a document, and why, in words for people.

    ``model_name`` is None where nothing is generated; the document is then read
    extractively, or not at all (``is_readable`` False). ``n_tokens`` is the document's length
    under that model's own tokenizer, and ``n_windows`` into how many windows it is cut; None
    where no model was asked.
    """

    model_name: str | None
    reason: str
    is_readable: bool = True
    n_tokens: int | None = None
    n_windows: int | None = None


class Verdict(StrEnum):
    """The outcome of one check."""

    PASS = "pass"
    """Nothing was found wrong."""
    FLAG = "flag"
    """Something a person should look at before trusting the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One faithfulness test of a machine text against its source.

    ``name`` is the test's (``numbers``, ``support``, ``length``, ``empty``, ``looping``, …);
    ``detail`` says in words what was found; ``sentence_position`` is the sentence that it
    is about (0 the first), or None for the whole text.
    """

    name: str
    verdict: Verdict
    detail: str
    sentence_position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportedSentence:
    """A machine sentence with the source sentence that supports it best.

    ``source`` is that sentence's span in the document, or None where nothing is near;
    ``support`` is in [0, 1] (1: word for word).
    """

    text: str
    source: Span | None
    support: float


class SummaryMethod(StrEnum):
    """How a summary came to be."""

    EXTRACTIVE = "extractive"
    """Sentences of the source, word for word."""
    GENERATED = "generated"
    """Written by a language model: unverified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary of an abstract, sentence by sentence, with its checks.

    ``ranked_by`` names what chose an extractive summary's sentences (a model id, or
    ``lexical``); ``generation`` is set for a generated one. ``is_flagged`` follows from the checks.
    """

    method: SummaryMethod
    sentences: tuple[SupportedSentence, ...]
    checks: tuple[Check, ...]
    ranked_by: str | None = None
    generation: Generation | None = None

    @property
    def text(self) -> str:
        """The summary as one text."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def is_flagged(self) -> bool:
        """Whether any check asks for a person's look."""
        return any(check.verdict is Verdict.FLAG for check in self.checks)


class FindingState(StrEnum):
    """Whether a data item was found in a report (Cochrane's distinction)."""

    FOUND = "found"
    """A passage of the report answers the item; it is quoted."""
    NOT_REPORTED = "not_reported"
    """The report was read whole and is silent on the item."""
    NOT_FOUND = "not_found"
    """Nothing near enough was seen; the report may still say it."""


class ValueMethod(StrEnum):
    """How the value of a finding came to be."""

    RULE = "rule"
    """Taken from the quotation by a rule, word for word: numbers, intervals, identifiers."""
    RANKING = "ranking"
    """A label of a fixed list that a model, or wording, made the likeliest."""
    MODEL = "model"
    """Written by a language model from the quotation: unverified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One passage for one data item of a report (PRISMA 2020, item 10).

    An item has one finding, or several where the report gives several answers (outcomes,
    effect estimates) or contradicts itself; the first is the best supported, but a list is in
    the order of the text. ``quote`` and ``source`` are exact and set exactly when ``state`` is
    FOUND; ``section`` and ``section_title`` tell where the passage stands. ``support`` is how
    near the quotation is to the item's question, in [0, 1]. ``value`` is never without its
    quotation, and None where only the quotation answers; ``value_method`` says how it came to be;
    ``structured`` is the same as data, built by code (``{"measure": "HR", "estimate": "0.74", …}``,
    numbers as printed).
    ``checks`` are about the value; the check ``agreement`` flags findings of an item that disagree.
    """

    data_item: str
    state: FindingState
    quote: str | None
    source: Span | None
    support: float
    section: SectionKind | None = None
    section_title: str = ""
    value: str | None = None
    value_method: ValueMethod | None = None
    structured: Mapping[str, Any] = field(default_factory=dict)
    generation: Generation | None = None
    checks: tuple[Check, ...] = ()

    @property
    def is_flagged(self) -> bool:
        """Whether any check asks for a person's look."""
        return any(check.verdict is Verdict.FLAG for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A part of a document that was in no window, and why."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The in-depth reading of one full text: its data items, and what was not looked at.

    Of the ``n_sentences`` of the text ``n_sentences_read`` were in at least one of
    ``n_windows`` windows; the others are in ``left_out``, with the reason.
    ``other_generations`` are the model calls whose answer is in no finding: another window gave
    the same, or none was given.
    """

    findings: tuple[Finding, ...]
    n_sentences: int
    n_sentences_read: int
    ranked_by: str
    n_windows: int = 1
    left_out: tuple[LeftOut, ...] = ()
    other_generations: tuple[Generation, ...] = ()

    @property
    def coverage(self) -> float:
        """The share of sentences that were read, in percent; 100 for an empty text."""
        return 100.0 * self.n_sentences_read / self.n_sentences if self.n_sentences else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that came of reading one document once; ``failure`` says why nothing did."""

    document: Document
    route: Route
    summaries: tuple[Summary, ...] = ()
    analysis: Analysis | None = None
    failure: str | None = None

    @property
    def shown_summary(self) -> Summary | None:
        """The summary to show: the generated one if no check flags it, else the extractive one."""
        trusted = [
            summary
            for summary in self.summaries
            if summary.method is SummaryMethod.EXTRACTIVE or not summary.is_flagged
        ]
        return max(trusted, key=lambda one: one.method is SummaryMethod.GENERATED, default=None)
