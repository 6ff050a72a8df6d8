import pytest

from litsweep.checks.form import check_form
from litsweep.domain.generations import StopReason
from litsweep.domain.readings import Check, Verdict

WORDING = "State the main finding of this study in one sentence and use no other words."


def form(
    text: str,
    *sentences: str,
    stop_reason: StopReason = StopReason.END_OF_TEXT,
) -> dict[str, Check]:
    checks = check_form(text, sentences or (text,), prompt_wording=WORDING, stop_reason=stop_reason)
    return {check.name: check for check in checks}


def flagged(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.verdict is Verdict.FLAG}


def test_a_clean_text_passes_every_check() -> None:
    checks = form("Lorvexine reduced tremor in adults over twelve weeks.")
    assert set(checks) == {"empty", "length", "looping", "leakage"}
    assert flagged(checks) == set()


def test_a_text_without_sentences_is_empty() -> None:
    checks = check_form("", (), prompt_wording=WORDING, stop_reason=StopReason.END_OF_TEXT)
    assert flagged({check.name: check for check in checks}) == {"empty"}


def test_a_text_that_reached_its_limit_is_flagged_and_what_was_left_out_is_told() -> None:
    whole = form("Tremor fell.", stop_reason=StopReason.LENGTH)["length"]
    assert whole.verdict is Verdict.FLAG
    assert "left out" not in whole.detail
    cut = form("Tremor fell. Nausea was", "Tremor fell.", stop_reason=StopReason.LENGTH)["length"]
    assert "unfinished sentence was left out" in cut.detail


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
    ("text", "detail"),
    [
        ("learned1 learned2 the drug works.", "learned1"),
        ("The drug works. < / FREETEXT > < / ABSTRACT >", "< / FREETEXT >"),
        ("The drug works. ▃", "▃"),
        ("The drug works.<|im_end|>", "<|im_end|>"),
        ("The drug works. Objective: To study another drug.", "Another abstract begins"),
        ("I state the main finding of this study in one sentence.", "The instruction is repeated"),
    ],
)
def test_what_leaks_into_the_text_is_shown(text: str, detail: str) -> None:
    checks = form(text)
    assert flagged(checks) == {"leakage"}
    assert detail in checks["leakage"].detail


def test_p_values_and_inequalities_are_no_markup() -> None:
    assert flagged(form("Tremor fell (p < 0.001) in those with n > 10 and a <5 b>3.")) == set()
