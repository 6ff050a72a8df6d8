"""Terms that a person must have accepted before a model may be used.

Acceptance is by the settings alone, so that it is written down where the model is chosen. What the
terms are stands in the specification.
"""

from litsweep.domain.models import ModelSpec
from litsweep.settings import Settings


def is_accepted(spec: ModelSpec, settings: Settings) -> bool:
    """Whether the model needs no acceptance, or the settings name it among the accepted ones."""
    if not spec.needs_acceptance:
        return True
    return not settings.accepted_models.isdisjoint((spec.name, *spec.aliases))


def explain_terms(spec: ModelSpec, settings: Settings) -> str:
    """Return what must be read and accepted, where to read it, and the setting to write."""
    accepted = ", ".join(sorted({*settings.accepted_models, spec.name}))
    licence = spec.licence if spec.licence_url is None else f"{spec.licence}, {spec.licence_url}"
    card = "" if spec.served_at else f" Model card: https://huggingface.co/{spec.model_id}."
    return (
        f"{spec.name} may be used only by whoever has read and accepts its terms. "
        f"{spec.intended_use} Licence: {licence}.{card} If you accept them, write "
        f'accepted_terms = "{accepted}" into litsweep.toml, or set '
        f'LITSWEEP_ACCEPTED_TERMS="{accepted}".'
    )
