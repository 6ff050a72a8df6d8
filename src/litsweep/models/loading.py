"""Opens a model, once per process: the one door to everything that needs torch.

Decides nothing about which model reads what. Torch and transformers belong to the optional extra
``models``, so they are reached by name at the call (``import_module``): the CLI and the review
desk import this module, and routing asks ``is_available``, on machines that have neither.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

from litsweep.domain.generations import Engine, EntailmentModel, SentenceEncoder
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable
from litsweep.models.ctranslate2_places import runs_converted
from litsweep.models.locations import Location, Obstacle, locate
from litsweep.models.terms import explain_terms, is_accepted
from litsweep.settings import Settings

_loaded: Final[dict[tuple[object, ...], object]] = {}
_SETTINGS_OF_AN_ENGINE: Final = (
    "engine",
    "quantization",
    "device",
    "batch_size",
    "batch_tokens",
    "generation_timeout_seconds",
    "tokenizer_workers",
    "served_api_key",
)
# One lock for all models: two loads at once would double the peak of memory.
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether a model can be used here; ``reason`` says where it lies, or what to do.

    ``engine`` is what would run it: transformers, ctranslate2, or a server; empty where it
    cannot be used.
    """

    is_available: bool
    reason: str
    engine: str = ""


def is_available(spec: ModelSpec, settings: Settings) -> Availability:
    """Say whether ``spec`` could be loaded, without loading it.

    Packages and files are there (a served model's server answers and names it), and its terms
    are accepted where that is needed. Cheap (no torch). Damaged files, or a device that does not
    exist, show only on loading.
    """
    if spec.served_at is not None:
        return _is_served(spec, settings)
    found = locate(spec, settings)
    if isinstance(found, Obstacle):
        return Availability(is_available=False, reason=found.reason)
    if not is_accepted(spec, settings):
        return Availability(is_available=False, reason=explain_terms(spec, settings))
    try:
        engine = _choose_engine(spec, found, settings)
    except ModelNotAvailable as error:
        return Availability(is_available=False, reason=str(error))
    return Availability(is_available=True, reason=f"found in {found.origin}", engine=engine)


def _choose_engine(spec: ModelSpec, found: Location, settings: Settings) -> str:
    is_converted = spec.kind.can_write and runs_converted(spec, found, settings)
    return "ctranslate2" if is_converted else "transformers"


def _is_served(spec: ModelSpec, settings: Settings) -> Availability:
    if not is_accepted(spec, settings):
        return Availability(is_available=False, reason=explain_terms(spec, settings))
    refusal = _served().find_refusal(spec, settings)
    if refusal is not None:
        return Availability(is_available=False, reason=refusal)
    return Availability(is_available=True, reason=f"served at {spec.served_at}", engine="a server")


def _served() -> Any:
    # By name: whoever imports this module, the review desk among them, gets no HTTP client.
    return import_module("litsweep.models.served")


def load_engine(spec: ModelSpec, settings: Settings) -> Engine:
    """Return the engine of a generating model, loaded at the first call in this process.

    What runs it follows from the setting ``engine``: auto is CTranslate2 where it is installed and
    the model was converted for it, else transformers.

    Raises:
        ModelNotAvailable: packages, weights, the engine or the device are not here, the terms are
            not accepted, a server does not serve it, or it is a model that cannot write.
        WeightsRefused: the files are damaged, incomplete, not the pinned bytes, or not what the
            specification says.
    """
    if not spec.kind.can_write:
        does = "makes sentence vectors" if spec.kind is ModelKind.ENCODER else "compares two texts"
        raise ModelNotAvailable(f"{spec.name} {does} and cannot write a text.")
    if spec.served_at is not None:
        return _load_served(spec, settings)
    return cast("Engine", _load(spec, settings, _open_engine))


def load_encoder(spec: ModelSpec, settings: Settings) -> SentenceEncoder:
    """Return the sentence encoder ``spec``, loaded at the first call in this process.

    Raises:
        ModelNotAvailable: packages, weights or the device are not here, or it is no encoder.
        WeightsRefused: as ``load_engine``.
    """
    if spec.kind is not ModelKind.ENCODER:
        raise ModelNotAvailable(f"{spec.name} is no encoder and makes no sentence vectors.")
    return cast("SentenceEncoder", _load(spec, settings, _open_encoder))


def load_classifier(spec: ModelSpec, settings: Settings) -> EntailmentModel:
    """Return the model of entailment ``spec``, loaded at the first call in this process.

    Raises:
        ModelNotAvailable: packages, weights or the device are not here, or it is no classifier.
        WeightsRefused: as ``load_engine``; or its outputs are not named entailment, neutral and
            contradiction.
    """
    if spec.kind is not ModelKind.CLASSIFIER:
        raise ModelNotAvailable(f"{spec.name} is no classifier and compares no two texts.")
    return cast("EntailmentModel", _load(spec, settings, _open_classifier))


def _load_served(spec: ModelSpec, settings: Settings) -> Engine:
    if not is_accepted(spec, settings):
        raise ModelNotAvailable(f"{spec.name} cannot be used: {explain_terms(spec, settings)}")
    with _lock:
        key = _key(spec, settings)
        if key not in _loaded:
            _loaded[key] = _served().connect(spec, settings)
        return cast("Engine", _loaded[key])


def _open_engine(spec: ModelSpec, found: Location, settings: Settings) -> object:
    if runs_converted(spec, found, settings):
        return import_module("litsweep.models.ctranslate2_engine").load(spec, found, settings)
    return import_module("litsweep.models.engine").load(
        spec,
        found,
        device=settings.device,
        batch_size=settings.batch_size,
        batch_tokens=settings.batch_tokens,
        timeout_s=settings.generation_timeout_seconds,
        tokenizer_workers=settings.tokenizer_workers,
    )


def _open_encoder(spec: ModelSpec, found: Location, settings: Settings) -> object:
    return import_module("litsweep.models.encoder").load(
        spec, found, device=settings.device, batch_size=settings.batch_size
    )


def _open_classifier(spec: ModelSpec, found: Location, settings: Settings) -> object:
    return import_module("litsweep.models.classifier").load(spec, found, settings)


def _load(
    spec: ModelSpec,
    settings: Settings,
    open_model: Callable[[ModelSpec, Location, Settings], object],
) -> object:
    found = locate(spec, settings)
    if isinstance(found, Obstacle):
        raise ModelNotAvailable(f"{spec.name} cannot be used: {found.reason}")
    if not is_accepted(spec, settings):
        raise ModelNotAvailable(f"{spec.name} cannot be used: {explain_terms(spec, settings)}")
    key = (found.path, *_key(spec, settings))
    with _lock:
        if key not in _loaded:
            if found.path.is_dir():
                import_module("litsweep.models.checkpoint_config").check_config(spec, found.path)
            _loaded[key] = open_model(spec, found, settings)
        return _loaded[key]


def _key(spec: ModelSpec, settings: Settings) -> tuple[object, ...]:
    return (spec, *(getattr(settings, name) for name in _SETTINGS_OF_AN_ENGINE))
