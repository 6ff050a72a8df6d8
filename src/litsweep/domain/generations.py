"""What a model was asked and what it wrote, kept so that the call could be repeated."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from litsweep.domain.documents import Span
from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How words are chosen: greedy unless ``do_sample``; ``seed`` counts only then.

    ``no_repeat_ngram`` forbids repeating an n-gram of the *generated* words (0: off). It never
    looks at the prompt: the library option that does makes models invent numbers
    (measured: 13 of 24 numbers invented against 0 of 27 for plain greedy decoding).
    A text ends before the first of ``stop_strings``, and after ``n_sentences`` sentences
    (0: no limit), as soon as the beginning of one more shows that they are whole.
    """

    max_new_tokens: int
    do_sample: bool = False
    temperature: float = 1.0
    seed: int = 0
    no_repeat_ngram: int = 0
    stop_strings: tuple[str, ...] = ()
    n_sentences: int = 0

    def __post_init__(self) -> None:
        """Take a list of stop strings, too: JSON, in which parameters are stored, has no tuples."""
        object.__setattr__(self, "stop_strings", tuple(self.stop_strings))

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as stored with each generation."""
        return {**asdict(self), "stop_strings": list(self.stop_strings)}

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
    SENTENCES = "sentences"
    """As many whole sentences as were asked for were written."""
    LENGTH = "length"
    """``max_new_tokens`` were written: the text may be cut."""
    TIME = "time"
    """The time for one batch ran out: the text may be cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What an engine wrote for one prompt; ``duration_s`` is its share of its batch's time."""

    text: str
    n_input_tokens: int
    n_output_tokens: int
    stop_reason: StopReason
    duration_s: float


class TokenCounter(Protocol):
    """Tells how long texts are under one model's own tokenizer."""

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes as a prompt, special tokens included."""
        ...


class Engine(TokenCounter, Protocol):
    """Runs prompts through one loaded model, in batches."""

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' bytes, in hexadecimal; empty for a model served elsewhere."""
        ...

    @property
    def description(self) -> str:
        """What runs the model, with versions, device and precision: kept with each generation.

        Such as ``transformers 5.23.0, torch 2.13.0, cpu, float32``.
        """
        ...

    def generate(
        self, prompts: Sequence[str], sampling: SamplingParams
    ) -> list[Completion | ModelError]:
        """Continue each prompt; one completion, or why there is none, a prompt, in order.

        A prompt that is too long for the window (`PromptTooLong`), or that fails when it
        runs alone, costs only itself.

        Raises:
            ModelError: the model as a whole can be used no more.
        """
        ...

    def rank(
        self, prompts: Sequence[str], labels: Sequence[str]
    ) -> list[tuple[float, ...] | ModelError]:
        """Return, for each prompt, the log-probability of each label as its continuation.

        Natural logarithms, summed over a label's tokens and divided by their number, so
        that long labels are not at a disadvantage; one score a label, in order.

        Raises:
            ModelError: the model as a whole can be used no more, or cannot score.
        """
        ...

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far: the GPU's where the model is on one.

        On a CPU that is the whole process's resident size; 0 for a model served elsewhere.
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


Entailment: TypeAlias = tuple[float, float, float]
"""Probabilities of entailment, neutral and contradiction, in this order; together 1."""


class EntailmentModel(Protocol):
    """Tells whether a premise (the source) entails a hypothesis (a generated sentence)."""

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' bytes, in hexadecimal."""
        ...

    @property
    def description(self) -> str:
        """What runs the model: see ``Engine.description``."""
        ...

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment | ModelError]:
        """Judge each pair of premise and hypothesis, in order.

        Nothing is cut: a pair that is too long for the window (`PromptTooLong`), or that fails
        when it runs alone, costs only itself.
        """
        ...


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
    ``input_sha256`` is the hash of the whole prompt; ``output_text`` is raw. ``engine`` is what
    ran the model (`Engine.description`; empty where an older litsweep did not keep it).
    """

    task: ReadingTask
    model_id: str
    model_revision: str
    weights_sha256: str
    engine: str
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
