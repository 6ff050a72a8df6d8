"""Opens checkpoints in the safetensors format with transformers: model, tokenizer, device.

Always from a local folder (``local_files_only``), never with code from the folder
(``trust_remote_code=False``), never from a pickle (``use_safetensors=True``). A checkpoint that
lacks weights is refused: transformers would fill them in at random and only warn.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    logging,
)
from transformers.models.auto.modeling_auto import MODEL_MAPPING

from litsweep.errors import LitsweepError, ModelError, ModelNotAvailable, WeightsRefused
from litsweep.models.locations import Location
from litsweep.models.weights import hash_weights, list_weights

# Given by name at each call, whatever a checkpoint's own configuration says.
SAFELY: Final[dict[str, Any]] = {"local_files_only": True, "trust_remote_code": False}


def choose_device(name: str) -> torch.device:
    """Return the device that a setting (auto, cpu, cuda, cuda:N) stands for on this machine.

    Raises:
        ModelNotAvailable: there is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ModelNotAvailable(
            f"The setting device is {name!r}: use auto, cpu, cuda or cuda:N."
        ) from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ModelNotAvailable(
            f"The setting device is {name!r}, and PyTorch sees {torch.cuda.device_count()} CUDA "
            "devices here. Set device to auto or cpu, or install the driver and a CUDA build."
        )
    return device


def choose_dtype(device: torch.device) -> torch.dtype:
    """Return bfloat16 on CUDA and float32 on CPUs (where bfloat16 was 0.4 times as fast)."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def check_weights(location: Location) -> str:
    """Return the hash of the weights at ``location``.

    Raises:
        WeightsRefused: they are not the bytes that were pinned, or cannot be read.
    """
    is_file = location.path.is_file()
    found = hash_weights((location.path,) if is_file else list_weights(location.path))
    if location.pinned_sha256 not in (None, found):
        raise WeightsRefused(
            f"The weights in {location.origin} are not the pinned ones: SHA-256 {found}, expected "
            f"{location.pinned_sha256}. Install or copy the model again; if you declared it, "
            "correct its weights_sha256."
        )
    return found


def open_causal(
    folder: Path, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open a causal language model and its tokenizer, ready to generate.

    Raises:
        WeightsRefused: the files are damaged or incomplete.
        ModelError: memory ran out.
    """
    return _open(folder, device, AutoModelForCausalLM.from_pretrained, {})


def open_seq2seq(
    folder: Path, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open a model with an encoder and a decoder, and its tokenizer, ready to generate.

    Raises:
        WeightsRefused: the files are damaged or incomplete.
        ModelError: memory ran out.
    """
    return _open(folder, device, AutoModelForSeq2SeqLM.from_pretrained, {})


def open_classifier(
    folder: Path, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open a model that puts texts into classes, and its tokenizer.

    Raises:
        WeightsRefused: the files are damaged or incomplete.
        ModelError: memory ran out.
    """
    return _open(folder, device, AutoModelForSequenceClassification.from_pretrained, {})


def open_encoder(
    folder: Path, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open an encoder without its pooling layer, if it has one, and its tokenizer.

    Raises:
        WeightsRefused: the files are damaged or incomplete.
        ModelError: memory ran out.
    """
    with refusing_damage(str(folder)):
        config = AutoConfig.from_pretrained(folder, **SAFELY)
    # Its weights are often not stored. Not every architecture has one that can be left out.
    opened: Any = MODEL_MAPPING[type(config)]
    takes = inspect.signature(opened).parameters
    options = {"add_pooling_layer": False} if "add_pooling_layer" in takes else {}
    return _open(folder, device, AutoModel.from_pretrained, options)


def open_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Open the tokenizer of the model in ``folder`` alone.

    Raises:
        WeightsRefused: its files are damaged or incomplete.
    """
    with refusing_damage(str(folder)):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, **SAFELY)
        return tokenizer


def _open(
    folder: Path, device: torch.device, open_model: Callable[..., Any], options: dict[str, Any]
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    with refusing_damage(str(folder)):
        model, report = open_model(
            folder,
            use_safetensors=True,
            dtype=choose_dtype(device),
            output_loading_info=True,
            **options,
            **SAFELY,
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, **SAFELY)
        return place(model, report, device, source=str(folder)), tokenizer


def place(
    model: PreTrainedModel, report: Mapping[str, Any], device: torch.device, *, source: str
) -> PreTrainedModel:
    """Return a freshly opened model on ``device``, ready to run, if ``report`` has no gaps.

    Raises:
        WeightsRefused: weights of the model are missing, or have another shape.
    """
    refuse_gaps(report, source)
    model.to(device)  # type: ignore[arg-type]
    model.eval()
    return model


def refuse_gaps(report: Mapping[str, Any], source: str) -> None:
    """Raise WeightsRefused where transformers' loading info names weights it could not read."""
    wrong = sorted(map(str, (*report["missing_keys"], *report["mismatched_keys"])))
    if wrong:
        raise WeightsRefused(
            f"{source} lacks {len(wrong)} of the model's weights (or has them in another shape), "
            f"{wrong[0]} the first. Copy the files again, or convert them again."
        )


@contextmanager
def refusing_damage(source: str) -> Iterator[None]:
    """Turn what lower libraries raise on files that they cannot read into our errors."""
    # Their advice is about their own options, not ours.
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(f"Memory ran out while {source} was loaded.") from error
    except LitsweepError:
        raise
    # All of them: tokenizers raises plain Exception on a damaged file, and safetensors, pickle
    # and gguf have their own kinds.
    except Exception as error:
        detail = (str(error).splitlines() or ["no detail"])[0]
        raise WeightsRefused(
            f"{source} cannot be loaded ({type(error).__name__}: {detail}). If a file is damaged "
            "or missing, copy the model again."
        ) from error
