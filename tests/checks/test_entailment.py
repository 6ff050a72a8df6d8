from litsweep.checks.entailment import check_entailment
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import SupportedSentence, Verdict
from litsweep.errors import PromptTooLong
from tests.fakes.classifier import ScriptedClassifier

TEXTS = ("Tea was given.", "Tremor fell.", "Sleep was alike.", "Weight was not.")
SOURCE = tuple(Sentence(text=one, span=Span(20 * i, 20 * i + 16)) for i, one in enumerate(TEXTS))


def said(text: str, source: Sentence | None) -> SupportedSentence:
    return SupportedSentence(text=text, source=source.span if source else None, support=0.8)


def test_the_best_source_sentence_is_judged_with_its_neighbours() -> None:
    nli = ScriptedClassifier((0.9, 0.1, 0.0))
    (check,) = check_entailment([said("Tremor got better.", SOURCE[1])], SOURCE, nli)
    assert check.verdict is Verdict.PASS
    assert nli.pairs == [("Tea was given. Tremor fell. Sleep was alike.", "Tremor got better.")]


def test_contradiction_lack_of_entailment_and_failure_are_flagged_by_position() -> None:
    nli = ScriptedClassifier(
        (0.9, 0.1, 0.0), (0.2, 0.1, 0.7), (0.1, 0.8, 0.1), PromptTooLong("It is too long.")
    )
    checks = check_entailment([said("x", one) for one in SOURCE], SOURCE, nli)
    assert [check.sentence_position for check in checks] == [1, 2, 3]
    assert [check.verdict for check in checks] == [Verdict.FLAG] * 3
    details = [check.detail for check in checks]
    assert "contradicts" in details[0]
    assert "does not entail" in details[1]
    assert "too long" in details[2]


def test_a_sentence_without_support_is_not_asked_about() -> None:
    nli = ScriptedClassifier((0.9, 0.1, 0.0))
    (check,) = check_entailment([said("x", None)], SOURCE, nli)
    assert (check.verdict, nli.pairs) == (Verdict.PASS, [])
