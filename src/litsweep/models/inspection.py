"""Tries a model out: what loading it costs, how fast it reads and writes, what it says.

For people who decide which model to set; nothing here is stored.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.generations import Completion, Engine, SamplingParams
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError
from litsweep.models.hardware import peak_resident_bytes
from litsweep.models.loading import load_classifier, load_encoder, load_engine
from litsweep.settings import Settings

SAMPLE_TEXT: Final = "COVID-19 is a disease of the respiratory tract that"
_WRITING: Final = SamplingParams(max_new_tokens=32)
_READING: Final = SamplingParams(max_new_tokens=1)
_N_TOGETHER: Final = 8
_READ_TOKENS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens a second: written for one prompt, written for eight at once, and read.

    A token is read in a prompt of about 256; with the reading goes the writing of one token.
    """

    single: float
    batched: float
    reading: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """How one model did on this machine.

    ``load_seconds`` is near zero where the process had loaded it before. ``speed``, ``engine``
    (what ran it) and ``sample_output`` are None for a model that cannot write.
    ``peak_memory_bytes`` is the whole process's highest resident size so far,
    ``gpu_memory_bytes`` the most memory of the GPU that the model took; None where it is on none.
    """

    spec: ModelSpec
    weights_sha256: str
    engine: str | None
    load_seconds: float
    speed: Speed | None
    peak_memory_bytes: int
    gpu_memory_bytes: int | None
    sample_output: str | None

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens written a second, for one prompt at a time."""
        return None if self.speed is None else self.speed.single


def check(spec: ModelSpec, settings: Settings) -> ModelCheck:
    """Load ``spec``, let it continue ``SAMPLE_TEXT``, and measure both.

    Raises:
        ModelError: the model is not available, is refused, or fails.
    """
    started = time.perf_counter()
    if not spec.kind.can_write:
        return _check_reader(spec, settings, started)
    engine = load_engine(spec, settings)
    load_seconds = time.perf_counter() - started
    _time(engine, [SAMPLE_TEXT], _READING)  # the first call compiles and allocates
    first, single = _time(engine, [SAMPLE_TEXT], _WRITING)
    together, batched = _time(engine, [SAMPLE_TEXT] * _N_TOGETHER, _WRITING)
    read, reading = _time(engine, [_long_prompt(engine)], _READING)
    speed = Speed(
        single=_n_written(first) / single,
        batched=_n_written(together) / batched,
        reading=read[0].n_input_tokens / reading,
    )
    return ModelCheck(
        spec=spec,
        weights_sha256=engine.weights_sha256,
        engine=engine.description,
        load_seconds=load_seconds,
        speed=speed,
        peak_memory_bytes=peak_resident_bytes(),
        gpu_memory_bytes=engine.peak_memory_bytes() if "cuda" in engine.description else None,
        sample_output=first[0].text,
    )


def _check_reader(spec: ModelSpec, settings: Settings, started: float) -> ModelCheck:
    if spec.kind is ModelKind.CLASSIFIER:
        classifier = load_classifier(spec, settings)
        weights_sha256, load_seconds = classifier.weights_sha256, time.perf_counter() - started
        (judged,) = classifier.entails([(SAMPLE_TEXT, SAMPLE_TEXT)])
        if isinstance(judged, ModelError):
            raise judged
    else:
        encoder = load_encoder(spec, settings)
        weights_sha256, load_seconds = encoder.weights_sha256, time.perf_counter() - started
        encoder.encode([SAMPLE_TEXT])
    return ModelCheck(
        spec=spec,
        weights_sha256=weights_sha256,
        engine=None,
        load_seconds=load_seconds,
        speed=None,
        peak_memory_bytes=peak_resident_bytes(),
        gpu_memory_bytes=None,
        sample_output=None,
    )


def _time(
    engine: Engine, prompts: Sequence[str], sampling: SamplingParams
) -> tuple[list[Completion], float]:
    """Return what was written, and in how many seconds."""
    started = time.perf_counter()
    outcomes = engine.generate(prompts, sampling)
    seconds = time.perf_counter() - started
    completions = []
    for outcome in outcomes:
        if isinstance(outcome, ModelError):
            raise outcome
        completions.append(outcome)
    return completions, seconds


def _long_prompt(engine: Engine) -> str:
    (n_tokens,) = engine.count_tokens([SAMPLE_TEXT])
    n_repeats = min(_READ_TOKENS, engine.spec.context_window // 2) // n_tokens
    return " ".join([SAMPLE_TEXT] * max(1, n_repeats))


def _n_written(completions: Sequence[Completion]) -> int:
    return sum(completion.n_output_tokens for completion in completions)
