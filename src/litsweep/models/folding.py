"""Folds BioMedLM's layer scaling into its weights, so that any GPT-2 engine runs it rightly.

BioMedLM divides the attention scores of each layer by the layer's number
(``scale_attn_by_inverse_layer_idx``). vLLM refuses such a checkpoint; CTranslate2 and llama.cpp
ignore the flag and write another text. Scores are products of queries and keys, so dividing the
weights and biases that make the queries comes to the same, exactly.

``python -m litsweep.models.folding SOURCE TARGET`` writes a folded copy of a folder of safetensors,
for use in those engines; litsweep itself reads the original.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from litsweep.errors import LitsweepError, ModelError
from litsweep.models.checkpoints import SAFELY, refuse_gaps, refusing_damage
from litsweep.models.whole_folders import appearing_whole

_QUERY_KEY_VALUE: Final = re.compile(r"(?:^|\.)h\.(\d+)\.attn\.c_attn\.(?:weight|bias)$")


def fold_layer_scaling(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return GPT-2's ``weights`` (by name) with the queries of layer i, from 0, divided by i + 1.

    Multiplied in float32, then rounded to the type that they had. Whoever uses the result must
    clear the flag ``scale_attn_by_inverse_layer_idx``; nothing given is changed.
    """
    return {name: _fold(name, tensor) for name, tensor in weights.items()}


def _fold(name: str, tensor: torch.Tensor) -> torch.Tensor:
    found = _QUERY_KEY_VALUE.search(name)
    if found is None:
        return tensor
    # GPT-2 keeps queries, keys and values side by side in the last dimension.
    folded = tensor.detach().to(torch.float32, copy=True)
    folded[..., : folded.shape[-1] // 3] /= int(found[1]) + 1
    return folded.to(tensor.dtype)


def write_folded(source: Path, target: Path) -> Path:
    """Write the GPT-2 in ``source`` to ``target``, folded, with its tokenizer.

    ``target`` appears whole or not at all, and is never overwritten.

    Raises:
        UsageError: ``target`` exists.
        WeightsRefused: ``source`` cannot be read.
        ModelError: there is nothing to fold in it, or ``target`` cannot be written.
    """
    with appearing_whole(target) as unfinished:
        with refusing_damage(str(source)):
            opened: Any = AutoModelForCausalLM.from_pretrained(
                source, use_safetensors=True, dtype="auto", output_loading_info=True, **SAFELY
            )
            model, report = opened
            tokenizer = AutoTokenizer.from_pretrained(source, **SAFELY)
            refuse_gaps(report, str(source))
        if not getattr(model.config, "scale_attn_by_inverse_layer_idx", False):
            raise ModelError(f"{source} has no layer scaling: any engine runs it as it is.")
        model.load_state_dict(fold_layer_scaling(model.state_dict()))
        model.config.scale_attn_by_inverse_layer_idx = False
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
    return target


def main(arguments: list[str]) -> int:
    """Write a folded copy from the command line; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m litsweep.models.folding SOURCE TARGET\n")
        return 2
    try:
        written = write_folded(*map(Path, arguments))
    except LitsweepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Written: {written}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
