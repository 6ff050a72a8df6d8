"""A runner that writes what the test tells it to, over a tokenizer of one token a character."""

from collections.abc import Callable, Sequence

from litsweep.domain.generations import SamplingParams
from litsweep.models.runner import HasEnded

END = 0
Ids = Sequence[int]


class CharacterTokenizer:
    """Stands in for ``PromptTokenizer``: a token is a character's number."""

    end_token_id = END
    pad_token_id = END

    def encode_many(self, prompts: Sequence[str]) -> list[list[int]]:
        return [[ord(character) for character in prompt] for prompt in prompts]

    def encode_continuation(self, text: str) -> list[int]:
        return [ord(character) for character in text]

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(map(chr, tokens))


class ScriptedRunner:
    """Writes ``script(prompt)`` a token at a time and ends the row as runners do.

    ``batches`` records the prompts of each call, ``fails(call number, prompts)`` may return an
    error to raise, ``n_released`` counts ``release_memory``. ``n_steps_in_time`` tokens are
    written before the time of a batch is up.
    """

    description = "a script"

    def __init__(
        self,
        script: Callable[[str], str] = lambda prompt: prompt.upper(),
        *,
        n_positions: int = 1024,
        fails: Callable[[int, list[str]], Exception | None] = lambda call, prompts: None,
        n_steps_in_time: int = 10_000,
    ) -> None:
        self.n_positions = n_positions
        self.batches: list[list[str]] = []
        self.n_released = 0
        self._script = script
        self._fails = fails
        self._n_steps_in_time = n_steps_in_time

    def run(
        self,
        prompts: Sequence[Ids],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        self._begin(prompts)
        return [self._write(prompt, sampling, has_ended) for prompt in prompts]

    def score(self, prompts: Sequence[Ids], continuations: Sequence[Ids]) -> list[float]:
        self._begin(prompts)
        return [
            -float(len(prompt) * 100 + len(tokens))
            for prompt, tokens in zip(prompts, continuations, strict=True)
        ]

    def is_out_of_memory(self, error: Exception) -> bool:
        return isinstance(error, MemoryError)

    def release_memory(self) -> None:
        self.n_released += 1

    def peak_memory_bytes(self) -> int:
        return 5

    def _begin(self, prompts: Sequence[Ids]) -> None:
        texts = ["".join(map(chr, prompt)) for prompt in prompts]
        self.batches.append(texts)
        error = self._fails(len(self.batches), texts)
        if error is not None:
            raise error

    def _write(
        self, prompt: Ids, sampling: SamplingParams, has_ended: HasEnded | None
    ) -> list[int]:
        answer = self._script("".join(map(chr, prompt)))
        written: list[int] = []
        for token in [*map(ord, answer), END][
            : min(sampling.max_new_tokens, self._n_steps_in_time)
        ]:
            written.append(token)
            if has_ended is not None and has_ended(written):
                break
        return written
