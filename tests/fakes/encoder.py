"""An encoder that hashes words into vectors: texts with common words are near each other."""

import hashlib
from collections.abc import Sequence

import numpy as np

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError

DIMENSIONS = 256


class HashingEncoder:
    """Deterministic in every process. ``calls`` records the texts of each call."""

    def __init__(self) -> None:
        self.spec = ModelSpec(
            name="fakelm",
            aliases=(),
            kind=ModelKind.ENCODER,
            model_id="example/fakelm",
            revision="0" * 40,
            context_window=256,
            licence="none",
            intended_use="tests",
        )
        self.weights_sha256 = "e" * 64
        self.calls: list[tuple[str, ...]] = []

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.calls.append(tuple(texts))
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = hashlib.sha256(word.strip(".,;:()").encode()).digest()
                vectors[row, digest[0]] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: list[list[float]] = (vectors / np.maximum(norms, 1e-9)).tolist()
        return unit


class BrokenEncoder(HashingEncoder):
    """Fails at every call, as one whose device is out of memory."""

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise ModelError("The device is out of memory.")
