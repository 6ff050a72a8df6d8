"""What an engine needs from a library that runs a model: token ids in, token ids out.

``litsweep.models.batching`` sorts, budgets, halves and retries batches, tokenises and decodes; a
runner only runs one batch of ids that fits. There is one runner a library (transformers on
torch, CTranslate2), so that equal ids can be compared between them.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from litsweep.domain.generations import SamplingParams

HasEnded: TypeAlias = Callable[[Sequence[int]], bool]
"""Tells from the ids that one row has written so far whether its text is over."""


class Runner(Protocol):
    """One loaded model that runs batches of token ids; calls are never concurrent."""

    @property
    def description(self) -> str:
        """Library and version, device, precision: see ``Engine.description``."""
        ...

    @property
    def n_positions(self) -> int:
        """How many tokens, prompt and answer together, the weights have positions for."""
        ...

    def run(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        """Return the new ids of each prompt: at most ``max_new_tokens``, with the end token if any.

        A row ends with ``end_token_id``, or soon after ``has_ended`` says so of its new ids
        (None: nothing is asked), or when ``time.monotonic()`` passes ``deadline``. Rows in one call
        do not influence one another.

        Raises:
            Exception: whatever the library raises; ``is_out_of_memory`` tells which kind.
        """
        ...

    def score(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
    ) -> list[float]:
        """Return the mean natural log-probability a token of each continuation after its prompt."""
        ...

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether a smaller batch may succeed where ``error`` came."""
        ...

    def release_memory(self) -> None:
        """Give back what a failed batch left behind."""
        ...

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far, in bytes: see ``Engine.peak_memory_bytes``."""
        ...
