"""How the next token is chosen, beyond the model's own scores.

Two logits processors for transformers. Neither looks at the prompt: the library's own
``no_repeat_ngram_size`` and ``repetition_penalty`` do, which forbids copying from the source
and makes a model invent (measured on SmolLM2, 16 abstracts: 13 of 24 numbers invented, against
0 of 27 for plain greedy decoding). Neither waits for the device: all is done in tensors.
"""

import hashlib
from collections.abc import Sequence

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from litsweep.domain.generations import SamplingParams
from litsweep.errors import ModelError


class GeneratedNgramProcessor(LogitsProcessor):
    """Forbids repeating an n-gram of the generated tokens.

    ``n_prompt`` is the length of the (padded) prompts, in tokens, that is left out.
    """

    def __init__(self, n: int, n_prompt: int) -> None:
        self._n = n
        self._n_prompt = n_prompt

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return ``scores`` (``[batch, vocabulary]``) with forbidden tokens at minus infinity."""
        written = input_ids[:, self._n_prompt :]
        if written.shape[1] < self._n:
            return scores
        ngrams = written.unfold(1, self._n, 1)  # [batch, place, n]
        tail = written[:, written.shape[1] - self._n + 1 :].unsqueeze(1)
        is_repeat = (ngrams[:, :, :-1] == tail).all(dim=2)
        ceilings = torch.where(is_repeat, -torch.inf, torch.inf).to(scores.dtype)
        return scores.scatter_reduce(1, ngrams[:, :, -1], ceilings, "amin")


class SeededSampler(LogitsProcessor):
    """Draws by adding Gumbel noise, so that the greedy choice after it is a sample.

    Each row has its own generator, seeded by the seed and the prompt's tokens: a prompt's sample
    does not depend on what else is in the batch, and the process-wide generator is not touched.
    (The maximum of scores plus Gumbel noise follows the softmax of the scores: Gumbel 1954.)
    """

    def __init__(
        self, temperature: float, seed: int, prompts: Sequence[Sequence[int]], device: torch.device
    ) -> None:
        self._temperature = temperature
        self._generators = [_generator(seed, tokens, device) for tokens in prompts]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return ``scores`` (``[batch, vocabulary]``) divided by temperature, plus noise."""
        noise = torch.empty_like(scores)
        for row, generator in zip(noise, self._generators, strict=True):
            row.exponential_(generator=generator)
        return scores / self._temperature - noise.log()

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only."""
        self._generators = [self._generators[row] for row in rows]


def _generator(seed: int, tokens: Sequence[int], device: torch.device) -> torch.Generator:
    digest = hashlib.sha256(repr((seed, list(tokens))).encode()).digest()
    generator = torch.Generator(device=device)
    generator.manual_seed(int.from_bytes(digest[:7], "big"))
    return generator


def build_processors(
    sampling: SamplingParams,
    prompts: Sequence[Sequence[int]],
    n_prompt: int,
    device: torch.device,
) -> LogitsProcessorList:
    """Return the processors for one batch, to be run with greedy decoding.

    Raises:
        ModelError: sampling was asked for with a temperature of zero or less.
    """
    processors = LogitsProcessorList()
    if sampling.no_repeat_ngram > 0:
        processors.append(GeneratedNgramProcessor(sampling.no_repeat_ngram, n_prompt))
    if sampling.do_sample:
        if sampling.temperature <= 0:
            raise ModelError(
                f"Sampling needs a temperature above 0, not {sampling.temperature}; for the most "
                "likely text leave sampling off."
            )
        processors.append(SeededSampler(sampling.temperature, sampling.seed, prompts, device))
    return processors
