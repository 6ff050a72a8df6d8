"""How likely a model finds given continuations: log-probabilities, for the transformers runner.

Several continuations of one prompt read the prompt once.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel

from litsweep.models.padding import Ids, pad_left, pad_right

_PAD = 0  # any token: padding is masked, or stands where nothing looks at it


def score_continuations(
    model: PreTrainedModel, prompts: Sequence[Ids], continuations: Sequence[Ids]
) -> list[float]:
    """Return the mean natural log-probability a token of each continuation after its prompt.

    ``prompts`` and ``continuations`` are pairs; prompts may repeat. A continuation has one
    token or more.
    """
    if model.config.is_encoder_decoder:
        return _mean(_score_answers(model, prompts, continuations), continuations)
    distinct = list(dict.fromkeys(map(tuple, prompts)))
    number = {prompt: i for i, prompt in enumerate(distinct)}
    rows = torch.tensor([number[tuple(prompt)] for prompt in prompts], device=model.device)
    read = pad_left(distinct, _PAD, model.device)
    cache = DynamicCache(config=model.config)
    logits = _forward(
        model,
        input_ids=read.ids,
        attention_mask=read.mask,
        position_ids=read.positions,
        past_key_values=cache,
        logits_to_keep=1,
    )[rows]
    if max(map(len, continuations)) > 1:
        cache.batch_select_indices(rows)
        more = _continue(model, cache, read.mask[rows], continuations)
        logits = torch.cat([logits, more], dim=1)
    return _mean(logits, continuations)


def _continue(
    model: PreTrainedModel,
    cache: DynamicCache,
    prompt_mask: torch.Tensor,
    continuations: Sequence[Ids],
) -> torch.Tensor:
    """Return the scores after each token but the last, ``[pairs, tokens - 1, vocabulary]``."""
    # Padded on the right, where causal attention hides the padding from all that counts; its
    # positions are those of other tokens, since there may be none past the longest row's.
    given = pad_right([tokens[:-1] for tokens in continuations], _PAD, model.device)
    lengths = prompt_mask.sum(dim=1, keepdim=True)
    return _forward(
        model,
        input_ids=given.ids,
        attention_mask=torch.cat([prompt_mask, torch.ones_like(given.ids)], dim=1),
        position_ids=lengths + given.positions,
        past_key_values=cache,
    )


def _score_answers(
    model: PreTrainedModel, prompts: Sequence[Ids], answers: Sequence[Ids]
) -> torch.Tensor:
    read = pad_right(prompts, _PAD, model.device)
    start = read_start_token(model)
    given = pad_right([[start, *tokens[:-1]] for tokens in answers], _PAD, model.device)
    return _forward(
        model,
        input_ids=read.ids,
        attention_mask=read.mask,
        decoder_input_ids=given.ids,
        use_cache=False,
    )


def read_start_token(model: PreTrainedModel) -> int:
    """Return the token that the decoder of a seq2seq model begins with."""
    for holder in (model.generation_config, model.config):
        start = getattr(holder, "decoder_start_token_id", None)
        if start is not None:
            return int(start)
    return int(model.config.pad_token_id)


def _forward(model: PreTrainedModel, **inputs: Any) -> torch.Tensor:
    call: Any = model
    logits: torch.Tensor = call(**{"use_cache": True} | inputs).logits
    return logits


def _mean(logits: torch.Tensor, continuations: Sequence[Ids]) -> list[float]:
    wanted = pad_right(continuations, _PAD, logits.device)
    found = logits.float().log_softmax(dim=-1).gather(2, wanted.ids.unsqueeze(2)).squeeze(2)
    means = (found * wanted.mask).sum(dim=1) / wanted.mask.sum(dim=1)
    return [float(mean) for mean in means.tolist()]
