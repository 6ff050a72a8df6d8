"""What a model of textual entailment says of each sentence beside its source: optional.

The premise is the best source sentence with its neighbours, so that a sentence that joins two is
not held against one of them. The model sees what no rule sees, and is wrong sometimes: it flags
like the rest.
"""

from collections.abc import Sequence
from typing import Final

from litsweep.domain.documents import Sentence
from litsweep.domain.generations import Entailment, EntailmentModel
from litsweep.domain.readings import Check, SupportedSentence, Verdict
from litsweep.errors import ModelError

_NAME: Final = "entailment"
CONTRADICTION_THRESHOLD: Final = 0.5
"""From this probability of a contradiction a sentence is flagged."""
ENTAILMENT_THRESHOLD: Final = 0.3
"""Below this probability of entailment a sentence is flagged."""
_NEIGHBOURS: Final = 1


def check_entailment(
    sentences: Sequence[SupportedSentence], source: Sequence[Sentence], nli: EntailmentModel
) -> tuple[Check, ...]:
    """Flag each sentence that its source contradicts or does not entail; one PASS if there is none.

    All sentences go through the model in one call. A sentence without support is not compared:
    `litsweep.checks.support` flags it. One that the model fails on is flagged, too.
    """
    due = [(place, one) for place, one in enumerate(sentences) if one.source is not None]
    judged = nli.entails([(_premise(one, source), one.text) for _, one in due])
    flags = tuple(
        Check(name=_NAME, verdict=Verdict.FLAG, detail=fault, sentence_position=place)
        for (place, _), judgement in zip(due, judged, strict=True)
        if (fault := _fault(judgement))
    )
    if flags:
        return flags
    detail = f"{nli.spec.name} finds every sentence entailed by its source."
    return (Check(name=_NAME, verdict=Verdict.PASS, detail=detail),)


def _fault(judgement: Entailment | ModelError) -> str | None:
    if isinstance(judgement, ModelError):
        return f"It could not be compared with its source: {judgement}"
    entailed, _, contradicted = judgement
    if contradicted >= CONTRADICTION_THRESHOLD:
        return f"The source contradicts this (probability {contradicted:.2f})."
    if entailed < ENTAILMENT_THRESHOLD:
        return f"The source does not entail this (probability {entailed:.2f})."
    return None


def _premise(sentence: SupportedSentence, source: Sequence[Sentence]) -> str:
    place = next(
        (place for place, given in enumerate(source) if given.span == sentence.source), None
    )
    if place is None:
        return " ".join(given.text for given in source)
    return " ".join(
        given.text for given in source[max(0, place - _NEIGHBOURS) : place + 1 + _NEIGHBOURS]
    )
