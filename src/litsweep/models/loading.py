"""Opens a model, once per process: the one door to everything that needs torch.

Decides nothing about which model reads what. Torch and transformers belong to the optional extra
``models``, so they are reached by name at the call (``import_module``): the CLI and the review
desk import this module, and routing asks ``is_available``, on machines that have neither.
"""

import threading
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from litsweep.domain.generations import Engine, SentenceEncoder
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable
from litsweep.models.locations import Location, locate
from litsweep.settings import Settings

_loaded: Final[dict[tuple[str, Path, str, int], object]] = {}
# One lock for all models: two loads at once would double the peak of memory.
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether a model can be used here; ``reason`` says where it lies, or what to do."""

    is_available: bool
    reason: str


def is_available(spec: ModelSpec, settings: Settings) -> Availability:
    """Say whether ``spec`` could be loaded, without loading it: packages and files are there.

    Cheap (no torch). Damaged files, or a device that does not exist, show only on loading.
    """
    found = locate(spec, settings)
    if isinstance(found, Location):
        return Availability(is_available=True, reason=f"found in {found.origin}")
    return Availability(is_available=False, reason=found.reason)


def load_engine(spec: ModelSpec, settings: Settings) -> Engine:
    """Return the engine of a generating model, loaded at the first call in this process.

    Raises:
        ModelNotAvailable: packages, weights or the device are not here, or it is an encoder.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes.
    """
    if spec.kind is ModelKind.ENCODER:
        raise ModelNotAvailable(f"{spec.name} makes sentence vectors and cannot write a text.")
    return cast("Engine", _load(spec, settings, "litsweep.models.engine"))


def load_encoder(spec: ModelSpec, settings: Settings) -> SentenceEncoder:
    """Return the sentence encoder ``spec``, loaded at the first call in this process.

    Raises:
        ModelNotAvailable: packages, weights or the device are not here, or it is no encoder.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes.
    """
    if spec.kind is not ModelKind.ENCODER:
        raise ModelNotAvailable(f"{spec.name} writes texts and makes no sentence vectors.")
    return cast("SentenceEncoder", _load(spec, settings, "litsweep.models.encoder"))


def _load(spec: ModelSpec, settings: Settings, module: str) -> object:
    found = locate(spec, settings)
    if not isinstance(found, Location):
        raise ModelNotAvailable(f"{spec.name} cannot be used: {found.reason}")
    key = (spec.name, found.path, settings.device, settings.batch_size)
    with _lock:
        if key not in _loaded:
            opener = import_module(module)
            _loaded[key] = opener.load(
                spec, found, device=settings.device, batch_size=settings.batch_size
            )
        return _loaded[key]
