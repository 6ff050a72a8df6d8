import pytest

from litsweep.checks.form import check_form
from litsweep.domain.generations import StopReason
from litsweep.domain.readings import Check, Verdict

WORDING = "State the main finding of this study in one sentence and use no other words."


def form(
    text: str,
    *sentences: str,
    stop_reason: StopReason = StopReason.END_OF_TEXT,
    title: str = "",
) -> dict[str, Check]:
    checks = check_form(
        text,
        sentences or (text,),
        prompt_wording=WORDING,
        stop_reason=stop_reason,
        title=title,
    )
    return {check.name: check for check in checks}


def flagged(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.verdict is Verdict.FLAG}


def test_a_clean_text_passes_every_check() -> None:
    checks = form("Lorvexine reduced tremor in adults over twelve weeks.")
    assert set(checks) == {"empty", "length", "looping", "leakage", "copying", "new_abstract"}
    assert flagged(checks) == set()


def test_a_text_without_sentences_is_empty() -> None:
    checks = check_form("", (), prompt_wording=WORDING, stop_reason=StopReason.END_OF_TEXT)
    assert flagged({check.name: check for check in checks}) == {"empty"}


@pytest.mark.parametrize("stop_reason", [StopReason.LENGTH, StopReason.TIME])
def test_whole_sentences_pass_though_the_limit_was_reached(stop_reason: StopReason) -> None:
    whole = form("Tremor fell.", stop_reason=stop_reason)["length"]
    assert whole.verdict is Verdict.PASS
    assert "reached" in whole.detail
    assert "left out" not in whole.detail
    cut = form("Tremor fell. Nausea was", "Tremor fell.", stop_reason=stop_reason)["length"]
    assert cut.verdict is Verdict.PASS
    assert "unfinished sentence was left out" in cut.detail


def test_a_first_sentence_that_was_cut_is_flagged() -> None:
    checks = check_form("Tremor fell by", (), prompt_wording=WORDING, stop_reason=StopReason.LENGTH)
    assert flagged({check.name: check for check in checks}) == {"empty", "length"}


@pytest.mark.parametrize(
    "text",
    [
        "The drug works. The drug works. The drug works.",
        "It is a new drug for a new drug for a new drug for a new drug.",
        "We saw this and that. " * 3 + "It ended well for all of the adults in the two groups.",
    ],
)
def test_looping_is_flagged(text: str) -> None:
    checks = form(text)
    assert "looping" in flagged(checks)
    assert "repeats itself" in checks["looping"].detail


def test_a_phrase_said_twice_is_no_loop() -> None:
    text = (
        "Tremor fell in the lorvexine group by four points over twelve weeks, and sleep changed "
        "in neither the placebo group nor in the lorvexine group by any measure that was used."
    )
    assert flagged(form(text)) == set()


@pytest.mark.parametrize(
    ("text", "name", "detail"),
    [
        ("learned1 learned2 the drug works.", "leakage", "learned1"),
        ("The drug works. < / FREETEXT > < / ABSTRACT >", "leakage", "< / FREETEXT >"),
        ("The drug works. ▃", "leakage", "▃"),
        ("The drug works.<|im_end|>", "leakage", "<|im_end|>"),
        ("It works. Objective: To study another drug.", "new_abstract", "Another abstract"),
        ("It works. BACKGROUND Tremor is common.", "new_abstract", "BACKGROUND"),
        ("It works. Copyright 2020 A Society.", "new_abstract", "Copyright"),
        ("I state the main finding of this study in one sentence.", "copying", "instruction"),
    ],
)
def test_what_leaks_into_the_text_is_shown(text: str, name: str, detail: str) -> None:
    checks = form(text)
    assert flagged(checks) == {name}
    assert detail in checks[name].detail


def test_a_text_that_is_the_title_says_nothing() -> None:
    title = "Lorvexine for tremor in adults: a randomised trial."
    assert flagged(form("Lorvexine for tremor in adults.", title=title)) == {"copying"}
    assert flagged(form("Lorvexine reduced tremor in adults.", title=title)) == set()


def test_headings_are_told_from_words() -> None:
    text = "It works. Results were alike in both groups. Methods differed. Aim for 12 weeks."
    assert flagged(form(text)) == set()


def test_p_values_and_inequalities_are_no_markup() -> None:
    assert flagged(form("Tremor fell (p < 0.001) in those with n > 10 and a <5 b>3.")) == set()
