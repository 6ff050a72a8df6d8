"""What is in a folder of weights: which files, of which format, and their hash.

Only safetensors are ever opened: a ``pytorch_model.bin`` is a pickle, and opening one can run
code. Loads nothing into memory and knows no model.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from litsweep.errors import WeightsRefused


def list_weights(folder: Path) -> tuple[Path, ...]:
    """Return the safetensors files of ``folder`` (one, or its shards), sorted by name."""
    return tuple(sorted(folder.glob("model*.safetensors")))


def has_pickle(folder: Path) -> bool:
    """Whether ``folder`` holds weights in PyTorch's pickle format."""
    return any(folder.glob("pytorch_model*.bin"))


def hash_weights(files: Sequence[Path]) -> str:
    """Return the SHA-256 of the weights, in hexadecimal; anyone can repeat it in a shell.

    One file: ``sha256sum FILE``. Several: the hash of the list that ``sha256sum
    model-*.safetensors`` prints, names and order included.

    Raises:
        WeightsRefused: a file cannot be read.
    """
    digests = [(_hash_file(path), path.name) for path in sorted(files)]
    if len(digests) == 1:
        return digests[0][0]
    listing = "".join(f"{digest}  {name}\n" for digest, name in digests)
    return hashlib.sha256(listing.encode()).hexdigest()


def _hash_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsRefused(f"{path} cannot be read ({error.strerror}).") from error
