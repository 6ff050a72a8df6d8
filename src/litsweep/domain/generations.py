"""What models are, what they were asked, what they wrote, and how it was checked.

Nothing here is ever changed after the fact: a newer reading is a new value beside the
older one.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from litsweep.domain.documents import Document, Span


class ModelKind(StrEnum):
    """How a model turns text into words."""

    CAUSAL = "causal"
    """A base language model: it continues a text."""
    INSTRUCT = "instruct"
    """A causal model tuned on a chat template: it answers a request."""
    ENCODER = "encoder"
    """Sentence embeddings; it writes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model as published: exact id and revision, limits, licence, intended use.

    ``context_window`` counts prompt and answer together, in tokens. ``stop_strings`` end a
    generation and are cut from it. ``is_demonstration`` marks a model that ships so that the
    generating path can be seen working and is often wrong.
    """

    name: str
    aliases: tuple[str, ...]
    kind: ModelKind
    model_id: str
    revision: str
    context_window: int
    licence: str
    intended_use: str
    stop_strings: tuple[str, ...] = ()
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How words are chosen: greedy unless ``do_sample``; ``seed`` counts only then.

    ``no_repeat_ngram`` forbids repeating an n-gram of the *generated* words (0: off). It never
    looks at the prompt: the library option that does makes models invent numbers
    (measured: 13 of 24 numbers invented against 0 of 27 for plain greedy decoding).
    """

    max_new_tokens: int
    do_sample: bool = False
    temperature: float = 1.0
    seed: int = 0
    no_repeat_ngram: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as stored with each generation."""
        return asdict(self)

    @property
    def sha256(self) -> str:
        """Hash of the parameters, in hexadecimal; the same for equal parameters."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()


class StopReason(StrEnum):
    """Why a generation ended."""

    END_OF_TEXT = "end_of_text"
    """The model ended the text itself."""
    STOP_STRING = "stop_string"
    """A stop string of the model or the prompt was written."""
    LENGTH = "length"
    """``max_new_tokens`` were written: the text may be cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What an engine wrote for one prompt; ``duration_s`` is its share of its batch's time."""

    text: str
    n_input_tokens: int
    n_output_tokens: int
    stop_reason: StopReason
    duration_s: float


class Engine(Protocol):
    """Runs prompts through one loaded model, in batches."""

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' bytes, in hexadecimal."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens ``text`` takes as a prompt, special tokens included."""
        ...

    def generate(self, prompts: Sequence[str], sampling: SamplingParams) -> list[Completion]:
        """Continue each prompt; one completion a prompt, in the order of the prompts.

        Raises:
            PromptTooLong: a prompt and ``max_new_tokens`` do not fit into the context window.
            ModelError: the model failed on every attempt, a batch of one included.
        """
        ...


class SentenceEncoder(Protocol):
    """Turns sentences into vectors whose dot product is their similarity."""

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' bytes, in hexadecimal."""
        ...

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one unit vector a text (an array of shape ``[n, dimensions]``, float32)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which model reads a document, and why, in words for people.

    ``model_name`` is None where nothing is generated; the document is then read
    extractively, or not at all (``is_readable`` False).
    """

    model_name: str | None
    reason: str
    is_readable: bool = True


class ReadingTask(StrEnum):
    """What a generation was for."""

    SUMMARY = "summary"
    """A short summary of an abstract."""
    ANALYSIS = "analysis"
    """A data item of a full text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One model call, kept so that it could be repeated: append-only.

    ``source`` is the part of the document's text that was put into the prompt;
    ``input_sha256`` is the hash of the whole prompt; ``output_text`` is raw.
    """

    task: ReadingTask
    model_id: str
    model_revision: str
    weights_sha256: str
    is_demonstration: bool
    prompt_name: str
    prompt_version: int
    prompt_sha256: str
    sampling: SamplingParams
    source: Span
    input_sha256: str
    output_text: str
    n_input_tokens: int
    n_output_tokens: int
    stop_reason: StopReason
    duration_s: float


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One data item of a report (PRISMA 2020, item 10), never without its quotation.

    ``quote`` and ``source`` are exact and set exactly when ``state`` is FOUND; ``support`` is how
    near the quotation is to the item's question, in [0, 1]. ``value`` is the model's wording,
    or None where no model wrote one; ``checks`` are about it.
    """

    data_item: str
    state: FindingState
    quote: str | None
    source: Span | None
    support: float
    value: str | None = None
    generation: Generation | None = None
    checks: tuple[Check, ...] = ()

    @property
    def is_flagged(self) -> bool:
        """Whether any check asks for a person's look."""
        return any(check.verdict is Verdict.FLAG for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The in-depth reading of one full text: its data items, and what was not looked at.

    ``n_sentences`` of the body, ``n_sentences_read`` of them were in a window or were ranked.
    """

    findings: tuple[Finding, ...]
    n_sentences: int
    n_sentences_read: int
    ranked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that came of reading one document once; ``failure`` says why nothing did."""

    document: Document
    route: Route
    summaries: tuple[Summary, ...] = ()
    analysis: Analysis | None = None
    failure: str | None = None
