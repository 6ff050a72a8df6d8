"""The source sentence behind each machine sentence, for many texts at once."""

from collections.abc import Sequence

from litsweep.checks.support import find_support
from litsweep.domain.documents import Sentence
from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.readings import SupportedSentence
from litsweep.reading.embedding import LEXICAL, embed


def find_supports(
    texts: Sequence[Sequence[str]],
    sources: Sequence[Sequence[Sentence]],
    encoder: SentenceEncoder | None,
) -> list[tuple[SupportedSentence, ...]]:
    """Return, for each text, its sentences with the sentences of its source nearest to them.

    All texts and their sources go through the encoder in one call; without an encoder (or with
    one that fails) nearness is that of the words alone.
    """
    groups = [
        [*sentences, *(given.text for given in source)] if sentences else []
        for sentences, source in zip(texts, sources, strict=True)
    ]
    embedding = embed(groups, encoder)
    supports = []
    for sentences, source, vectors in zip(texts, sources, embedding.groups, strict=True):
        cosines = vectors[: len(sentences)] @ vectors[len(sentences) :].T
        is_lexical = embedding.embedded_by == LEXICAL
        supports.append(find_support(sentences, source, None if is_lexical else cosines.tolist()))
    return supports
