"""Opens a converted model as an engine; called by ``litsweep.models.loading``.

The tokenizer and the hash are those of the safetensors that it was converted from.
"""

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.models.batching import BatchingEngine
from litsweep.models.checkpoints import check_weights, open_tokenizer
from litsweep.models.ctranslate2_runner import load_runner
from litsweep.models.locations import Location
from litsweep.models.tokenizer_workers import open_prompt_tokenizer
from litsweep.settings import Settings


def load(spec: ModelSpec, location: Location, settings: Settings) -> BatchingEngine:
    """Open the conversion beside the safetensors at ``location``.

    Raises:
        ModelNotAvailable: CTranslate2, the conversion or the device is not here.
        WeightsRefused: the safetensors are not the pinned bytes, or not what was converted.
    """
    weights_sha256 = check_weights(location)
    runner = load_runner(
        location.path,
        device=settings.device,
        quantization=settings.quantization,
        weights_sha256=weights_sha256,
    )
    tokenizer = open_prompt_tokenizer(
        open_tokenizer(location.path),
        location.path,
        is_chat=spec.kind is ModelKind.INSTRUCT,
        n_workers=settings.tokenizer_workers,
    )
    return BatchingEngine(
        spec,
        runner,
        tokenizer,
        weights_sha256=weights_sha256,
        batch_size=settings.batch_size,
        batch_tokens=settings.batch_tokens,
        timeout_s=settings.generation_timeout_seconds,
    )
