"""Cuts encoded prompts into batches of like length that fit a token budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPrompt:
    """The token ids of one prompt, and its place among those that were given."""

    position: int
    tokens: Sequence[int]


Batch: TypeAlias = Sequence[EncodedPrompt]


def cut_into_batches(
    prompts: Sequence[EncodedPrompt], n_more: int, *, batch_size: int, batch_tokens: int
) -> list[Batch]:
    """Return batches of at most ``batch_size`` prompts and ``batch_tokens`` tokens.

    A batch costs its longest prompt and ``n_more`` tokens after it, times its rows; a prompt
    that is dearer than the budget stands alone. Longest first: padding to the longest of a
    mixed batch eats what batching gains, and a lack of memory shows at the first batch.
    """
    left = sorted(prompts, key=lambda prompt: len(prompt.tokens), reverse=True)
    batches: list[Batch] = []
    while left:
        longest = len(left[0].tokens) + n_more
        n_rows = min(batch_size, max(1, batch_tokens // longest))
        batches.append(left[:n_rows])
        left = left[n_rows:]
    return batches
