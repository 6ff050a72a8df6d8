"""Converts a published checkpoint from PyTorch's pickle format to safetensors, once.

``python -m litsweep.models.conversion WHAT SOURCE TARGET``, for a folder that was downloaded;
`litsweep.models.converting` runs it, in a process of its own. WHAT is the kind of the model, or
``ctranslate2`` to convert its safetensors for that engine. The pickle is read by PyTorch's
restricted reader (``weights_only``, tensors and nothing else); even so, convert only what you
downloaded from its publisher. litsweep itself never reads a pickle.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from litsweep.domain.models import ModelKind
from litsweep.errors import LitsweepError, ModelError, UsageError
from litsweep.models.checkpoints import SAFELY, refuse_gaps, refusing_damage
from litsweep.models.ctranslate2_places import CONVERTER, FOLDER
from litsweep.models.weights import hash_weights, list_weights
from litsweep.models.whole_folders import appearing_whole

_OPENERS: Final[dict[ModelKind, Any]] = {
    ModelKind.CAUSAL: AutoModelForCausalLM,
    ModelKind.INSTRUCT: AutoModelForCausalLM,
    ModelKind.SEQ2SEQ: AutoModelForSeq2SeqLM,
    ModelKind.ENCODER: AutoModel,
    ModelKind.CLASSIFIER: AutoModelForSequenceClassification,
}


def convert_weights(kind: ModelKind, source: Path, target: Path) -> str:
    """Write the model in ``source`` to ``target`` as safetensors, with its tokenizer.

    ``target`` appears whole or not at all, and is never overwritten. Where it is ``source`` itself,
    the safetensors are laid beside the pickle. Returns the hash of the weights
    (see ``litsweep.models.weights.hash_weights``).

    Raises:
        UsageError: ``target`` exists, or ``source`` has safetensors already.
        WeightsRefused: ``source`` cannot be read as this kind of model.
        ModelError: ``target`` cannot be written.
    """
    is_beside = target.resolve() == source.resolve()
    if is_beside and list_weights(source):
        raise UsageError(f"{source} has safetensors already: nothing is left to convert.")
    if is_beside:
        _save_beside(source, _read_pickle(kind, source)[0])
    else:
        with appearing_whole(target) as unfinished:
            for part in _read_pickle(kind, source):
                part.save_pretrained(unfinished)
    return hash_weights(list_weights(target))


def _read_pickle(kind: ModelKind, source: Path) -> tuple[Any, Any]:
    with refusing_damage(str(source)):
        model, report = _OPENERS[kind].from_pretrained(
            source,
            use_safetensors=False,
            weights_only=True,
            dtype="auto",
            output_loading_info=True,
            **SAFELY,
        )
        tokenizer = AutoTokenizer.from_pretrained(source, **SAFELY)
        refuse_gaps(report, str(source))
    return model, tokenizer


def _save_beside(folder: Path, model: Any) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".converting-") as unfinished:
            model.save_pretrained(unfinished)
            # The index of several files comes before the last of them: a reader that finds all
            # the files finds the index, too.
            for path in sorted(Path(unfinished).glob("model*.safetensors*"), reverse=True):
                path.rename(folder / path.name)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written ({error.strerror or error}).") from error


def main(arguments: list[str]) -> int:
    """Run the conversion from the command line; return the exit code.

    The last line printed is the hash of the safetensors, or the folder made for CTranslate2.
    """
    if len(arguments) != 3 or arguments[0] not in (*ModelKind, FOLDER):
        sys.stderr.write("usage: python -m litsweep.models.conversion WHAT SOURCE TARGET\n")
        return 2
    what, source, target = arguments[0], Path(arguments[1]), Path(arguments[2])
    try:
        if what == FOLDER:
            made = import_module(CONVERTER).convert_for_ctranslate2(source, target)
        else:
            made = convert_weights(ModelKind(what), source, target)
    except LitsweepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{made}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
