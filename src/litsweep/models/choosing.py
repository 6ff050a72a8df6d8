"""Which model the settings choose for abstracts and for full texts. Loads nothing.

Kept apart from the loading so that a command can refuse a model that is not here before it
starts anything slow.
"""

from typing import Final

from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelChoice, ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable, UnknownModel
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


def choose_model(
    kind: DocumentKind, settings: Settings, *, topic_choice: str | None = None
) -> ModelChoice:
    """Return the model that reads documents of a kind, or none, and what led to it.

    ``topic_choice`` is what the documents' topic says (auto, none, or a name); None: nothing, and
    the settings hold.

    Raises:
        UnknownModel: a model is named that does not exist, or that cannot write.
        ModelNotAvailable: one is named that cannot be used on this machine.
    """
    named = topic_choice or getattr(settings, SETTING[kind])
    by = "The topic" if topic_choice else f"The setting {SETTING[kind]}"
    if named == "none":
        return ModelChoice(model=None, reason=f"{by} is none.")
    if named == "auto":
        spec = get_spec(AUTO[kind])
        found = is_available(spec, settings)
        if not found.is_available:
            return ModelChoice(model=None, reason=f"No model is set or available: {found.reason}")
        return ModelChoice(model=spec, reason=f"It is the usual one, {found.reason}.")
    spec = _named(named, SETTING[kind])
    found = is_available(spec, settings)
    if not found.is_available:
        raise ModelNotAvailable(
            f"The setting {SETTING[kind]} is {named!r}, which cannot be used here: {found.reason} "
            f'With {SETTING[kind]} = "none" documents are read without a model.'
        )
    return ModelChoice(model=spec, reason=f"{by} names it.")


def _named(named: str, setting: str) -> ModelSpec:
    try:
        spec = get_spec(named)
    except UnknownModel as error:
        raise UnknownModel(f"The setting {setting} is wrong. {error} Or: auto, none.") from None
    if spec.kind is ModelKind.ENCODER:
        raise UnknownModel(
            f"The setting {setting} names {spec.name}, which compares sentences and cannot write. "
            "`litsweep models list` shows what can be chosen."
        )
    return spec


def require_models(settings: Settings) -> None:
    """Refuse settings that name a model which cannot be used.

    Raises:
        UnknownModel, ModelNotAvailable: as ``choose_model``.
    """
    for kind in DocumentKind:
        choose_model(kind, settings)
