"""The name of an encoder says whose vectors may be compared; each text has one unit vector."""

from dataclasses import replace

import numpy as np
import pytest

from litsweep.errors import ModelError, UsageError
from litsweep.models.loading import is_available, load_encoder
from litsweep.models.registry import MINILM
from litsweep.searching.meaning import (
    describe_encoder,
    embed_documents,
    embed_question,
    encoder_prefix,
)
from litsweep.settings import Settings
from tests.fakes.documents import abstract
from tests.fakes.encoder import BrokenEncoder, HashingEncoder

TEXTS = (
    abstract("Budesonide in asthma", "METHODS: We gave it to 12 adults.", "RESULTS: It helped."),
    abstract("Budesonide in asthma: a letter"),
)


def test_another_model_revision_or_weight_has_another_name() -> None:
    encoder = HashingEncoder()
    name = describe_encoder(encoder)
    assert name.startswith(encoder_prefix(encoder.spec))
    assert ("example/fakelm@" in name, "e" * 16 in name) == (True, True)
    other_weights, other_revision = HashingEncoder(), HashingEncoder()
    other_weights.weights_sha256 = "f" * 64
    other_revision.spec = replace(encoder.spec, revision="1" * 40)
    others = [describe_encoder(other_weights), describe_encoder(other_revision)]
    assert len({name, *others}) == 3
    assert others[0].startswith(encoder_prefix(encoder.spec))
    assert not others[1].startswith(encoder_prefix(encoder.spec))


def test_one_unit_vector_a_document() -> None:
    made = embed_documents(TEXTS, HashingEncoder())
    assert (str(made.dtype), made.shape) == ("float32", (2, 256))
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 1])
    assert len(embed_documents([], HashingEncoder())) == 0


def test_a_question_is_near_to_what_answers_it() -> None:
    question = embed_question("budesonide, asthma?", HashingEncoder())
    near, far = embed_documents([TEXTS[1], abstract("Delirium of the old")], HashingEncoder())
    assert near @ question > far @ question


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("non-small cell lung cancer -mouse", "non-small cell lung cancer"),
        ('ti:"hip fracture" (delirium OR confusion*)', "hip fracture delirium confusion"),
        ('asthma NOT "in vitro" NOT (rats OR mice)', "asthma"),
        ("asthma[tiab] AND mesh:Child -ab:rat", "asthma Child"),
        ("ratio 1:2, COVID-19, TNF-α, CD4+", "ratio 1:2, COVID-19, TNF-α, CD4+"),
    ],
)
def test_the_signs_of_a_search_by_words_mean_nothing(text: str, asked: str) -> None:
    encoder = HashingEncoder()
    embed_question(text, encoder)
    assert encoder.calls == [(asked,)]


@pytest.mark.parametrize("text", ["", "  ", "?!", '"" - ()', "-rats"])
def test_without_a_word_there_is_no_meaning(text: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        embed_question(text, HashingEncoder())


def test_a_failing_encoder_is_no_empty_result() -> None:
    with pytest.raises(ModelError):
        embed_documents(TEXTS, BrokenEncoder())


def test_the_packaged_encoder_tells_what_is_alike_without_common_words() -> None:
    settings = Settings(device="cpu")
    availability = is_available(MINILM, settings)
    if not availability.is_available:
        pytest.skip(availability.reason)
    encoder = load_encoder(MINILM, settings)
    alike, other = embed_documents(
        [
            abstract("Acute confusion after surgery of the femoral neck in elderly patients"),
            abstract("Inhaled corticosteroids reduce exacerbations in children with wheeze"),
        ],
        encoder,
    )
    question = embed_question("postoperative delirium, hip fracture, old people", encoder)
    assert alike @ question > 0.4 > 0.1 > other @ question
    assert describe_encoder(encoder).endswith("weights 53aa51172d142c89")
