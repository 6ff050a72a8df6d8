"""Opens a model as an engine of transformers on torch; called by ``litsweep.models.loading``."""

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.models.batching import BatchingEngine
from litsweep.models.checkpoints import check_weights, choose_device, open_causal, open_seq2seq
from litsweep.models.locations import Location
from litsweep.models.tokenizer_workers import open_prompt_tokenizer
from litsweep.models.torch_runner import TransformersRunner


def load(
    spec: ModelSpec,
    location: Location,
    *,
    device: str,
    batch_size: int,
    batch_tokens: int | None = None,
    timeout_s: float = 600.0,
    tokenizer_workers: int = 0,
) -> BatchingEngine:
    """Open the model at ``location``.

    ``batch_tokens`` None: as many as the free memory of a GPU has room for.

    Raises:
        ModelNotAvailable: the device is not here.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes.
    """
    chosen = choose_device(device)
    weights_sha256 = check_weights(location)
    model, tokenizer = _open(spec, location, chosen)
    runner = TransformersRunner(model)
    return BatchingEngine(
        spec,
        runner,
        open_prompt_tokenizer(
            tokenizer,
            location.path,
            is_chat=spec.kind is ModelKind.INSTRUCT,
            # A worker opens the tokenizer of a folder; a GGUF file's is quick by itself.
            n_workers=tokenizer_workers if location.path.is_dir() else 0,
        ),
        weights_sha256=weights_sha256,
        batch_size=batch_size,
        batch_tokens=batch_tokens or runner.affordable_tokens(),
        timeout_s=timeout_s,
    )


def _open(
    spec: ModelSpec, location: Location, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    if spec.kind is ModelKind.SEQ2SEQ:
        return open_seq2seq(location.path, device)
    if location.path.is_dir():
        return open_causal(location.path, device)
    from litsweep.models.gguf_llama import open_gguf  # gguf is needed by packaged models only

    return open_gguf(location.path, device)
