"""Sentence vectors: MiniLM through transformers, mean pooling, unit length.

What sentence-transformers would compute for this model, without that package. Nothing is written
here and no sentence is chosen.
"""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError
from litsweep.models.checkpoints import check_weights, choose_device, open_encoder
from litsweep.models.locations import Location

# At the default batch_size, 16 sentences at once: the fastest on 2 cores (85 sentences of 156
# characters a CPU-second; 66 at 64, 44 at 128).
_SENTENCES_A_PROMPT: Final = 2


class TransformersEncoder:
    """One loaded sentence encoder; see ``litsweep.domain.generations.SentenceEncoder``."""

    def __init__(
        self,
        spec: ModelSpec,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        weights_sha256: str,
        batch_size: int,
    ) -> None:
        self._spec = spec
        self._model = model
        self._tokenizer = tokenizer
        self._weights_sha256 = weights_sha256
        self._batch_size = batch_size

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        return self._spec

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' files (see ``litsweep.models.weights.hash_weights``)."""
        return self._weights_sha256

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return unit vectors: an array ``[len(texts), dimensions]``, float32, in order.

        A text longer than the model's window is cut; no texts give an array ``[0, dimensions]``.

        Raises:
            ModelError: the model failed, out of memory included.
        """
        vectors = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(texts), self._batch_size):
            batch = by_length[start : start + self._batch_size]
            vectors[batch] = self._encode_batch([texts[i] for i in batch])
        # An array is a sequence of sequences in all that its users do, though not by its type.
        return cast("Sequence[Sequence[float]]", vectors)

    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        try:
            return self._pool(texts)
        except (RuntimeError, MemoryError) as error:
            raise ModelError(
                f"{self._spec.name} failed on a batch of {len(texts)} sentences "
                f"({type(error).__name__}). If memory ran out, set a smaller batch_size."
            ) from error

    def _pool(self, texts: list[str]) -> NDArray[np.float32]:
        tokens = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self._spec.context_window,
            return_tensors="pt",
        ).to(self._model.device)
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            return np.asarray(torch.nn.functional.normalize(mean, dim=1).cpu().numpy())


def load(
    spec: ModelSpec, location: Location, *, device: str, batch_size: int
) -> TransformersEncoder:
    """Open the encoder at ``location``; called by ``litsweep.models.loading`` only.

    Raises:
        ModelNotAvailable: the device is not here.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes.
    """
    chosen = choose_device(device)
    weights_sha256 = check_weights(location)
    model, tokenizer = open_encoder(location.path, chosen)
    return TransformersEncoder(
        spec,
        model,
        tokenizer,
        weights_sha256=weights_sha256,
        batch_size=batch_size * _SENTENCES_A_PROMPT,
    )
