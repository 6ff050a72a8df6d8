"""The token ids of BioGptTokenizer, sooner: its Moses rules word by word, its BPE in Rust.

Equal ids are the promise, so what cannot be promised is left to the real tokenizer: text with
control characters or lone surrogates, and vocabularies whose merges are not in order.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from litsweep.errors import ModelError
from litsweep.models.moses_words import MosesWords

_MOST_WORDS: Final = 100_000
"""Words kept with their ids (about 30 MB); the night's vocabulary is smaller, a year's is not."""
_LONGEST_WORD: Final = 64
"""Characters; longer ones hardly come again."""


class BioGptTokens:
    """Encodes as ``BioGptTokenizer.encode(text, split_special_tokens=True)`` does.

    Safe to call from several threads.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Take vocabulary and merges from a ``BioGptTokenizer``.

        Raises:
            ModelError: other ids would come out with these merges or added tokens.
        """
        vocabulary: Mapping[str, int] = tokenizer.encoder
        merges = list(tokenizer.bpe_ranks)
        _refuse_disorder(merges)
        if any(vocabulary.get(token) != i for token, i in tokenizer.get_added_vocab().items()):
            raise ModelError("This BioGPT has tokens beside its vocabulary.")
        self._tokenizer = tokenizer
        self._moses = MosesWords()
        self._n_known = len(vocabulary)
        self._unknown = int(tokenizer.unk_token_id)
        self._start = int(tokenizer.sep_token_id)
        self._bpe = _build_bpe(vocabulary, merges, tokenizer.unk_token)
        self._words: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        """Return the ids of ``text``, the token that begins every input included."""
        words = self._moses.cut(text)
        if words is None:
            return list(self._tokenizer.encode(text, split_special_tokens=True))
        known = self._words
        ids = [self._start]
        for word in words:
            found = known.get(word)
            ids += self._learn(word) if found is None else found
        return ids

    def _learn(self, word: str) -> list[int]:
        tokens = self._moses.tokens(word)
        found = self._bpe.encode(tokens, is_pretokenized=True, add_special_tokens=False).ids
        ids = [i if i < self._n_known else self._unknown for i in found]
        if len(word) <= _LONGEST_WORD:
            if len(self._words) >= _MOST_WORDS:
                self._words.clear()
            self._words[word] = ids
        return ids


def _refuse_disorder(merges: list[tuple[str, str]]) -> None:
    # The real tokenizer applies one merge everywhere before it looks for the next; Rust applies
    # one merge at one place. Both come to the same where every merge stands after the merges
    # that make its parts, and nothing can be made in two ways.
    made: set[str] = set()
    makeable = {first + second for first, second in merges}
    for first, second in merges:
        if first + second in made or not {first, second} & makeable <= made:
            raise ModelError(f"The merge of {first!r} and {second!r} stands out of order.")
        made.add(first + second)


def _build_bpe(vocabulary: Mapping[str, int], merges: list[tuple[str, str]], unknown: str) -> Any:
    # fairseq's vocabulary lacks some products of merges (17 in BioGPT's); Rust wants an id for
    # each. They get ids past the vocabulary, which `_learn` turns into the unknown token.
    ids = dict(vocabulary)
    for first, second in merges:
        for symbol in (first, second, first + second):
            ids.setdefault(symbol, len(ids))
    tokenizers = import_module("tokenizers")
    return tokenizers.Tokenizer(
        tokenizers.models.BPE(ids, merges, unk_token=unknown, end_of_word_suffix="</w>")
    )
