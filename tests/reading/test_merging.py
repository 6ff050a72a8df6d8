from litsweep.domain.documents import SectionKind
from litsweep.domain.readings import ValueMethod, Verdict
from litsweep.reading.candidates import Candidate
from litsweep.reading.merging import LISTS, MOST_VALUES, merge
from litsweep.reading.sectioned import sectioned_sentences
from tests.fakes.documents import full_text

REPORT = full_text(
    (SectionKind.ABSTRACT, "Findings", "There were 214 adults. Tremor fell."),
    (SectionKind.RESULTS, "Results", "There were 213 adults. Tremor fell. " + "It fell. " * 40),
)
TEXT = sectioned_sentences(REPORT)


def counted(position: int, n: int, support: float = 0.8) -> Candidate:
    return Candidate(
        position=position,
        support=support,
        value=f"{n} adults",
        value_method=ValueMethod.RULE,
        structured={"n": n},
    )


def said(position: int, value: str, support: float = 0.8) -> Candidate:
    return Candidate(
        position=position, support=support, value=value, value_method=ValueMethod.MODEL
    )


def test_the_same_answer_twice_is_one_finding_that_of_the_better_support() -> None:
    (finding,) = merge("n_randomised", [counted(0, 214, 0.7), counted(2, 214, 0.9)], TEXT)
    assert finding.support == 0.9
    assert finding.section is SectionKind.RESULTS
    assert finding.section_title == "Results"
    assert finding.checks == ()


def test_answers_that_disagree_stay_side_by_side_and_name_each_other() -> None:
    first, second = merge("n_randomised", [counted(2, 213, 0.7), counted(0, 214, 0.9)], TEXT)
    assert [first.value, second.value] == ["214 adults", "213 adults"]
    for finding, other in ((first, second), (second, first)):
        (check,) = finding.checks
        assert (check.name, check.verdict) == ("agreement", Verdict.FLAG)
        assert f'"{other.value}"' in check.detail
        assert other.source is not None
        assert f"characters {other.source.start} to {other.source.end}" in check.detail


def test_two_wordings_of_the_same_do_not_disagree() -> None:
    (finding,) = merge(
        "main_result", [said(1, "Tremor fell in adults."), said(3, "The tremor fell.", 0.6)], TEXT
    )
    assert finding.value == "Tremor fell in adults."


def test_two_wordings_of_different_things_do() -> None:
    findings = merge("main_result", [said(1, "Tremor fell."), said(3, "Nausea was common.")], TEXT)
    assert len(findings) == 2
    assert all(finding.is_flagged for finding in findings)


def test_a_list_keeps_its_entries_in_the_order_of_the_text_without_a_flag() -> None:
    entries = [counted(3, 3, 0.9), counted(0, 1, 0.5), counted(1, 2, 0.7)]
    findings = merge("effect_estimates", entries, TEXT)
    assert [finding.structured["n"] for finding in findings] == [1, 2, 3]
    assert not any(finding.is_flagged for finding in findings)


def test_what_is_not_listed_is_counted() -> None:
    most = LISTS["effect_estimates"]
    entries = [counted(place, place, 0.5 + place / 100) for place in range(most + 5)]
    findings = merge("effect_estimates", entries, TEXT)
    assert len(findings) == most
    assert findings[0].structured["n"] == 5  # the weakest were left
    (check,) = findings[-1].checks
    assert check.name == "completeness"
    assert check.detail.startswith("5 more")


def test_only_a_few_different_answers_are_shown_of_what_has_one() -> None:
    findings = merge("n_analysed", [counted(place, place) for place in range(6)], TEXT)
    assert len(findings) == MOST_VALUES
    assert any(check.name == "completeness" for check in findings[-1].checks)


def test_a_quotation_without_a_value_gives_way_to_one_with_a_value() -> None:
    bare = Candidate(position=3, support=1.0)
    (finding,) = merge("main_result", [bare, said(1, "Tremor fell.", 0.6)], TEXT)
    assert finding.value == "Tremor fell."
    (finding,) = merge("main_result", [bare, Candidate(position=1, support=0.5)], TEXT)
    assert finding.value is None
    assert finding.value_method is None
    assert finding.support == 1.0
