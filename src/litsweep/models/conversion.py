"""Converts a published checkpoint from PyTorch's pickle format to safetensors, once.

``python -m litsweep.models.conversion SOURCE TARGET``, for a folder that was downloaded.
The pickle is read by PyTorch's restricted reader (``weights_only``, tensors and nothing else);
even so, convert only what you downloaded from its publisher. litsweep itself never reads a pickle.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer

from litsweep.errors import LitsweepError, ModelError, UsageError
from litsweep.models.checkpoints import SAFELY, refuse_gaps, refusing_damage


def convert_weights(source: Path, target: Path) -> Path:
    """Write the model in ``source`` to ``target`` as safetensors, with its tokenizer.

    ``target`` appears whole or not at all, and is never overwritten.

    Raises:
        UsageError: ``target`` exists.
        WeightsRefused: ``source`` cannot be read as this kind of model.
        ModelError: ``target`` cannot be written.
    """
    if target.exists():
        raise UsageError(f"{target} exists already. Name another folder, or move it away.")
    with refusing_damage(str(source)):
        opened: Any = AutoModelForCausalLM.from_pretrained(
            source,
            use_safetensors=False,
            weights_only=True,
            dtype="auto",
            output_loading_info=True,
            **SAFELY,
        )
        model, report = opened
        tokenizer = AutoTokenizer.from_pretrained(source, **SAFELY)
        refuse_gaps(report, str(source))
    try:
        _save(target, model, tokenizer)
    except OSError as error:
        raise ModelError(f"{target} cannot be written ({error.strerror or error}).") from error
    return target


def _save(target: Path, *parts: Any) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as folder:
        unfinished = Path(folder) / "model"
        for part in parts:
            part.save_pretrained(unfinished)
        unfinished.rename(target)


def main(arguments: list[str]) -> int:
    """Run the conversion from the command line; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m litsweep.models.conversion SOURCE TARGET\n")
        return 2
    source, target = arguments
    try:
        written = convert_weights(Path(source), Path(target))
    except LitsweepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Written: {written}. Set models_dir to {written.parent.resolve()}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
