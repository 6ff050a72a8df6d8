"""Tokenises in processes of its own, so that the one that feeds a GPU need not.

Each worker opens the model's tokenizer once; prompts go out in slices and come back in order, as
the ids that the tokenizer here would give. A worker that dies costs time only: its
prompts, and all after them, are then encoded here.
"""

import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from litsweep.models.checkpoints import SAFELY
from litsweep.models.tokenization import PromptTokenizer

_SLICE: Final = 32
"""Prompts sent to a worker at once: some ten milliseconds of work."""
_log = logging.getLogger(__name__)


class PooledTokenizer(PromptTokenizer):
    """A tokenizer whose ``encode_many`` runs in ``n_workers`` processes, started at first need.

    ``folder`` holds the files that ``tokenizer`` was opened from. Close it when done; what it
    started ends with this process in any case.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        is_chat: bool,
        folder: Path,
        n_workers: int,
    ) -> None:
        super().__init__(tokenizer, is_chat=is_chat)
        # Spawned: a fork of a process with threads, or with a GPU, may hang.
        self._pool: ProcessPoolExecutor | None = ProcessPoolExecutor(
            n_workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_open,
            initargs=(folder, is_chat),
        )

    def encode_many(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each prompt, in order: see ``PromptTokenizer.encode``."""
        if self._pool is None or len(prompts) <= _SLICE:
            return super().encode_many(prompts)
        slices = [list(prompts[i : i + _SLICE]) for i in range(0, len(prompts), _SLICE)]
        try:
            encoded = list(self._pool.map(_encode, slices))
        except BrokenProcessPool:
            _log.warning("A tokenizer worker died; from here on litsweep tokenises without them.")
            self.close()
            return super().encode_many(prompts)
        return [ids for part in encoded for ids in part]

    def close(self) -> None:
        """End the workers; encoding goes on in this process."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def open_prompt_tokenizer(
    tokenizer: PreTrainedTokenizerBase, folder: Path, *, is_chat: bool, n_workers: int
) -> PromptTokenizer:
    """Return ``tokenizer`` for prompts: with workers, where some are set and ``folder`` is one."""
    if n_workers > 0 and folder.is_dir():
        return PooledTokenizer(tokenizer, is_chat=is_chat, folder=folder, n_workers=n_workers)
    return PromptTokenizer(tokenizer, is_chat=is_chat)


_tokenizer: PromptTokenizer | None = None  # of a worker


def _open(folder: Path, is_chat: bool) -> None:
    global _tokenizer
    _tokenizer = PromptTokenizer(AutoTokenizer.from_pretrained(folder, **SAFELY), is_chat=is_chat)


def _encode(prompts: list[str]) -> list[list[int]]:
    if _tokenizer is None:
        raise RuntimeError("a tokenizer worker has not been started properly")
    return _tokenizer.encode_many(prompts)
