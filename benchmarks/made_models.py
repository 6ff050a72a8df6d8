"""Models of the true shape with random weights, and a tokenizer whose tokens are numbers.

The real weights cannot be had everywhere, and speed does not depend on them. As initialised, a
random model repeats its last token whatever came before; with larger weights in its layers what
it writes depends on the whole prompt, so that a difference between engines shows.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    AutoModelForCausalLM,
    BioGptConfig,
    GPT2Config,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

_GAIN = 4
"""By how much the layers' weights are larger than as initialised."""
_END = "</s>"
_SEED = 20_261_122


def biogpt_config() -> Any:
    """Return the configuration of microsoft/biogpt: 347 million parameters."""
    return BioGptConfig()


def biomedlm_config() -> Any:
    """Return the configuration of stanford-crfm/BioMedLM: 2.59 thousand million parameters."""
    return GPT2Config(
        vocab_size=28_896,
        n_positions=1024,
        n_embd=2560,
        n_layer=32,
        n_head=20,
        scale_attn_by_inverse_layer_idx=True,
        use_cache=False,
        bos_token_id=28_895,
        eos_token_id=28_895,
    )


def tiny_config() -> Any:
    """Return the configuration of a BioGPT of two thin layers, to rehearse with."""
    return BioGptConfig(
        vocab_size=512,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
    )


def make_model(config: Any, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """Return a model with random weights, the same for the same device, made where it stays."""
    torch.manual_seed(_SEED)
    with _made_as(device, dtype):
        model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    for name, weights in model.named_parameters():
        if weights.ndim == 2 and not any(part in name for part in ("embed", "wte", "wpe", "head")):
            weights.data.mul_(_GAIN)
    model.eval()
    return model


@contextmanager
def _made_as(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(before)


def number_tokenizer(config: Any) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose texts are the tokens' numbers, with spaces between."""
    vocabulary = {str(i): i for i in range(config.vocab_size)}
    del vocabulary[str(config.eos_token_id)]
    vocabulary[_END] = config.eos_token_id  # no number: it would be sought inside all of them
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="3"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=_END, pad_token=_END)


def make_prompts(config: Any, lengths: Sequence[int]) -> list[str]:
    """Return prompts of these lengths, in tokens, for ``number_tokenizer``."""
    random = Random(_SEED)
    return [
        " ".join(str(random.randrange(4, config.vocab_size - 1)) for _ in range(length))
        for length in lengths
    ]
