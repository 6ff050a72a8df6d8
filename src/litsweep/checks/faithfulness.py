"""All tests of a text against its source, in one call."""

from collections.abc import Sequence

from litsweep.checks.numbers import check_numbers
from litsweep.checks.polarity import check_polarity
from litsweep.checks.support import check_support
from litsweep.domain.documents import Sentence
from litsweep.domain.readings import Check, SupportedSentence


def check_faithfulness(
    sentences: Sequence[SupportedSentence], source: Sequence[Sentence]
) -> tuple[Check, ...]:
    """Return the checks ``numbers``, ``support``, ``negation`` and ``direction``.

    ``source`` are the sentences in which support was sought; a number may stand in any of them.
    A text without sentences has nothing to be tested.
    """
    if not sentences:
        return ()
    source_text = "\n".join(sentence.text for sentence in source)
    return (
        *check_numbers([sentence.text for sentence in sentences], source_text),
        *check_support(sentences),
        *check_polarity(sentences, source),
    )
