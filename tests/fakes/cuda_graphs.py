"""CUDA's graphs on a CPU: what was recorded is run again, and recording itself computes nothing.

Stands in for ``torch.cuda``'s streams and graphs, so that the bookkeeping around them can be
tested; it proves nothing of a GPU.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from litsweep.models.static_batch import StaticBatch


class FakeStream:
    def wait_stream(self, other: object) -> None: ...


class FakeGraph:
    """Plays a step of the batch that it recorded, writing scores where the recording did."""

    def __init__(self) -> None:
        self.batch: Any = None
        self.n_plays = 0

    def replay(self) -> None:
        self.n_plays += 1
        self.batch._logits.copy_(self.batch._forward())


def install(monkeypatch: pytest.MonkeyPatch) -> list[FakeGraph]:
    """Replace the parts of ``torch.cuda`` that recording uses; return the graphs it will make."""
    graphs: list[FakeGraph] = []

    @contextmanager
    def record(graph: FakeGraph) -> Iterator[None]:
        graphs.append(graph)
        yield
        graph.batch._take_back()

    original = StaticBatch._record

    def noting(batch: Any) -> None:
        monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: _graph_of(batch))
        original(batch)

    monkeypatch.setattr(StaticBatch, "_record", noting)
    monkeypatch.setattr(torch.cuda, "Stream", FakeStream)
    monkeypatch.setattr(torch.cuda, "current_stream", FakeStream)
    monkeypatch.setattr(torch.cuda, "stream", _beside)
    monkeypatch.setattr(torch.cuda, "graph", record)
    return graphs


def _graph_of(batch: Any) -> FakeGraph:
    graph = FakeGraph()
    graph.batch = batch
    return graph


@contextmanager
def _beside(stream: FakeStream) -> Iterator[None]:
    yield
