"""Tries a model out: what loading it costs, how fast it writes, what it says.

For people who decide which model to set; nothing here is stored.
"""

import resource
import sys
import time
from dataclasses import dataclass
from typing import Final

from litsweep.domain.generations import Engine, SamplingParams
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError
from litsweep.models.loading import load_encoder, load_engine
from litsweep.settings import Settings

SAMPLE_TEXT: Final = "COVID-19 is a disease of the respiratory tract that"
_SAMPLING: Final = SamplingParams(max_new_tokens=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """How one model did on this machine.

    ``load_seconds`` is near zero where the process had loaded it before. ``tokens_per_second``
    counts written tokens, for one prompt at a time; it and ``sample_output`` are None for
    an encoder. ``peak_memory_bytes`` is the whole process's highest resident size so far, without
    the memory of a GPU.
    """

    spec: ModelSpec
    weights_sha256: str
    load_seconds: float
    tokens_per_second: float | None
    peak_memory_bytes: int
    sample_output: str | None


def check(spec: ModelSpec, settings: Settings) -> ModelCheck:
    """Load ``spec``, let it continue ``SAMPLE_TEXT``, and measure both.

    Raises:
        ModelError: the model is not available, is refused, or fails.
    """
    started = time.perf_counter()
    if spec.kind is ModelKind.ENCODER:
        encoder = load_encoder(spec, settings)
        load_seconds = time.perf_counter() - started
        encoder.encode([SAMPLE_TEXT])
        return _result(spec, encoder.weights_sha256, load_seconds, None, None)
    engine = load_engine(spec, settings)
    load_seconds = time.perf_counter() - started
    text, speed = _write(engine)
    return _result(spec, engine.weights_sha256, load_seconds, speed, text)


def _write(engine: Engine) -> tuple[str, float]:
    (completion,) = engine.generate([SAMPLE_TEXT], _SAMPLING)
    if isinstance(completion, ModelError):
        raise completion
    return completion.text, completion.n_output_tokens / completion.duration_s


def _result(
    spec: ModelSpec,
    weights_sha256: str,
    load_seconds: float,
    tokens_per_second: float | None,
    sample_output: str | None,
) -> ModelCheck:
    return ModelCheck(
        spec=spec,
        weights_sha256=weights_sha256,
        load_seconds=load_seconds,
        tokens_per_second=tokens_per_second,
        peak_memory_bytes=_peak_memory(),
        sample_output=sample_output,
    )


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes there, KiB elsewhere
