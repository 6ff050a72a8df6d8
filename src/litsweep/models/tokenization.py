"""Turns prompts into token ids and tokens into text, the way each kind of model wants it.

A prompt is data: what looks like a special token in it (``</s>``, ``<|im_end|>``) is encoded as
the characters that it is, so that an abstract cannot end its own request and begin another.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from transformers import PreTrainedTokenizerBase

from litsweep.errors import ModelError
from litsweep.models.moses import restore_spacing

_PLACE = "\x00prompt\x00"  # never part of a template


class PromptTokenizer:
    """A model's tokenizer, with the chat template around each prompt where ``is_chat``.

    BioGPT's is run by ``litsweep.models.biogpt_tokens``, which gives the same ids sooner, or, where
    that cannot be, by itself.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, is_chat: bool) -> None:
        self._tokenizer = tokenizer
        # A tokenizer that warns about long texts would do so before we refuse them properly.
        self._tokenizer.model_max_length = 2**31
        self._is_moses = type(tokenizer).__name__ == "BioGptTokenizer"
        self._biogpt = _find_faster(tokenizer) if self._is_moses else None
        self._frame = self._encode_frame() if is_chat else None

    @property
    def end_token_id(self) -> int:
        """The token that ends a text."""
        return int(self._tokenizer.eos_token_id)

    @property
    def pad_token_id(self) -> int:
        """The token that fills up shorter prompts; it is masked."""
        pad = self._tokenizer.pad_token_id
        return self.end_token_id if pad is None else int(pad)

    def encode(self, prompt: str) -> list[int]:
        """Return the token ids of ``prompt``, special tokens and chat template included."""
        if self._frame is None:
            if self._biogpt is not None:
                ids: list[int] = self._biogpt.encode(prompt)
                return ids
            return self._ids(prompt, add_special_tokens=True)
        before, after = self._frame
        return before + self._ids(prompt.strip(), add_special_tokens=False) + after

    def encode_many(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each prompt, in order: see ``encode``."""
        return [self.encode(prompt) for prompt in prompts]

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of generated tokens, without special tokens."""
        text = str(
            self._tokenizer.decode(
                list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )
        return restore_spacing(text) if self._is_moses else text

    def encode_continuation(self, text: str) -> list[int]:
        """Return the ids of ``text`` as what follows a prompt: no special tokens before it.

        After a space, as a next word is, but for a model with a chat template, whose answer
        begins with it.
        """
        words = text.strip()
        return self._ids(
            words if self._frame is not None or not words else f" {words}", add_special_tokens=False
        )

    def close(self) -> None:
        """Give back what encoding needed; only a tokenizer with workers has anything to give."""

    def _ids(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return list(
            self._tokenizer.encode(
                text, add_special_tokens=add_special_tokens, split_special_tokens=True
            )
        )

    def _encode_frame(self) -> tuple[list[int], list[int]]:
        message = [{"role": "user", "content": _PLACE}]
        rendered = self._tokenizer.apply_chat_template(
            message, add_generation_prompt=True, tokenize=False
        )
        before, after = str(rendered).split(_PLACE)
        encode = self._tokenizer.encode
        return (
            list(encode(before, add_special_tokens=False)),
            list(encode(after, add_special_tokens=False)),
        )


def _find_faster(tokenizer: Any) -> Any | None:
    try:
        return import_module("litsweep.models.biogpt_tokens").BioGptTokens(tokenizer)
    except (ImportError, AttributeError, ModelError):  # another sacremoses, other merges
        return None
