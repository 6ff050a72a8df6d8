"""The state of a batch while it is written, in tensors that stay where they are.

So that one step can be recorded as a CUDA graph and played again: a step of BioGPT is some 400
kernels, whose launches take longer than their work. Recording and playing was written without
a GPU at hand and has not been run: the tests play a recording on a CPU, and prove that no step
looks at a value on the device. ``torch.compile`` would fuse kernels as well; it is not used, since
it took two minutes for a model of four layers.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel, StaticCache


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


def _rows(states: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return keys or values as they are in a batch of this many rows, without their memory."""
    return states[:1].expand(shape[0], -1, -1, -1)
