import pytest

torch = pytest.importorskip("torch")

from litsweep.domain.generations import SamplingParams  # noqa: E402
from litsweep.errors import ModelError  # noqa: E402
from litsweep.models.sampling import (  # noqa: E402
    GeneratedNgramProcessor,
    SeededSampler,
    build_processors,
)

CPU = torch.device("cpu")


def test_ngrams_of_the_prompt_may_be_repeated() -> None:
    tokens = torch.tensor([[5, 6, 7, 5, 6]])  # prompt 5 6 7, written 5 6
    scores = GeneratedNgramProcessor(3, n_prompt=3)(tokens, torch.zeros(1, 10))
    assert torch.isfinite(scores).all()


def test_ngrams_of_the_written_text_may_not() -> None:
    tokens = torch.tensor([[1, 5, 6, 7, 5, 6], [1, 5, 6, 7, 6, 5]])
    before = torch.zeros(2, 10)
    scores = GeneratedNgramProcessor(3, n_prompt=1)(tokens, before)
    assert scores[0].isinf().nonzero().flatten().tolist() == [7]
    assert torch.isfinite(scores[1]).all()
    assert torch.isfinite(before).all(), "the model's own scores are left alone"


def test_unigrams_forbid_every_written_token() -> None:
    tokens = torch.tensor([[9, 2, 4]])
    scores = GeneratedNgramProcessor(1, n_prompt=1)(tokens, torch.zeros(1, 10))
    assert scores[0].isinf().nonzero().flatten().tolist() == [2, 4]


def test_samples_follow_the_models_probabilities() -> None:
    n = 4000
    sampler = SeededSampler(1.0, 0, [[i] for i in range(n)], CPU)
    scores = torch.tensor([0.7, 0.2, 0.1]).log().expand(n, 3)
    drawn = sampler(torch.zeros(n, 1), scores).argmax(dim=1)
    shares = torch.bincount(drawn, minlength=3) / n
    assert shares.tolist() == pytest.approx([0.7, 0.2, 0.1], abs=0.03)


def test_low_temperature_is_nearly_greedy() -> None:
    sampler = SeededSampler(0.01, 0, [[i] for i in range(100)], CPU)
    scores = torch.tensor([1.0, 0.5]).expand(100, 2)
    assert sampler(torch.zeros(100, 1), scores).argmax(dim=1).sum() == 0


def test_sampling_at_zero_temperature_is_refused() -> None:
    sampling = SamplingParams(max_new_tokens=1, do_sample=True, temperature=0)
    with pytest.raises(ModelError, match="temperature above 0"):
        build_processors(sampling, [[1]], 1, CPU)


def test_greedy_decoding_has_no_processors() -> None:
    assert len(build_processors(SamplingParams(max_new_tokens=1), [[1]], 1, CPU)) == 0
