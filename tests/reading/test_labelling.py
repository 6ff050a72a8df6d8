import pytest

from litsweep.domain.documents import SectionKind
from litsweep.domain.readings import Check, Verdict
from litsweep.errors import ModelError
from litsweep.reading.candidates import Candidate
from litsweep.reading.labelling import Labelling, label_by_ranking, label_by_wording
from litsweep.reading.rules.designs import DESIGNS
from litsweep.reading.sectioned import sectioned_sentences
from tests.fakes.documents import full_text

T, A, B, M, D = (
    SectionKind.TITLE,
    SectionKind.ABSTRACT,
    SectionKind.INTRODUCTION,
    SectionKind.METHODS,
    SectionKind.DISCUSSION,
)


def label(*parts: tuple[SectionKind, str, str]) -> Labelling:
    text = sectioned_sentences(full_text(*parts))
    return label_by_wording(text, range(len(text.sentences)))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(T, "", "Tea for nurses: a randomised trial")], "randomised controlled trial"),
        ([(T, "", "Tea: a cluster-randomised trial")], "cluster randomised trial"),
        ([(T, "", "Tea: a systematic review and meta-analysis")], "meta-analysis"),
        (
            [(M, "Study design", "This was a prospective cohort study."), (M, "", "A cohort.")],
            "prospective cohort study",
        ),
        (
            [
                (B, "", "Randomised trials of tea are many. A meta-analysis found no effect."),
                (M, "", "We conducted a cross-sectional survey of nurses."),
                (A, "", "This cross-sectional study asked nurses."),
            ],
            "cross-sectional study",
        ),
    ],
)
def test_wording_of_ones_own_work_decides(
    parts: list[tuple[SectionKind, str, str]], expected: str
) -> None:
    found = label(*parts)
    assert found.candidate is not None
    assert found.candidate.value == expected
    assert 0 < found.candidate.support <= 1
    assert found.is_decided


def test_what_others_did_is_no_design() -> None:
    found = label(
        (B, "", "Randomised trials of tea are many."), (D, "", "A cohort study found it.")
    )
    assert found == Labelling(candidate=None, is_decided=False)


def test_a_ranking_gives_the_first_label_and_its_lead() -> None:
    scores = [-3.0] * len(DESIGNS)
    scores[2], scores[3] = -1.0, -1.5
    found = label_by_ranking(scores, 4, 0.6)
    assert isinstance(found, Candidate)
    assert (found.value, found.position, found.support) == (DESIGNS[2], 4, 0.6)
    assert f'before "{DESIGNS[3]}" by 0.50' in found.checks[0].detail


def test_a_model_that_cannot_rank_is_told_of() -> None:
    found = label_by_ranking(ModelError("no scores"), 4, 0.6)
    assert isinstance(found, Check)
    assert found.verdict is Verdict.FLAG
    assert "no scores" in found.detail
