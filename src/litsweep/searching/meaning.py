"""What the meaning of a text is taken from: a vector of a title and abstract, or of a question.

Vectors are compared in ``litsweep.searching.nearest``; models are loaded elsewhere.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from litsweep.domain.documents import Document
from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.models import ModelSpec
from litsweep.errors import UsageError
from litsweep.searching.nearest import Matrix, Vector

# Part of the encoder's name where vectors are stored: a change here is another encoder there.
_WAY: Final = "title and abstract, 1"
_HASH_LENGTH: Final = 16
# What a search by words excludes, and the signs and names of its fields: no part of a meaning.
_EXCLUDED: Final = re.compile(r"""(?:(?<!\S)-|\bNOT\s+)(?:\w+:)?(?:"[^"]*"|\([^()]*\)|[^\s()"]+)""")
_SIGNS: Final = re.compile(r"""\b(?:OR|AND)\b|(?<!\S)\(?\w{2,4}:(?=\S)|\[[\w/]+\]|["“”()*|]""")


def describe_encoder(encoder: SentenceEncoder) -> str:
    """Return the name under which vectors of ``encoder`` are stored, and may be compared.

    It names the model, its revision, how texts are put to it, and its weights.
    """
    return f"{encoder_prefix(encoder.spec)}{encoder.weights_sha256[:_HASH_LENGTH]}"


def encoder_prefix(spec: ModelSpec) -> str:
    """Return how the names of this encoder begin, whatever its weights: it need not be loaded."""
    return f"{spec.model_id}@{spec.revision}, {_WAY}, weights "


def embed_documents(texts: Sequence[Document], encoder: SentenceEncoder) -> Matrix:
    """Return one unit vector a document, in order.

    Raises:
        ModelError: the encoder failed.
    """
    return _encode([document.text for document in texts], encoder)


def embed_question(text: str, encoder: SentenceEncoder) -> Vector:
    """Return the unit vector of what a person asks for, without the signs of a search by words.

    Raises:
        UsageError: there is no word in ``text``.
        ModelError: the encoder failed.
    """
    asked = " ".join(_SIGNS.sub(" ", _EXCLUDED.sub(" ", text)).split())
    if not any(one.isalnum() for one in asked):
        raise UsageError(f"There is no word in {text!r} whose meaning could be searched for.")
    vector: Vector = _encode([asked], encoder)[0]
    return vector


def _encode(texts: Sequence[str], encoder: SentenceEncoder) -> Matrix:
    return np.asarray(encoder.encode(texts), dtype=np.float32)
