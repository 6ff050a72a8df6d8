"""How long texts are can be told without opening a model's weights."""

from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.domain.models import ModelSpec
from litsweep.models.loading import is_available, load_engine
from litsweep.models.registry import SMOLLM2_DEMO
from litsweep.models.token_counting import open_counter
from litsweep.settings import Settings

pytest.importorskip("transformers")

TEXTS = ["COVID-19 is", "", "a longer text with <|endoftext|> in it"]


def test_counts_are_those_of_the_loaded_engine(
    tiny_spec: ModelSpec,
    tiny_folder: Path,
    install: Callable[[str, Path], Path],
    settings: Settings,
) -> None:
    install("tiny", tiny_folder)
    count = open_counter(tiny_spec, settings)
    assert count is not None
    assert count(TEXTS) == load_engine(tiny_spec, settings).count_tokens(TEXTS)


def test_a_packaged_model_s_tokenizer_is_read_from_its_file() -> None:
    if not is_available(SMOLLM2_DEMO, Settings()).is_available:
        pytest.skip(is_available(SMOLLM2_DEMO, Settings()).reason)
    count = open_counter(SMOLLM2_DEMO, Settings())
    assert count is not None
    assert count(["Say hello."])[0] > 20  # the chat template's own system message included


def test_a_model_that_is_not_here_cannot_count(tiny_spec: ModelSpec, settings: Settings) -> None:
    assert open_counter(tiny_spec, settings) is None
