"""An engine that writes what the test tells it to, and counts words as tokens."""

from collections.abc import Callable, Sequence

from litsweep.domain.generations import (
    Completion,
    ModelKind,
    ModelSpec,
    SamplingParams,
    StopReason,
)
from litsweep.errors import ModelError, PromptTooLong


def fake_spec(kind: ModelKind = ModelKind.INSTRUCT, context_window: int = 1024) -> ModelSpec:
    return ModelSpec(
        name="fakegpt",
        aliases=(),
        kind=kind,
        model_id="example/fakegpt",
        revision="0" * 40,
        context_window=context_window,
        licence="none",
        intended_use="tests",
    )


class ScriptedEngine:
    """Answers each prompt with ``script(prompt)``.

    A script that returns a ModelError makes every batch fail that holds the prompt. ``batches``
    records the prompts of each call.
    """

    def __init__(
        self,
        script: Callable[[str], str | ModelError],
        *,
        kind: ModelKind = ModelKind.INSTRUCT,
        context_window: int = 1024,
        stop_reason: StopReason = StopReason.END_OF_TEXT,
    ) -> None:
        self.spec = fake_spec(kind, context_window)
        self.weights_sha256 = "f" * 64
        self.batches: list[tuple[str, ...]] = []
        self._script = script
        self._stop_reason = stop_reason

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(self, prompts: Sequence[str], sampling: SamplingParams) -> list[Completion]:
        self.batches.append(tuple(prompts))
        return [self._complete(prompt, sampling) for prompt in prompts]

    def _complete(self, prompt: str, sampling: SamplingParams) -> Completion:
        n_input_tokens = self.count_tokens(prompt)
        if n_input_tokens + sampling.max_new_tokens > self.spec.context_window:
            raise PromptTooLong("The prompt is too long.")
        answer = self._script(prompt)
        if isinstance(answer, ModelError):
            raise answer
        return Completion(
            text=answer,
            n_input_tokens=n_input_tokens,
            n_output_tokens=self.count_tokens(answer),
            stop_reason=self._stop_reason,
            duration_s=0.001,
        )
