"""What a source says of a sentence, told by a model of entailment with random weights."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.generations import EntailmentModel
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError, ModelNotAvailable, PromptTooLong, WeightsRefused
from litsweep.models.inspection import check
from litsweep.models.loading import load_classifier, load_engine
from litsweep.settings import Settings

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from litsweep.models.classifier import order_classes  # noqa: E402

PREMISE = "Of 412 adults, 31 % in the treatment group improved, and 14 % with placebo."
PAIRS = [
    (PREMISE, "More adults improved with the treatment."),
    (PREMISE, "Nobody improved."),
    (PREMISE * 2, "The trial had 412 adults."),
    ("Short.", "Short."),
    (PREMISE, "It rained."),
]


def _save(folder: Path, labels: Mapping[int, str], byte_tokenizer: Any) -> Path:
    config = transformers.RobertaConfig(
        vocab_size=len(byte_tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=512 + byte_tokenizer.pad_token_id + 1,
        type_vocab_size=1,
        pad_token_id=byte_tokenizer.pad_token_id,
        id2label=dict(labels),
        label2id={label: i for i, label in labels.items()},
    )
    torch.manual_seed(11)
    model = transformers.RobertaForSequenceClassification(config)
    for name, weights in model.named_parameters():
        if weights.ndim == 2 and "embed" not in name:
            weights.data.mul_(8)
    model.save_pretrained(folder)
    byte_tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def nli_spec(tiny_spec: ModelSpec) -> ModelSpec:
    return replace(tiny_spec, name="nli", kind=ModelKind.CLASSIFIER, context_window=512)


@pytest.fixture
def byte_tokenizer(tiny_folder: Path) -> Any:
    """The single bytes of the tiny model, with a token that fills up."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_folder)
    tokenizer.add_special_tokens({"pad_token": "<pad>"})
    return tokenizer


Labelled = Callable[..., Path]


@pytest.fixture
def labelled(settings: Settings, byte_tokenizer: Any) -> Labelled:
    """Put a classifier with these labels into models_dir."""

    def save(*labels: str) -> Path:
        assert settings.models_dir is not None
        return _save(settings.models_dir / "nli", dict(enumerate(labels)), byte_tokenizer)

    return save


@pytest.fixture
def model(labelled: Labelled, nli_spec: ModelSpec, settings: Settings) -> EntailmentModel:
    labelled("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
    return load_classifier(nli_spec, settings)


def test_batches_say_what_single_pairs_say(model: EntailmentModel) -> None:
    together = model.entails(PAIRS)
    alone = [model.entails([pair])[0] for pair in PAIRS]
    for batched, single in zip(together, alone, strict=True):
        assert not isinstance(batched, ModelError)
        assert not isinstance(single, ModelError)
        assert batched == pytest.approx(single, abs=1e-5)
        assert sum(batched) == pytest.approx(1)
    assert len({round(one[0], 3) for one in together if not isinstance(one, ModelError)}) > 2
    assert model.entails([]) == []


def test_the_classes_follow_the_labels_not_their_places(
    labelled: Labelled, nli_spec: ModelSpec, settings: Settings
) -> None:
    folder = labelled("contradiction", "neutral", "entailment")
    first = load_classifier(nli_spec, settings).entails(PAIRS[:1])[0]
    text = (folder / "config.json").read_text()
    swapped = text.replace('"0": "contradiction"', '"0": "entailment"').replace(
        '"2": "entailment"', '"2": "contradiction"'
    )
    assert swapped != text
    (folder / "config.json").write_text(swapped)
    # Another revision, so that it is loaded anew.
    other = replace(nli_spec, revision="1" * 40)
    second = load_classifier(other, settings).entails(PAIRS[:1])[0]
    assert not isinstance(first, ModelError)
    assert not isinstance(second, ModelError)
    assert second == pytest.approx((first[2], first[1], first[0]))
    assert first[0] != pytest.approx(first[2], abs=1e-3)


def test_a_pair_that_is_too_long_costs_only_itself(model: EntailmentModel) -> None:
    outcomes = model.entails([PAIRS[0], (PREMISE * 10, "Long."), PAIRS[1]])
    assert isinstance(outcomes[1], PromptTooLong)
    assert "Pair 2 takes" in str(outcomes[1])
    assert not isinstance(outcomes[0], ModelError)
    assert not isinstance(outcomes[2], ModelError)


def test_a_special_token_in_a_text_is_only_its_characters(model: EntailmentModel) -> None:
    plain, marked = model.entails([(PREMISE, "It <pad> rained."), (PREMISE, "It rained.")])
    assert plain != marked


def test_a_pair_that_makes_the_model_fail_costs_only_itself(
    model: EntailmentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner: Any = model
    forward = inner._model.forward

    def failing(**tokens: Any) -> Any:
        if tokens["input_ids"].shape[1] > 150:
            raise RuntimeError("out of memory")
        return forward(**tokens)

    monkeypatch.setattr(inner._model, "forward", failing)
    outcomes = model.entails(PAIRS)
    assert [isinstance(one, ModelError) for one in outcomes] == [False, False, True, False, False]
    assert "failed on pair 3" in str(outcomes[2])


@pytest.mark.parametrize(
    "labels", [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "not_entailment"), ("yes", "no")]
)
def test_unclear_labels_are_refused(
    labels: tuple[str, ...], labelled: Labelled, nli_spec: ModelSpec, settings: Settings
) -> None:
    labelled(*labels)
    with pytest.raises(WeightsRefused, match=f"names its outputs {labels[0]}"):
        load_classifier(nli_spec, settings)


def test_labels_are_read_in_any_case_and_order() -> None:
    assert order_classes({0: "Neutral", 1: " entailment", 2: "CONTRADICTION"}, "x") == (1, 0, 2)
    with pytest.raises(WeightsRefused):
        order_classes({0: "neutral", 1: "neutral", 2: "entailment", 3: "contradiction"}, "x")


def test_classifiers_and_writers_are_not_mixed_up(
    nli_spec: ModelSpec, tiny_spec: ModelSpec, settings: Settings
) -> None:
    with pytest.raises(ModelNotAvailable, match="compares two texts and cannot write"):
        load_engine(nli_spec, settings)
    with pytest.raises(ModelNotAvailable, match="is no classifier"):
        load_classifier(tiny_spec, settings)


def test_it_says_what_runs_it(model: EntailmentModel) -> None:
    assert model.description.startswith(f"transformers {transformers.__version__}, torch ")
    assert model.description.endswith("cpu, float32")
    assert len(model.weights_sha256) == 64


def test_it_can_be_tried_out(labelled: Labelled, nli_spec: ModelSpec, settings: Settings) -> None:
    labelled("contradiction", "neutral", "entailment")
    report = check(nli_spec, settings)
    assert len(report.weights_sha256) == 64
    assert report.load_seconds > 0
    assert report.speed is None
