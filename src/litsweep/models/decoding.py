"""Greedy decoding of one batch with a cache of fixed size: the loop of the transformers runner.

Beside transformers' ``generate()`` it saves what measured: keys and values are written in place
(a growing cache is copied whole at every token), prompts are read in small groups without
padding to the longest of the batch, rows whose text is over leave the batch, and, on CUDA, one
step is recorded as a CUDA graph and played again (a step of BioGPT is some 400 kernels, whose
launches take longer than their work). Same text as ``generate()``, which a test proves.

Recording and playing a graph was written without a GPU at hand and has not been run; everything
else in this module is the same code on CPUs and is tested there.
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

_CPU_PREFILL_TOKENS: Final = 512
"""On a CPU longer groups are no faster (290 tokens a second at 320, 278 at 1,280)."""
_CUDA_PREFILL_TOKENS: Final = 16_384
"""Keeps a GPU busy; the widest activations of BioMedLM then take 0.3 GiB each."""
_CUDA_STRIDE: Final = 16
"""Steps between two looks at what was written: each look waits for the device."""
_COLUMNS_UNIT: Final = 64
"""Cache lengths are rounded up to this, so that a recorded step serves more batches."""


class StaticBatch:
    """The state of a batch while it is written: cache, mask, next tokens and their positions.

    All tensors stay where they are from step to step. ``n_columns`` bounds prompt and answer.
    """

    def __init__(
        self, model: PreTrainedModel, n_rows: int, n_columns: int, *, uses_graph: bool
    ) -> None:
        self._model: Any = model
        self._uses_graph = uses_graph
        self._graph: torch.cuda.CUDAGraph | None = None
        self._logits = torch.empty(0)
        self.shape = (n_rows, n_columns)
        config, device, dtype = model.config, model.device, model.dtype
        self._closed = torch.finfo(dtype).min
        self._cache = StaticCache(config=config, max_cache_len=n_columns)
        self._layers: list[Any] = list(self._cache.layers)
        self._mask = torch.empty((n_rows, 1, 1, n_columns), device=device, dtype=dtype)
        self._tokens = torch.zeros((n_rows, 1), device=device, dtype=torch.long)
        self._positions = torch.zeros((n_rows, 1), device=device, dtype=torch.long)
        self._column = torch.zeros(1, device=device, dtype=torch.long)

    def begin(self, lengths: Sequence[int]) -> None:
        """Make room for prompts of these lengths, in tokens; their keys and values come next."""
        width = max(lengths)
        self._mask.fill_(self._closed)
        for row, length in enumerate(lengths):
            self._mask[row, :, :, width - length : width] = 0
        self._positions.copy_(torch.tensor(lengths).unsqueeze(1))
        self._column.fill_(width)

    def store(self, first_row: int, width: int, read: DynamicCache) -> None:
        """Take over what was read of some prompts; they end at column ``width``."""
        layers: list[Any] = list(read.layers)
        for target, source in zip(self._layers, layers, strict=True):
            keys, values = source.keys, source.values
            if not target.is_initialized:
                target.lazy_initialization(_rows(keys, self.shape), _rows(values, self.shape))
            rows = slice(first_row, first_row + len(keys))
            columns = slice(width - keys.shape[2], width)
            target.keys[rows, :, columns] = keys
            target.values[rows, :, columns] = values
            target.cumulative_length.fill_(width)

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Append ``tokens`` (``[rows]``); return the scores of the next, ``[rows, vocabulary]``."""
        self._tokens.copy_(tokens.unsqueeze(1))
        if not self._uses_graph:
            return self._forward()
        if self._graph is None:
            self._record()
        else:
            self._graph.replay()
        return self._logits

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these rows only."""
        self._graph = None
        self.shape = (len(rows), self.shape[1])
        for layer in self._layers:
            layer.keys, layer.values = layer.keys[rows], layer.values[rows]
            layer.batch_size = len(rows)
        self._mask, self._positions = self._mask[rows], self._positions[rows]
        self._tokens = self._tokens[rows]

    def _forward(self) -> torch.Tensor:
        self._mask.index_fill_(3, self._column, 0)
        output = self._model(
            input_ids=self._tokens,
            attention_mask=self._mask,
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._column.add_(1)
        self._positions.add_(1)
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _record(self) -> None:
        """Record one step and play it; never run so far, for want of a GPU.

        The step is run beforehand on a stream of its own, as PyTorch asks for, so that libraries
        allocate their work space outside the graph; each run is taken back.
        """
        aside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):
                self._forward()
                self._take_back()
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._logits = self._forward()
        self._graph.replay()  # recording computes nothing

    def _take_back(self) -> None:
        # The column's keys and values are written again by the next run; until then nothing
        # looks at them, but for the mask, which the same run opens.
        self._column.sub_(1)
        self._positions.sub_(1)
        for layer in self._layers:
            layer.cumulative_length.sub_(1)


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


def _rows(states: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return keys or values as they are in a batch of this many rows, without their memory."""
    return states[:1].expand(shape[0], -1, -1, -1)


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
