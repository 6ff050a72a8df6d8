"""Greedy decoding of one batch with a cache of fixed size: the loop of the transformers runner.

Beside transformers' ``generate()`` it saves what measured: keys and values are written in place
(a growing cache is copied whole at every token), prompts are read in small groups without
padding to the longest of the batch, rows whose text is over leave the batch, and, on CUDA, one
step is recorded and played again (``static_batch``). Same text as ``generate()``, which a test
proves. The same code runs on CPUs and on CUDA.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch
from transformers import DynamicCache, LogitsProcessorList, PreTrainedModel, StaticCache
from transformers.cache_utils import StaticLayer

from litsweep.domain.generations import SamplingParams
from litsweep.models.padding import pad_left
from litsweep.models.runner import HasEnded
from litsweep.models.sampling import SeededSampler, build_processors
from litsweep.models.static_batch import StaticBatch

_CPU_PREFILL_TOKENS: Final = 512
"""On a CPU longer groups are no faster (290 tokens a second at 320, 278 at 1,280)."""
_CUDA_PREFILL_TOKENS: Final = 16_384
"""Keeps a GPU busy; the widest activations of BioMedLM then take 0.3 GiB each."""
_CUDA_STRIDE: Final = 16
"""Steps between two looks at what was written: each look waits for the device."""
_COLUMNS_UNIT: Final = 64
"""Cache lengths are rounded up to this, so that a recorded step serves more batches."""


class GreedyDecoder:
    """Runs batches through one causal model; see ``litsweep.models.runner.Runner.run``."""

    def __init__(self, model: PreTrainedModel, *, uses_graphs: bool) -> None:
        self._model: Any = model
        self._uses_graphs = uses_graphs
        is_cuda = model.device.type == "cuda"
        self._prefill_tokens = _CUDA_PREFILL_TOKENS if is_cuda else _CPU_PREFILL_TOKENS
        self._stride = _CUDA_STRIDE if is_cuda else 1
        self._batch: StaticBatch | None = None

    def release_memory(self) -> None:
        """Forget the cache and the recorded step of the last batch."""
        self._batch = None

    def run(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        """Return the new ids of each prompt: see ``Runner.run``."""
        processors = build_processors(sampling, prompts, 0, self._model.device)
        rows = _Rows(len(prompts), end_token_id, has_ended)
        lengths = [len(prompt) for prompt in prompts]
        batch = self._batch_for(len(prompts), max(lengths) + sampling.max_new_tokens)
        batch.begin(lengths)
        logits = self._read(batch, prompts, end_token_id, deadline)
        if logits is None:
            return rows.ids
        n_left = sampling.max_new_tokens
        written = torch.empty((len(prompts), 0), device=logits.device, dtype=torch.long)
        while True:
            chosen = _choose(processors, written, logits)
            written = torch.cat([written, chosen.unsqueeze(1)], dim=1)
            n_left -= 1
            is_over = n_left == 0 or _is_past(deadline)
            if is_over or written.shape[1] % self._stride == 0:
                rows.look(written)
            if is_over or not rows.open:
                return rows.ids
            if (kept := rows.shrink()) is not None:
                index = torch.tensor(kept, device=logits.device)
                written, chosen = written[index], chosen[index]
                _keep(processors, kept)
                batch.keep(index)
                self._batch = None
            logits = batch.step(chosen)

    def _batch_for(self, n_rows: int, n_columns: int) -> StaticBatch:
        shape = (n_rows, -(-n_columns // _COLUMNS_UNIT) * _COLUMNS_UNIT)
        if self._batch is not None and self._batch.shape == shape:
            return self._batch
        self._batch = None  # before the next is made: both at once may not fit
        batch = StaticBatch(self._model, *shape, uses_graph=self._uses_graphs)
        if self._uses_graphs:
            self._batch = batch
        return batch

    def _read(
        self,
        batch: StaticBatch,
        prompts: Sequence[Sequence[int]],
        pad_token_id: int,
        deadline: float | None,
    ) -> torch.Tensor | None:
        """Run the prompts; return the scores of their next tokens, or None where time ran out."""
        width = max(map(len, prompts))
        scores: list[torch.Tensor] = []
        for first_row, group in self._group(prompts):
            if scores and _is_past(deadline):
                return None
            cache = DynamicCache(config=self._model.config)
            padded = pad_left(group, pad_token_id, self._model.device)
            output = self._model(
                input_ids=padded.ids,
                # Attention is faster without a mask, where nothing is padded.
                attention_mask=None if padded.is_full else padded.mask,
                position_ids=padded.positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            batch.store(first_row, width, cache)
            scores.append(output.logits[:, -1].float())
        return torch.cat(scores)

    def _group(
        self, prompts: Sequence[Sequence[int]]
    ) -> Iterator[tuple[int, Sequence[Sequence[int]]]]:
        first, longest = 0, 0
        for i, prompt in enumerate(prompts):
            longest = max(longest, len(prompt))
            if i > first and longest * (i - first + 1) > self._prefill_tokens:
                yield first, prompts[first:i]
                first, longest = i, len(prompt)
        yield first, prompts[first:]


class _Rows:
    """What each prompt of a batch has written, and which of them go on."""

    def __init__(self, n_rows: int, end_token_id: int, has_ended: HasEnded | None) -> None:
        self.ids: list[list[int]] = [[] for _ in range(n_rows)]
        self.open = list(range(n_rows))
        self._running = list(range(n_rows))
        self._end = end_token_id
        self._has_ended = has_ended

    def look(self, written: torch.Tensor) -> None:
        """Take over what the rows of the batch have written so far, ``[running rows, tokens]``."""
        is_open = set(self.open)
        for prompt, tokens in zip(self._running, written.tolist(), strict=True):
            if prompt in is_open:
                self.ids[prompt] = tokens
                if self._end in tokens:
                    self.ids[prompt] = tokens[: tokens.index(self._end) + 1]
                    is_open.discard(prompt)
                elif self._has_ended is not None and self._has_ended(tokens):
                    is_open.discard(prompt)
        self.open = sorted(is_open)

    def shrink(self) -> list[int] | None:
        """Return the rows of the batch to keep, once at most half of them still write."""
        if 2 * len(self.open) > len(self._running):
            return None
        is_open = set(self.open)
        kept = [row for row, prompt in enumerate(self._running) if prompt in is_open]
        self._running = self.open
        return kept


def can_decode(model: PreTrainedModel) -> bool:
    """Whether ``model`` is one that this module runs: causal, with plain attention throughout."""
    if model.config.is_encoder_decoder:
        return False
    cache = StaticCache(config=model.config, max_cache_len=1)
    return all(type(layer) is StaticLayer for layer in cache.layers)


def _choose(
    processors: LogitsProcessorList, written: torch.Tensor, logits: torch.Tensor
) -> torch.Tensor:
    for processor in processors:
        logits = processor(written, logits)
    return logits.argmax(dim=-1)


def _keep(processors: LogitsProcessorList, rows: list[int]) -> None:
    for processor in processors:
        if isinstance(processor, SeededSampler):
            processor.keep(rows)


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline
