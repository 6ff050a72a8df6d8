"""Which model topic, settings and hardware choose for abstracts and full texts, and which encoder
compares records. Loads nothing.

Kept apart from the loading so that a command can refuse a model that is not here before it
starts anything slow.
"""

from typing import Final

from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelChoice, ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable, UnknownModel
from litsweep.models.hardware import Hardware, find_hardware, memory_needed
from litsweep.models.loading import is_available
from litsweep.models.registry import get_spec
from litsweep.settings import Settings

SETTING: Final = {
    DocumentKind.ABSTRACT: "summary_model",
    DocumentKind.FULL_TEXT: "analysis_model",
}
"""The setting that names the model of each kind of document."""

AUTO: Final = {DocumentKind.ABSTRACT: "biogpt", DocumentKind.FULL_TEXT: "biomedlm"}
"""What the value ``auto`` stands for where its weights are on this machine."""

AUTO_ENCODER: Final = "minilm"
"""What the value ``auto`` of the setting embedding_model stands for."""

_LARGEST_ON_CPU: Final = 1_000_000_000
"""Parameters. BioMedLM (2.6 billion) takes about 18 CPU-minutes a report in float32, by its
measured 12 tokens of prompt and 0.8 written tokens a CPU-second: nobody gets that unasked."""


def choose_model(
    kind: DocumentKind,
    settings: Settings,
    *,
    topic_choice: str | None = None,
    run_choice: str | None = None,
    asked_choice: str | None = None,
) -> ModelChoice:
    """Return the model that reads documents of a kind, or none, and what led to it.

    ``run_choice`` is what a run was asked to read with (auto, none, or a name), ``topic_choice``
    what the documents' topic says; the run is stronger, and where both are None the settings
    hold. ``asked_choice`` is what people asked to have these documents read with (none, or a
    name), and stronger than all.

    Raises:
        UnknownModel: a model is named that does not exist, or that cannot write.
        ModelNotAvailable: one is named that cannot be used on this machine.
    """
    named, by = getattr(settings, SETTING[kind]), f"the setting {SETTING[kind]}"
    if topic_choice:
        named, by = topic_choice, "the topic"
    if run_choice:
        named, by = run_choice, f"the run's {SETTING[kind]}"
    if asked_choice:
        named, by = asked_choice, "a person's request"
    if named == "none":
        return ModelChoice(model=None, reason=f"{_capitalised(by)} says none.")
    if named == "auto":
        return _choose_usual(kind, settings)
    spec = _named(named, by, settings)
    found = is_available(spec, settings)
    reason = _too_little_memory(spec, settings) if found.is_available else found.reason
    if reason is not None:
        way_out = (
            "The request waits for a machine that has the model."
            if asked_choice
            else f'With {SETTING[kind]} = "none" documents are read without a model.'
        )
        raise ModelNotAvailable(
            f"{_capitalised(by)} names {named!r}, which cannot be used here: {reason} {way_out}"
        )
    return ModelChoice(model=spec, reason=f"{_capitalised(by)} names it.")


def require_known(kind: DocumentKind, run_choice: str, settings: Settings) -> None:
    """Refuse what a run is asked to read with, unless a model is called so, here or elsewhere.

    Raises:
        UnknownModel: there is none, or it cannot write.
    """
    if run_choice not in ("auto", "none"):
        _named(run_choice, f"the run's {SETTING[kind]}", settings)


def name_encoder(settings: Settings) -> ModelSpec | None:
    """Return the sentence encoder that compares the meaning of records, here or not; or None.

    Raises:
        UnknownModel: the setting names a model that does not exist, or that is no encoder.
    """
    named = settings.embedding_model
    if named == "none":
        return None
    try:
        spec = get_spec(AUTO_ENCODER if named == "auto" else named, settings)
    except UnknownModel as error:
        raise UnknownModel(
            f"The setting embedding_model is wrong. {error} Or: auto, none."
        ) from None
    if spec.kind is not ModelKind.ENCODER:
        raise UnknownModel(
            f"The setting embedding_model names {spec.name}, which is no sentence encoder. "
            "`litsweep models list` shows what can be chosen."
        )
    return spec


def choose_encoder(settings: Settings) -> ModelChoice:
    """Return the encoder that makes the vectors of records on this machine, or none, and why.

    Raises:
        UnknownModel: as `name_encoder`.
        ModelNotAvailable: the setting names one that cannot be used here.
    """
    spec = name_encoder(settings)
    if spec is None:
        return ModelChoice(model=None, reason="The setting embedding_model says none.")
    found = is_available(spec, settings)
    is_named = settings.embedding_model != "auto"
    if found.is_available:
        reason = "The setting embedding_model names it." if is_named else "It is the usual one."
        return ModelChoice(model=spec, reason=reason)
    if not is_named:
        return ModelChoice(model=None, reason=f"{spec.name} is not here: {found.reason}")
    raise ModelNotAvailable(
        f"The setting embedding_model names {spec.name!r}, which cannot be used here: "
        f'{found.reason} With embedding_model = "none" records are not compared by their meaning.'
    )


def require_models(settings: Settings) -> None:
    """Refuse settings that name a model which cannot be used.

    Raises:
        UnknownModel, ModelNotAvailable: as ``choose_model``.
    """
    for kind in DocumentKind:
        choose_model(kind, settings)


def _choose_usual(kind: DocumentKind, settings: Settings) -> ModelChoice:
    spec = get_spec(AUTO[kind])
    found = is_available(spec, settings)
    if not found.is_available:
        return ModelChoice(
            model=None, reason=f"No model is set or available: {spec.name}, {found.reason}"
        )
    hardware = find_hardware(settings.device)
    if not hardware.is_gpu and (spec.n_parameters or 0) > _LARGEST_ON_CPU:
        return ModelChoice(
            model=None,
            reason=f"{spec.name} is here, but no GPU is, and on a CPU it takes many minutes a "
            f'report; {SETTING[kind]} = "{spec.name}" has it read all the same.',
        )
    if (lack := _lack_of_memory(spec, hardware)) is not None:
        return ModelChoice(model=None, reason=lack)
    return ModelChoice(model=spec, reason=f"It is the usual one, on {hardware.name}.")


def _too_little_memory(spec: ModelSpec, settings: Settings) -> str | None:
    is_here = spec.served_at is None and spec.n_parameters is not None
    return _lack_of_memory(spec, find_hardware(settings.device)) if is_here else None


def _lack_of_memory(spec: ModelSpec, hardware: Hardware) -> str | None:
    needed = memory_needed(spec, hardware)
    if needed <= hardware.memory_bytes or not hardware.memory_bytes:
        return None
    return (
        f"{spec.name} takes about {needed / 1e9:.1f} GB, and {hardware.name} has "
        f"{hardware.memory_bytes / 1e9:.1f} GB free."
    )


def _named(named: str, by: str, settings: Settings) -> ModelSpec:
    try:
        spec = get_spec(named, settings)
    except UnknownModel as error:
        raise UnknownModel(f"{_capitalised(by)} is wrong. {error} Or: auto, none.") from None
    if not spec.kind.can_write:
        raise UnknownModel(
            f"{_capitalised(by)} names {spec.name}, which compares sentences and cannot write. "
            "`litsweep models list` shows what can be chosen."
        )
    return spec


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
