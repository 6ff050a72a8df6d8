"""The engine of a served model: an OpenAI-compatible server (vLLM, llama.cpp, Ollama) writes.

What such a server cannot promise is said, not hidden: its weights have no hash here, it may not
repeat a text exactly, and it does not apply ``no_repeat_ngram`` (the description, which is kept
with each text, says so).
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, TypeVar

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError, ModelNotAvailable, PromptTooLong
from litsweep.models.served_http import ServerClient
from litsweep.models.served_replies import ServedText, read_label_score, read_text, refusal
from litsweep.models.served_tokens import TokenCounter, find_mark
from litsweep.models.stopping import StopRule

# A server fills in what it is not told from the checkpoint's own settings or its own defaults,
# and a penalty on repetition makes models invent numbers (it counts the prompt).
_NOTHING_ADDED: Final = {
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "repetition_penalty": 1.0,
    "repeat_penalty": 1.0,
}

_T = TypeVar("_T")
_R = TypeVar("_R")


class ServedEngine:
    """One model on one server; see ``litsweep.domain.generations.Engine``.

    ``concurrency`` prompts are sent at once. Safe to call from several threads.
    """

    def __init__(
        self,
        spec: ModelSpec,
        client: ServerClient,
        counter: TokenCounter,
        *,
        served_model: str,
        software: str,
        concurrency: int,
    ) -> None:
        self._spec = spec
        self._client = client
        self._counter = counter
        self._served_model = served_model
        self._software = software
        self._concurrency = concurrency
        self._is_chat = spec.kind is ModelKind.INSTRUCT

    @property
    def spec(self) -> ModelSpec:
        """The model that is served."""
        return self._spec

    @property
    def weights_sha256(self) -> str:
        """Empty: the weights are not here."""
        return ""

    @property
    def description(self) -> str:
        """What runs the model, as far as the server tells: see ``Engine.description``."""
        counted = "counted by it" if self._counter.is_exact else "estimated"
        return (
            f"served by {self._software} as {self._served_model}, tokens {counted}, "
            "no_repeat_ngram not applied"
        )

    def peak_memory_bytes(self) -> int:
        """Return 0: the memory is the server's."""
        return 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes as a prompt, chat template included.

        Counted by the server where it does that, else estimated: the description says which.

        Raises:
            ModelError: the server failed.
        """
        return self._at_once(self._counter.count, texts)

    def generate(
        self, prompts: Sequence[str], sampling: SamplingParams
    ) -> list[Completion | ModelError]:
        """Continue each prompt; one completion, or why there is none, a prompt, in order.

        Raises:
            ModelNotAvailable: the server cannot be reached, or refuses whatever it is asked.
        """
        started = time.perf_counter()
        done = self._at_once(
            lambda numbered: self._complete(*numbered, sampling), list(enumerate(prompts))
        )
        share_s = (time.perf_counter() - started) / max(1, len(prompts))
        return [
            one if isinstance(one, ModelError) else replace(one, duration_s=share_s) for one in done
        ]

    def rank(
        self, prompts: Sequence[str], labels: Sequence[str]
    ) -> list[tuple[float, ...] | ModelError]:
        """Score labels: see ``Engine.rank``. Needs a server that scores given text (vLLM).

        A label is scored as the words that follow the prompt, after a space.

        Raises:
            ModelError: it does not, or the model is asked by chat.
            ModelNotAvailable: the server cannot be reached.
        """
        if self._is_chat:
            raise ModelError(
                f"{self._spec.name} is asked by chat, where a server scores no given text: labels "
                "cannot be ranked. Declare it as causal, or choose another model."
            )
        if not prompts or not labels:
            return [() for _ in prompts]
        first = self._score(0, prompts[0], labels)
        if isinstance(first, ModelError) and not isinstance(first, PromptTooLong):
            raise first
        rest = self._at_once(
            lambda numbered: self._score(*numbered, labels), list(enumerate(prompts))[1:]
        )
        return [first, *rest]

    def _at_once(self, work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                return [future.result() for future in futures]
            except ModelError:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _complete(
        self, position: int, prompt: str, sampling: SamplingParams
    ) -> Completion | ModelError:
        try:
            self._refuse_marks(prompt)
            n_tokens = self._counter.count(prompt)
            if n_tokens + sampling.max_new_tokens > self._spec.context_window:
                return self._too_long(position, n_tokens, sampling)
            answer = self._client.ask(self._path(), self._payload(prompt, sampling))
            if not answer.is_ok:
                return refusal(answer, name=self._spec.name, position=position)
            written = read_text(answer.data, is_chat=self._is_chat)
            self._refuse_cut(prompt, n_tokens, written)
        except ModelNotAvailable:
            raise
        except ModelError as error:
            return ModelError(f"{self._spec.name} failed on prompt {position + 1}: {error}")
        return self._finish(written, n_tokens, sampling)

    def _too_long(self, position: int, n_tokens: int, sampling: SamplingParams) -> PromptTooLong:
        return PromptTooLong(
            f"Prompt {position + 1} takes {n_tokens} tokens, and {sampling.max_new_tokens} "
            f"are to be written: together more than the {self._spec.context_window} tokens that "
            f"{self._spec.name} can hold. Shorten the prompt or ask for fewer tokens."
        )

    def _refuse_marks(self, prompt: str) -> None:
        mark = find_mark(prompt)
        if mark is not None:
            raise ModelError(
                f"it holds {mark!r}, which a server takes for a mark of its own and not for text. "
                "Read this document with a model on this machine."
            )

    def _refuse_cut(self, prompt: str, n_tokens: int, written: ServedText) -> None:
        n_read = written.n_input_tokens
        if n_read is not None and self._counter.was_cut(prompt, n_tokens, n_read):
            raise ModelError(
                f"the server read {n_read} tokens of its {n_tokens}, so it cut the prompt. Serve "
                f"the model with a window of {self._spec.context_window} tokens (Ollama: num_ctx), "
                "or declare a smaller one."
            )

    def _path(self) -> str:
        return "/v1/chat/completions" if self._is_chat else "/v1/completions"

    def _payload(self, prompt: str, sampling: SamplingParams) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "model": self._served_model,
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature if sampling.do_sample else 0.0,
            "seed": sampling.seed,
            "stream": False,
            **_NOTHING_ADDED,
        }
        if sampling.do_sample:
            asked |= {"top_k": 0, "min_p": 0.0}
        stops = self._stops(sampling)
        if stops:
            asked["stop"] = list(stops)
        if self._is_chat:
            return asked | {"messages": [{"role": "user", "content": prompt.strip()}]}
        return asked | {"prompt": prompt}

    def _stops(self, sampling: SamplingParams) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._spec.stop_strings, *sampling.stop_strings)))

    def _finish(self, written: ServedText, n_tokens: int, sampling: SamplingParams) -> Completion:
        # Servers cut at stop strings themselves; sentences are counted here.
        rule = StopRule(stop_strings=self._stops(sampling), n_sentences=sampling.n_sentences)
        text, reason = rule.cut(written.text)
        n_written = written.n_output_tokens
        return Completion(
            text=text,
            n_input_tokens=n_tokens if written.n_input_tokens is None else written.n_input_tokens,
            n_output_tokens=self._counter.count(text) if n_written is None else n_written,
            stop_reason=_first_reason(reason, written.stop_reason),
            duration_s=0.0,
        )

    def _score(
        self, position: int, prompt: str, labels: Sequence[str]
    ) -> tuple[float, ...] | ModelError:
        try:
            self._refuse_marks(prompt)
            return tuple(self._score_label(position, prompt, label) for label in labels)
        except ModelNotAvailable:
            raise
        except ModelError as error:
            return error

    def _score_label(self, position: int, prompt: str, label: str) -> float:
        given, continuation = prompt.rstrip(), f" {label.strip()}"
        answer = self._client.ask(
            "/v1/completions",
            {
                "model": self._served_model,
                "prompt": given + continuation,
                "max_tokens": 1,  # some servers refuse 0; what it writes is not looked at
                "temperature": 0.0,
                "echo": True,
                "logprobs": 1,
            },
        )
        if not answer.is_ok:
            raise self._cannot_rank(refusal(answer, name=self._spec.name, position=position))
        try:
            return read_label_score(answer.data, prompt=given, label=continuation)
        except ModelError as error:
            raise self._cannot_rank(error) from None

    def _cannot_rank(self, error: ModelError) -> ModelError:
        if isinstance(error, PromptTooLong):
            return error
        return ModelError(
            f"{self._spec.name} cannot rank labels on its server ({self._software}): {error} vLLM "
            "can; or run the model on this machine."
        )


def _first_reason(cut_for: StopReason | None, ended_for: StopReason) -> StopReason:
    return ended_for if cut_for is None else cut_for
