"""Runs a conversion in a process of its own: a pickle is opened nowhere near litsweep's data.

The process is given no part of this one's environment (keys, addresses, passwords), no standard
input, and is told to stay off the network. It reads the source and writes the target; nothing
is imported from torch here.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError, UsageError
from litsweep.models.ctranslate2_places import FOLDER, is_installed

CONVERTER: Final = "litsweep.models.conversion"


def convert_apart(spec: ModelSpec, source: Path, target: Path) -> str:
    """Turn the pickle in ``source`` into safetensors in ``target``; return the weights' hash.

    ``target`` appears whole or not at all and is never overwritten; it may be ``source``, and the
    safetensors are then laid beside the pickle.

    Raises:
        UsageError: there is no folder ``source``.
        ModelError: the conversion was refused or failed; the message is the converter's.
    """
    _require_folder(source)
    return _run(spec.kind.value, str(source.resolve()), str(target.absolute()))


def convert_for_ctranslate2(spec: ModelSpec, source: Path) -> Path:
    """Convert the safetensors in ``source`` for CTranslate2; return the new sub-folder.

    Raises:
        UsageError: there is no folder ``source``, or it has a conversion already.
        ModelError: CTranslate2 is not installed, or the conversion was refused or failed.
    """
    _require_folder(source)
    target = source / FOLDER
    if target.exists():
        raise UsageError(f"{target} exists already. Move it away to convert again.")
    if not is_installed():
        raise ModelError(
            "CTranslate2 is not installed. Install it with: pip install 'litsweep[fast]'."
        )
    _run(FOLDER, str(source.resolve()), str(target.resolve()))
    return target


def _require_folder(source: Path) -> None:
    if not (source / "config.json").is_file():
        raise UsageError(
            f"{source} holds no config.json: give the folder that the model was downloaded to."
        )


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", CONVERTER, *arguments],
        env=_bare_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ModelError(_last_words(done))
    return (done.stdout.splitlines() or [""])[-1].strip()


def _bare_environment() -> dict[str, str]:
    return {
        # What is imported here is imported there, however litsweep was installed.
        "PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in sys.path),
        "HF_HUB_OFFLINE": "1",
        # transformers would ask the hub to convert the pickle and open a pull request there.
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "LC_ALL": "C.UTF-8",
    }


def _last_words(done: "subprocess.CompletedProcess[str]") -> str:
    said = done.stderr.strip().splitlines()
    if done.returncode == 1 and said and not said[-1].startswith(" "):
        return said[-1]
    return (
        f"The conversion ended with {done.returncode}: {said[-1] if said else 'it said nothing'}. "
        "If memory ran out (-9), convert on a larger machine."
    )
