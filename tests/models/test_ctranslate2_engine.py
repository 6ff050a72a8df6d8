"""A model that was converted is run by CTranslate2, and writes what transformers writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.domain.generations import Completion, SamplingParams
from litsweep.domain.models import ModelSpec
from litsweep.errors import WeightsRefused
from litsweep.models.converting import convert_for_ctranslate2
from litsweep.models.loading import is_available, load_engine
from litsweep.settings import Settings

pytest.importorskip("ctranslate2")

PROMPTS = ["COVID-19 is", "Of 412 adults, 31 % in", "a"]
SAMPLING = SamplingParams(max_new_tokens=12)


def texts(spec: ModelSpec, settings: Settings) -> list[str]:
    outcomes = load_engine(spec, settings).generate(PROMPTS, SAMPLING)
    return [outcome.text for outcome in outcomes if isinstance(outcome, Completion)]


def test_a_converted_model_is_run_by_ctranslate2_and_writes_the_same(
    tiny_spec: ModelSpec,
    tiny_folder: Path,
    install: Callable[[str, Path], Path],
    settings: Settings,
) -> None:
    folder = install("tiny", tiny_folder)
    plain = texts(tiny_spec, settings)
    assert len(plain) == len(set(plain)) == len(PROMPTS)
    # In a process of its own, as the command does it.
    assert convert_for_ctranslate2(tiny_spec, folder) == folder / "ctranslate2"
    asked = settings.model_copy(update={"engine": "ctranslate2"})
    assert is_available(tiny_spec, asked).engine == "ctranslate2"
    assert load_engine(tiny_spec, asked).description.startswith("ctranslate2 ")
    assert texts(tiny_spec, asked) == plain


def test_a_conversion_of_other_weights_is_refused(
    tiny_spec: ModelSpec,
    tiny_folder: Path,
    install: Callable[[str, Path], Path],
    settings: Settings,
) -> None:
    folder = install("tiny", tiny_folder)
    (folder / "ctranslate2").mkdir()
    label = '{"weights_sha256": "0", "precision": "float32", "n_positions": 1, "converter": "x"}'
    (folder / "ctranslate2" / "converted.json").write_text(label)
    with pytest.raises(WeightsRefused, match="made from other weights"):
        load_engine(tiny_spec, settings)
