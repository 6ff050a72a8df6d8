"""Unit vectors of sentences, by an encoder or, without one, by their words.

Vectors of one group (a document's sentences, say) can be compared with one another; without an
encoder those of different groups cannot.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from litsweep.checks.words import content_words
from litsweep.domain.generations import SentenceEncoder
from litsweep.errors import ModelError

LEXICAL: Final = "lexical"
"""What a ranking without an encoder is called where it is stored."""
Vectors: TypeAlias = npt.NDArray[np.float32]
"""Unit vectors, shape ``[n, dimensions]``; a text without words has the zero vector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """The vectors of each group, what made them, and why not the encoder if it failed."""

    groups: tuple[Vectors, ...]
    embedded_by: str
    failure: str | None = None


def embed(groups: Sequence[Sequence[str]], encoder: SentenceEncoder | None) -> Embedding:
    """Return the vectors of each group of texts, in order.

    All groups go through the encoder in one call, so that it can batch across documents. An
    encoder that fails is replaced by the words, for every group, and the failure is told.
    """
    texts = list(dict.fromkeys(text for group in groups for text in group if text.strip()))
    if encoder is None or not texts:
        return _embed_words(groups)
    try:
        vectors = np.asarray(encoder.encode(texts), dtype=np.float32)
    except ModelError as error:
        return _embed_words(groups, f"The encoder failed, words were compared instead: {error}")
    place = {text: position for position, text in enumerate(texts)}
    vectors = np.vstack([vectors, np.zeros_like(vectors[:1])])  # the last is a blank text's
    return Embedding(
        groups=tuple(vectors[[place.get(text, -1) for text in group]] for group in groups),
        embedded_by=encoder.spec.model_id,
    )


def _embed_words(groups: Sequence[Sequence[str]], failure: str | None = None) -> Embedding:
    vectors = tuple(word_vectors(group) for group in groups)
    return Embedding(groups=vectors, embedded_by=LEXICAL, failure=failure)


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Return TF-IDF vectors (1 + ln tf, smoothed idf) over the words of these texts alone."""
    counts = [Counter(content_words(text)) for text in texts]
    n_texts_with = Counter(word for count in counts for word in count)
    column = {word: position for position, word in enumerate(n_texts_with)}
    vectors = np.zeros((len(texts), max(1, len(column))), dtype=np.float32)
    for row, count in enumerate(counts):
        for word, n in count.items():
            idf = math.log((1 + len(texts)) / (1 + n_texts_with[word])) + 1
            vectors[row, column[word]] = (1 + math.log(n)) * idf
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, norms, out=vectors, where=norms > 0)
    return vectors
