"""The engine: prompts in, completions out, over any runner (transformers, CTranslate2).

Sorts prompts by length, cuts them into batches that fit the memory, and sees to it that a bad
prompt costs only itself: where a batch fails it is halved, down to the one prompt that fails
alone. Runs no model itself; a ``litsweep.models.runner.Runner`` does.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import DeviceLost, ModelError, PromptTooLong
from litsweep.models.batches import Batch, EncodedPrompt, cut_into_batches
from litsweep.models.runner import HasEnded, Runner
from litsweep.models.stopping import StopRule
from litsweep.models.tokenization import PromptTokenizer

DEFAULT_BATCH_TOKENS: Final = 8_192
"""Tokens in one batch where nobody says: eight whole windows of 1,024.

Their keys and values take 1.5 GiB for BioGPT and 5 GiB for BioMedLM in float32, about as much as
the weights; more rows bring little on CPUs, which compute at their limit while reading prompts."""
_TAIL_TOKENS: Final = 32
"""What is decoded to see whether a text may be over: more than runners write between two looks."""
_MARGIN_TOKENS: Final = 8  # a stop string may begin inside a token and be split oddly
_LOST_DEVICE: Final = ("device-side assert", "cuda error", "cuda failed", "illegal memory access")
"""What libraries say when a CUDA context is gone: every later call fails, whatever the prompt."""
_LIBRARY_ERRORS: Final = (ArithmeticError, LookupError, MemoryError, RuntimeError, ValueError)

_T = TypeVar("_T")


class BatchingEngine:
    """One loaded model; see ``litsweep.domain.generations.Engine``.

    A batch holds at most ``batch_size`` prompts, and as many as fit into ``batch_tokens`` (the
    longest prompt and its answer, times the rows; None: ``DEFAULT_BATCH_TOKENS``). It writes for
    at most ``timeout_s`` seconds. Safe to call from several threads: calls wait for one another.
    """

    def __init__(
        self,
        spec: ModelSpec,
        runner: Runner,
        tokenizer: PromptTokenizer,
        *,
        weights_sha256: str,
        batch_size: int,
        batch_tokens: int | None,
        timeout_s: float,
    ) -> None:
        self._spec = spec
        self._runner = runner
        self._tokenizer = tokenizer
        self._weights_sha256 = weights_sha256
        self._batch_size = batch_size
        self._batch_tokens = batch_tokens or DEFAULT_BATCH_TOKENS
        self._timeout_s = timeout_s
        self._window = min(spec.context_window, runner.n_positions)
        self._lock = threading.Lock()
        self._loss: DeviceLost | None = None

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        return self._spec

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' files (see ``litsweep.models.weights.hash_weights``)."""
        return self._weights_sha256

    @property
    def description(self) -> str:
        """What runs the model: see ``Engine.description``."""
        return self._runner.description

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes as a prompt, special tokens included."""
        return [len(ids) for ids in self._tokenizer.encode_many(texts)]

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far: see ``Engine.peak_memory_bytes``."""
        return self._runner.peak_memory_bytes()

    def generate(
        self, prompts: Sequence[str], sampling: SamplingParams
    ) -> list[Completion | ModelError]:
        """Continue each prompt: see ``Engine.generate``.

        A sample depends on the seed and its own prompt only, not on the rest of the batch.
        """
        stops = (*self._spec.stop_strings, *sampling.stop_strings)
        rule = StopRule(stop_strings=stops, n_sentences=sampling.n_sentences)

        def attempt(batch: Batch) -> list[Completion]:
            return self._write(batch, sampling, rule)

        return self._in_batches(prompts, sampling.max_new_tokens, 1, attempt)

    def rank(
        self, prompts: Sequence[str], labels: Sequence[str]
    ) -> list[tuple[float, ...] | ModelError]:
        """Score labels: see ``Engine.rank``.

        A label is scored as the words that follow the prompt: after a space, but for a model
        with a chat template, whose answer begins with it.

        Raises:
            ModelError: a label is empty; or see ``Engine.rank``.
        """
        continuations = [self._tokenizer.encode_continuation(label) for label in labels]
        if not all(continuations):
            raise ModelError(f"An empty label cannot be ranked; given were {list(labels)}.")
        if not continuations:
            return [() for _ in prompts]
        longest = max(map(len, continuations))

        def attempt(batch: Batch) -> list[tuple[float, ...]]:
            pairs = [(prompt.tokens, label) for prompt in batch for label in continuations]
            scores = iter(self._runner.score(*zip(*pairs, strict=True)))
            return [tuple(next(scores) for _ in continuations) for _ in batch]

        return self._in_batches(prompts, longest, len(labels), attempt)

    def _in_batches(
        self,
        prompts: Sequence[str],
        n_more: int,
        rows_each: int,
        attempt: Callable[[Batch], list[_T]],
    ) -> list[_T | ModelError]:
        """Return what ``attempt`` makes of each prompt, or why it makes nothing of it."""
        encoded = [
            EncodedPrompt(position=i, tokens=tokens)
            for i, tokens in enumerate(self._tokenizer.encode_many(prompts))
        ]
        outcomes: dict[int, _T | ModelError] = {
            prompt.position: error
            for prompt in encoded
            if (error := self._too_long(prompt, n_more)) is not None
        }
        batches = cut_into_batches(
            [prompt for prompt in encoded if prompt.position not in outcomes],
            n_more,
            batch_size=max(1, self._batch_size // rows_each),
            batch_tokens=self._batch_tokens // rows_each,
        )
        with self._lock:
            for batch in batches:
                done = self._run(batch, attempt)
                outcomes.update(done)
        return [outcomes[i] for i in range(len(prompts))]

    def _too_long(self, prompt: EncodedPrompt, n_more: int) -> PromptTooLong | None:
        n_tokens = len(prompt.tokens)
        # The answer of a seq2seq model stands in a window of its own.
        n_needed = n_tokens if self._spec.kind is ModelKind.SEQ2SEQ else n_tokens + n_more
        if n_needed <= self._window:
            return None
        return PromptTooLong(
            f"Prompt {prompt.position + 1} takes {n_tokens} tokens, and {n_more} "
            f"are to be written: together more than the {self._window} tokens that "
            f"{self._spec.name} can hold. Shorten the prompt or ask for fewer tokens."
        )

    def _run(
        self, batch: Batch, attempt: Callable[[Batch], list[_T]]
    ) -> dict[int, _T | ModelError]:
        if self._loss is not None:
            raise self._loss
        try:
            done = attempt(batch)
            return {prompt.position: one for prompt, one in zip(batch, done, strict=True)}
        except _LIBRARY_ERRORS as error:
            self._raise_if_lost(error)
            failure = self._failed(batch, error)
        # Outside the handler: while it is live, the traceback keeps the failed batch's memory.
        self._runner.release_memory()
        if len(batch) == 1:
            return {batch[0].position: failure}
        middle = len(batch) // 2
        return self._run(batch[:middle], attempt) | self._run(batch[middle:], attempt)

    def _raise_if_lost(self, error: Exception) -> None:
        message = str(error).lower()
        is_lost = any(sign in message for sign in _LOST_DEVICE)
        if not is_lost or self._runner.is_out_of_memory(error):
            return
        self._loss = DeviceLost(
            f"{self._spec.name} can be used no more in this process: the GPU's context is lost "
            f"({_first_line(error)}). Start the worker again."
        )
        raise self._loss from error

    def _failed(self, batch: Batch, error: Exception) -> ModelError:
        places = ", ".join(f"{p.position + 1} ({len(p.tokens)} tokens)" for p in batch)
        is_memory = self._runner.is_out_of_memory(error)
        advice = " Memory ran out: ask for shorter texts." if is_memory else ""
        return ModelError(
            f"{self._spec.name} failed on prompt {places}: "
            f"{type(error).__name__}, {_first_line(error)}.{advice}"
        )

    def _write(self, batch: Batch, sampling: SamplingParams, rule: StopRule) -> list[Completion]:
        started = time.perf_counter()
        rows = self._runner.run(
            [prompt.tokens for prompt in batch],
            sampling,
            end_token_id=self._tokenizer.end_token_id,
            has_ended=None if rule.is_empty else self._watch(rule),
            deadline=time.monotonic() + self._timeout_s,
        )
        duration_s = (time.perf_counter() - started) / len(batch)
        return [
            self._complete(prompt, tokens, sampling, rule, duration_s)
            for prompt, tokens in zip(batch, rows, strict=True)
        ]

    def _watch(self, rule: StopRule) -> HasEnded:
        # A token is at least one byte long, so the tail that can hold a new stop is short.
        longest = max((len(stop.encode()) for stop in rule.stop_strings), default=0)
        n_tail = max(_TAIL_TOKENS, longest + _MARGIN_TOKENS)
        decode = self._tokenizer.decode

        def has_ended(tokens: Sequence[int]) -> bool:
            if not rule.may_end_in(decode(tokens[-n_tail:])):
                return False
            return rule.cut(decode(tokens))[1] is not None

        return has_ended

    def _complete(
        self,
        prompt: EncodedPrompt,
        tokens: Sequence[int],
        sampling: SamplingParams,
        rule: StopRule,
        duration_s: float,
    ) -> Completion:
        end = self._tokenizer.end_token_id
        has_ended = end in tokens
        written = tokens[: tokens.index(end)] if has_ended else tokens
        text, reason = rule.cut(self._tokenizer.decode(written))
        if reason is None and has_ended:
            reason = StopReason.END_OF_TEXT
        elif reason is None:
            is_whole = len(written) >= sampling.max_new_tokens
            reason = StopReason.LENGTH if is_whole else StopReason.TIME
        return Completion(
            text=text,
            n_input_tokens=len(prompt.tokens),
            n_output_tokens=len(written),
            stop_reason=reason,
            duration_s=duration_s,
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no detail"])[0]
