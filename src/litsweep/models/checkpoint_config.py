"""Is a checkpoint what its specification says? Asked of its configuration, before its weights.

A model of another architecture would be opened with layers filled in at random, and one with
fewer positions than its stated window fails in the middle of a batch (on CUDA it takes the whole
process's device with it).
"""

from pathlib import Path
from typing import Any, Final

from transformers import AutoConfig
from transformers.models.auto import modeling_auto as auto

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import WeightsRefused
from litsweep.models.checkpoints import SAFELY, refusing_damage

_CAUSAL: Final = frozenset(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values())
_SEQ2SEQ: Final = frozenset(auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.values())
_CLASSIFIERS: Final = frozenset(auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES.values())
_BARE: Final = frozenset(
    name for name in auto.MODEL_MAPPING_NAMES.values() if isinstance(name, str)
)
_MASKED: Final = frozenset(auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES.values())

_ARCHITECTURES: Final = {
    ModelKind.CAUSAL: _CAUSAL,
    ModelKind.INSTRUCT: _CAUSAL,
    ModelKind.SEQ2SEQ: _SEQ2SEQ,
    ModelKind.ENCODER: _BARE | _MASKED,
    ModelKind.CLASSIFIER: _CLASSIFIERS,
}

# Their first position is the one after the padding token's id, so that many are never used.
_COUNT_FROM_PADDING: Final = frozenset(
    {"camembert", "data2vec-text", "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta"}
    | {"xlm-roberta-xl"}
)


def check_config(spec: ModelSpec, folder: Path) -> None:
    """Refuse the checkpoint in ``folder`` if ``spec`` states another kind or a larger window.

    Raises:
        WeightsRefused: it is of another architecture, has fewer positions than the stated
            window, or its configuration cannot be read.
    """
    with refusing_damage(str(folder)):
        config = AutoConfig.from_pretrained(folder, **SAFELY)
    _check_architecture(spec, config, folder)
    positions = count_positions(config)
    if positions is not None and spec.context_window > positions:
        raise WeightsRefused(
            f"{spec.name} is said to have a context window of {spec.context_window} tokens, and "
            f"the checkpoint in {folder} has {positions} positions. Correct context_window in "
            "its declaration, or put the right checkpoint there."
        )


def _check_architecture(spec: ModelSpec, config: Any, folder: Path) -> None:
    found = (getattr(config, "architectures", None) or ["none"])[0]
    if found in _ARCHITECTURES[spec.kind]:
        return
    fitting = [kind.value for kind, names in _ARCHITECTURES.items() if found in names]
    way_out = (
        f"Such a checkpoint is declared with kind = {' or '.join(map(repr, fitting))}."
        if fitting
        else "litsweep has no use for that architecture."
    )
    raise WeightsRefused(
        f"{spec.name} is said to be of kind {spec.kind.value!r}, and the checkpoint in {folder} is "
        f"of architecture {found}. {way_out}"
    )


def count_positions(config: Any) -> int | None:
    """Return how many tokens a checkpoint has positions for; None where nothing limits them."""
    text_config = config.get_text_config(decoder=True)
    found = getattr(text_config, "max_position_embeddings", None)
    if found is None:
        return None
    if text_config.model_type in _COUNT_FROM_PADDING:
        return int(found) - int(text_config.pad_token_id) - 1
    return int(found)
