"""An engine that writes what the test tells it to, and counts words as tokens."""

from collections.abc import Callable, Sequence

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.domain.models import ModelChoice, ModelKind, ModelSpec
from litsweep.errors import ModelError, PromptTooLong
from litsweep.reading.options import ReadingOptions


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

    A script that returns a ModelError makes that prompt fail. ``batches`` records the prompts
    of each call.
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
        self.description = "a script"
        self.batches: list[tuple[str, ...]] = []
        self._script = script
        self._stop_reason = stop_reason

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def generate(
        self, prompts: Sequence[str], sampling: SamplingParams
    ) -> list[Completion | ModelError]:
        self.batches.append(tuple(prompts))
        return [self._complete(prompt, sampling) for prompt in prompts]

    def rank(
        self, prompts: Sequence[str], labels: Sequence[str]
    ) -> list[tuple[float, ...] | ModelError]:
        """Prefer the label that the script answers with."""
        return [
            answer
            if isinstance(answer := self._script(prompt), ModelError)
            else tuple(0.0 if label == answer else -1.0 for label in labels)
            for prompt in prompts
        ]

    def peak_memory_bytes(self) -> int:
        return 0

    def _complete(self, prompt: str, sampling: SamplingParams) -> Completion | ModelError:
        (n_input_tokens,) = self.count_tokens([prompt])
        if n_input_tokens + sampling.max_new_tokens > self.spec.context_window:
            return PromptTooLong("The prompt is too long.")
        answer = self._script(prompt)
        if isinstance(answer, ModelError):
            return answer
        return Completion(
            text=answer,
            n_input_tokens=n_input_tokens,
            n_output_tokens=self.count_tokens([answer])[0],
            stop_reason=self._stop_reason,
            duration_s=0.001,
        )


def options_for(
    engine: ScriptedEngine | None, *, max_new_tokens: int = 64, window_overlap: int = 1
) -> ReadingOptions:
    """What a reading is told when this engine, or none, was chosen."""
    choice = ModelChoice(model=engine.spec if engine else None, reason="The test says so.")
    return ReadingOptions(
        choice=choice, max_new_tokens=max_new_tokens, window_overlap=window_overlap
    )
