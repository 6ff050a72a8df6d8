"""A checkpoint that is not what its specification says is refused before it is opened."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import WeightsRefused
from litsweep.models.loading import load_engine
from litsweep.settings import Settings

transformers = pytest.importorskip("transformers")

from litsweep.models.checkpoint_config import check_config, count_positions  # noqa: E402


@pytest.mark.parametrize("kind", [ModelKind.CAUSAL, ModelKind.INSTRUCT])
def test_a_causal_checkpoint_is_one(
    kind: ModelKind, tiny_spec: ModelSpec, tiny_folder: Path
) -> None:
    check_config(replace(tiny_spec, kind=kind), tiny_folder)


@pytest.mark.parametrize("kind", [ModelKind.SEQ2SEQ, ModelKind.ENCODER, ModelKind.CLASSIFIER])
def test_another_kind_is_refused_with_the_fitting_one(
    kind: ModelKind, tiny_spec: ModelSpec, tiny_folder: Path
) -> None:
    told = f"of kind '{kind.value}'.*GPT2LMHeadModel.*kind = 'causal' or 'instruct'"
    with pytest.raises(WeightsRefused, match=told):
        check_config(replace(tiny_spec, kind=kind), tiny_folder)


def test_an_architecture_for_something_else_is_refused(
    tiny_spec: ModelSpec, tmp_path: Path
) -> None:
    config = {"model_type": "bert", "architectures": ["BertForTokenClassification"]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsRefused, match="no use for that architecture"):
        check_config(tiny_spec, tmp_path)


def test_a_window_that_is_larger_than_the_checkpoint_is_refused_on_loading(
    tiny_spec: ModelSpec,
    tiny_folder: Path,
    install: Callable[[str, Path], Path],
    settings: Settings,
) -> None:
    install("tiny", tiny_folder)
    with pytest.raises(WeightsRefused, match=r"window of 2048 tokens.*has 128 positions"):
        load_engine(replace(tiny_spec, context_window=2048), settings)


def test_an_unreadable_configuration_is_refused(tiny_spec: ModelSpec, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(WeightsRefused, match=str(tmp_path)):
        check_config(tiny_spec, tmp_path)


def test_positions_are_those_that_can_be_used() -> None:
    assert count_positions(transformers.BioGptConfig()) == 1024
    # RoBERTa counts from its padding token: of 514 positions 512 can be used.
    assert count_positions(transformers.RobertaConfig(max_position_embeddings=514)) == 512
    assert count_positions(transformers.T5Config()) is None
