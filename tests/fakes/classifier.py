"""A model of entailment that judges as the test tells it to."""

from collections.abc import Sequence

from litsweep.domain.generations import Entailment
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError


class ScriptedClassifier:
    """Gives the judgements in order, the last one for all further pairs, and keeps ``pairs``."""

    def __init__(self, *judgements: Entailment | ModelError) -> None:
        self.spec = ModelSpec(
            name="fakenli",
            aliases=(),
            kind=ModelKind.CLASSIFIER,
            model_id="example/fakenli",
            revision="0" * 40,
            context_window=512,
            licence="none",
            intended_use="tests",
        )
        self.weights_sha256 = "d" * 64
        self.description = "a script"
        self.pairs: list[tuple[str, str]] = []
        self._judgements = judgements

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment | ModelError]:
        self.pairs.extend(pairs)
        last = len(self._judgements) - 1
        return [self._judgements[min(place, last)] for place in range(len(pairs))]
