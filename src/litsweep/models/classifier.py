"""Tells whether a source entails a sentence: an NLI model through transformers and torch.

Pairs run in batches of similar length, padded on the right. Which of the model's outputs means
what is read from the names in its configuration, and nothing is guessed. No text is cut, and no
threshold is known here.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
import transformers
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from litsweep.domain.generations import Entailment
from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError, PromptTooLong, WeightsRefused
from litsweep.models.checkpoints import check_weights, choose_device, open_classifier
from litsweep.models.locations import Location
from litsweep.settings import Settings

_CLASSES: Final = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    position: int
    encoded: Mapping[str, Any]  # the tokenizer's, as lists of ids
    n_tokens: int


class TransformersClassifier:
    """One loaded NLI model; see ``litsweep.domain.generations.EntailmentModel``.

    Safe to call from several threads: calls wait for one another.
    """

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
        self._order = order_classes(model.config.id2label or {}, spec.name)
        # A tokenizer that warns about long texts would do so before we refuse them properly.
        self._tokenizer.model_max_length = 2**31
        self._tokenizer.padding_side = "right"
        self._lock = threading.Lock()

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        return self._spec

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' files (see ``litsweep.models.weights.hash_weights``)."""
        return self._weights_sha256

    @property
    def description(self) -> str:
        """What runs the model: see ``Engine.description``."""
        device, dtype = self._model.device, str(self._model.dtype).removeprefix("torch.")
        versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
        return f"{versions}, {device}, {dtype}"

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment | ModelError]:
        """Judge each pair of premise and hypothesis: see ``EntailmentModel``."""
        encoded = [self._encode(i, *pair) for i, pair in enumerate(pairs)]
        outcomes: dict[int, Entailment | ModelError] = {
            pair.position: self._too_long(pair)
            for pair in encoded
            if pair.n_tokens > self._spec.context_window
        }
        # Sorted by length, so that little is padded.
        by_length = sorted(
            (pair for pair in encoded if pair.position not in outcomes),
            key=lambda pair: pair.n_tokens,
        )
        with self._lock:
            for start in range(0, len(by_length), self._batch_size):
                outcomes.update(self._run(by_length[start : start + self._batch_size]))
        return [outcomes[i] for i in range(len(pairs))]

    def _encode(self, position: int, premise: str, hypothesis: str) -> _Pair:
        encoded = self._tokenizer(
            premise, hypothesis, truncation=False, padding=False, split_special_tokens=True
        )
        return _Pair(position=position, encoded=encoded, n_tokens=len(encoded["input_ids"]))

    def _too_long(self, pair: _Pair) -> PromptTooLong:
        return PromptTooLong(
            f"Pair {pair.position + 1} takes {pair.n_tokens} tokens, more than the "
            f"{self._spec.context_window} that {self._spec.name} can hold. Shorten the premise."
        )

    def _run(self, batch: list[_Pair]) -> dict[int, Entailment | ModelError]:
        try:
            return self._attempt(batch)
        except (MemoryError, RuntimeError, ValueError, IndexError) as error:
            if len(batch) == 1:
                return {batch[0].position: self._failed(batch[0], error)}
        # Outside the handler: while it is live, the traceback keeps the failed batch's memory.
        torch.cuda.empty_cache()
        middle = len(batch) // 2
        return self._run(batch[:middle]) | self._run(batch[middle:])

    def _attempt(self, batch: list[_Pair]) -> dict[int, Entailment | ModelError]:
        tokens = self._tokenizer.pad(
            [dict(pair.encoded) for pair in batch], padding=True, return_tensors="pt"
        ).to(self._model.device)
        with torch.inference_mode():
            logits = self._model(**tokens).logits.float()
        rows = torch.softmax(logits, dim=-1)[:, list(self._order)].tolist()
        return {
            pair.position: (row[0], row[1], row[2]) for pair, row in zip(batch, rows, strict=True)
        }

    def _failed(self, pair: _Pair, error: Exception) -> ModelError:
        detail = (str(error).splitlines() or ["no detail"])[0]
        return ModelError(
            f"{self._spec.name} failed on pair {pair.position + 1} ({pair.n_tokens} tokens): "
            f"{type(error).__name__}, {detail}."
        )


def order_classes(id2label: Mapping[Any, str], name: str) -> tuple[int, int, int]:
    """Return the places of entailment, neutral and contradiction among a model's outputs.

    Raises:
        WeightsRefused: the labels are not exactly these three words, in whatever case.
    """
    places = {str(label).strip().lower(): int(i) for i, label in id2label.items()}
    if sorted(places) != sorted(_CLASSES) or len(id2label) != len(_CLASSES):
        raise WeightsRefused(
            f"{name} is no model of entailment: its configuration names its outputs "
            f"{', '.join(map(str, id2label.values()))}, and must name them entailment, neutral "
            "and contradiction (id2label in config.json)."
        )
    return places["entailment"], places["neutral"], places["contradiction"]


def load(spec: ModelSpec, location: Location, settings: Settings) -> TransformersClassifier:
    """Open the classifier at ``location``; called by ``litsweep.models.loading`` only.

    Raises:
        ModelNotAvailable: the device is not here.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes, or the
            model's outputs have other names.
    """
    device = choose_device(settings.device)
    weights_sha256 = check_weights(location)
    model, tokenizer = open_classifier(location.path, device)
    return TransformersClassifier(
        spec, model, tokenizer, weights_sha256=weights_sha256, batch_size=settings.batch_size
    )
