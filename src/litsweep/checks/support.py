"""Which source sentence supports a machine sentence, and how well.

Support is nearness, not entailment: a sentence that is near its source can still contradict it,
which is what the checks of numbers and polarity are for.
"""

from collections.abc import Sequence
from typing import Final

from litsweep.checks.words import content_words, words
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import Check, SupportedSentence, Verdict

_NAME: Final = "support"
SUPPORT_THRESHOLD: Final = 0.5
"""Below this a sentence is flagged as unsupported."""


def find_support(
    texts: Sequence[str],
    source: Sequence[Sentence],
    similarities: Sequence[Sequence[float]] | None,
) -> tuple[SupportedSentence, ...]:
    """Return each sentence of ``texts`` with the source sentence nearest to it.

    ``similarities`` holds the cosines, shape ``[len(texts), len(source)]``, or is None without an
    encoder. The score is 1.0 for a word-for-word part of a source sentence; else the share of
    the text's meaningful words that stand in the source sentence, averaged with the cosine where
    there is one. The source is None where the score is 0.
    """
    return tuple(
        _nearest(text, source, None if similarities is None else similarities[position])
        for position, text in enumerate(texts)
    )


def check_support(sentences: Sequence[SupportedSentence]) -> tuple[Check, ...]:
    """Flag each sentence that nothing in the source supports; one PASS if there is none."""
    flags = tuple(
        Check(
            name=_NAME,
            verdict=Verdict.FLAG,
            detail=f"No sentence of the source supports this (nearest: {sentence.support:.2f}).",
            sentence_position=position,
        )
        for position, sentence in enumerate(sentences)
        if sentence.support < SUPPORT_THRESHOLD
    )
    if flags or not sentences:
        return flags
    weakest = min(sentence.support for sentence in sentences)
    detail = f"Every sentence has a source sentence (weakest support: {weakest:.2f})."
    return (Check(name=_NAME, verdict=Verdict.PASS, detail=detail),)


def is_within(text: str, source: str) -> bool:
    """Tell whether the words of ``text`` stand in ``source`` in one piece and in order."""
    return bool(found := words(text)) and f" {' '.join(found)} " in f" {' '.join(words(source))} "


def _nearest(
    text: str, source: Sequence[Sentence], cosines: Sequence[float] | None
) -> SupportedSentence:
    best: Span | None = None
    score = 0.0
    for position, sentence in enumerate(source):
        cosine = None if cosines is None else cosines[position]
        found = round(_score(text, sentence.text, cosine), 3)
        if found > score:
            best, score = sentence.span, found
    return SupportedSentence(text=text, source=best, support=score)


def _score(text: str, source: str, cosine: float | None) -> float:
    if is_within(text, source):
        return 1.0
    found = set(content_words(text))
    if not found:
        return 0.0
    overlap = len(found & set(content_words(source))) / len(found)
    if cosine is None:
        return overlap
    return (overlap + min(max(cosine, 0.0), 1.0)) / 2
