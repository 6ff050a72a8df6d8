"""Makes one rectangle of token ids of different lengths, with its mask and positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

Ids = Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Padded:
    """Ids, mask (1: a token, 0: padding) and positions, each ``[sequences, longest]``."""

    ids: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor

    @property
    def is_full(self) -> bool:
        """Whether nothing was padded."""
        return bool(self.mask.all())


def pad_left(sequences: Sequence[Ids], pad_token_id: int, device: torch.device) -> Padded:
    """Pad at the beginning, so that all end together: for prompts that are to be continued.

    Give a model the positions, too: BioGPT and GPT-2 count the padding otherwise, and predict
    something else (measured: the right best token in 8 and 17 of 100 cases).
    """
    padding = [max(map(len, sequences)) - len(ids) for ids in sequences]
    pairs = list(zip(padding, sequences, strict=True))
    return _as_tensors(
        device,
        ids=[[pad_token_id] * n + list(ids) for n, ids in pairs],
        mask=[[0] * n + [1] * len(ids) for n, ids in pairs],
        positions=[[0] * n + list(range(len(ids))) for n, ids in pairs],
    )


def pad_right(sequences: Sequence[Ids], pad_token_id: int, device: torch.device) -> Padded:
    """Pad at the end: for an encoder, and where causal attention hides what comes after."""
    padding = [max(map(len, sequences)) - len(ids) for ids in sequences]
    pairs = list(zip(padding, sequences, strict=True))
    return _as_tensors(
        device,
        ids=[list(ids) + [pad_token_id] * n for n, ids in pairs],
        mask=[[1] * len(ids) + [0] * n for n, ids in pairs],
        positions=[[*range(len(ids)), *[0] * n] for n, ids in pairs],
    )


def _as_tensors(device: torch.device, **rows: list[list[int]]) -> Padded:
    return Padded(**{name: torch.tensor(value, device=device) for name, value in rows.items()})
