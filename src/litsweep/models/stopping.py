"""Ends a generation at a model's stop strings, and cuts them off."""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from transformers import StoppingCriteria

_MARGIN_TOKENS: Final = 8  # a stop string may begin inside a token and be split oddly


class StopStrings(StoppingCriteria):
    """Ends each row as soon as its generated text holds one of the stop strings.

    ``decode`` turns token ids into text; ``n_prompt`` tokens at the start are the prompt.
    """

    def __init__(
        self, stop_strings: Sequence[str], decode: Callable[[list[int]], str], n_prompt: int
    ) -> None:
        self._stop_strings = tuple(stop_strings)
        self._decode = decode
        self._n_prompt = n_prompt
        # A token is at least one byte long, so the tail that can hold a new stop is short.
        longest = max(len(stop.encode()) for stop in stop_strings)
        self._n_tail = longest + _MARGIN_TOKENS

    def __call__(
        self, input_ids: torch.Tensor, scores: torch.Tensor | None, **_: object
    ) -> torch.Tensor:
        """Return one boolean a row: whether it has written a stop string."""
        tails = input_ids[:, self._n_prompt :][:, -self._n_tail :].tolist()
        done = [cut_at_stop(self._decode(tail), self._stop_strings) is not None for tail in tails]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)


def cut_at_stop(text: str, stop_strings: Sequence[str]) -> str | None:
    """Return ``text`` before its first stop string, or None where it has none."""
    places = [place for stop in stop_strings if (place := text.find(stop)) >= 0]
    return text[: min(places)] if places else None
