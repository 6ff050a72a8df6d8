"""How long texts are under a model's own tokenizer, without opening its weights.

For people who ask how a document would be routed; reading itself asks the loaded engine.
"""

from collections.abc import Callable, Sequence
from importlib import import_module

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.models.locations import Location, locate
from litsweep.settings import Settings


def open_counter(
    spec: ModelSpec, settings: Settings
) -> Callable[[Sequence[str]], list[int]] | None:
    """Return what `Engine.count_tokens` of ``spec`` would be, or None where that cannot be told.

    None for a model that is not here, or is served elsewhere.

    Raises:
        WeightsRefused: the tokenizer's files are damaged.
    """
    found = None if spec.served_at is not None else locate(spec, settings)
    if not isinstance(found, Location):
        return None
    # By name: transformers belongs to the extra `models`.
    tokenization = import_module("litsweep.models.tokenization")
    if found.path.is_dir():
        opened = import_module("litsweep.models.checkpoints").open_tokenizer(found.path)
    else:
        opened = import_module("litsweep.models.gguf_llama").open_gguf_tokenizer(found.path)
    tokenizer = tokenization.PromptTokenizer(opened, is_chat=spec.kind is ModelKind.INSTRUCT)

    def count(texts: Sequence[str]) -> list[int]:
        return [len(tokenizer.encode(text)) for text in texts]

    return count
