"""Language models as published: exact weights, limits and terms. Nothing is loaded here."""

from dataclasses import dataclass
from enum import StrEnum


class ModelKind(StrEnum):
    """How a model turns text into words."""

    CAUSAL = "causal"
    """A base language model: it continues a text."""
    INSTRUCT = "instruct"
    """A causal model tuned on a chat template: it answers a request."""
    SEQ2SEQ = "seq2seq"
    """An encoder and a decoder: it writes a text about another one; both have windows."""
    ENCODER = "encoder"
    """Sentence embeddings; it writes nothing."""
    CLASSIFIER = "classifier"
    """Tells whether one text entails another; it writes nothing."""

    @property
    def can_write(self) -> bool:
        """Whether such a model makes texts."""
        return self not in (ModelKind.ENCODER, ModelKind.CLASSIFIER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model as published: exact id and revision, limits, licence, intended use.

    ``context_window`` counts prompt and answer together, in tokens (of a seq2seq model: the
    prompt alone). ``stop_strings`` end a generation and are cut from it. ``is_demonstration``
    marks a model that ships so that the generating path can be seen working and is often wrong.
    ``weights_sha256`` is the hash that the weights must have, where it is known beforehand.
    ``needs_acceptance``: the licence or the card limits what it may be used for, so that
    a person must have accepted it in the settings. ``served_at`` is the base address of the
    OpenAI-compatible server that runs it; None: it runs in this process.
    """

    name: str
    aliases: tuple[str, ...]
    kind: ModelKind
    model_id: str
    revision: str
    context_window: int
    licence: str
    intended_use: str
    n_parameters: int | None = None
    licence_url: str | None = None
    stop_strings: tuple[str, ...] = ()
    weights_sha256: str | None = None
    needs_acceptance: bool = False
    is_demonstration: bool = False
    served_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The model for one kind of document, or None; ``reason`` says what led to it.

    Made by ``litsweep.models.choosing`` from settings, topic and hardware, for all documents of
    a batch; the route of one document adds what the document itself has to say.
    """

    model: ModelSpec | None
    reason: str
