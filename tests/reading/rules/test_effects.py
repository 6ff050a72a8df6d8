import pytest

from litsweep.reading.rules.effects import find_effects


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "The hazard ratio for death was 0.74 (95% CI 0.61–0.89; p=0.002).",
            "HR 0.74 95 0.61 0.89 0.002",
        ),
        (
            "It was lower (HR 0·74, 95% CI 0·61–0·89; p<0·001) than with placebo.",
            "HR 0·74 95 0·61 0·89 <0·001",
        ),
        ("The odds ratio was 2.5 (95% CI, 1.2 to 3.4; P = .03).", "OR 2.5 95 1.2 3.4 .03"),
        ("Death was rarer (OR = 1.8 [1.1; 2.9]).", "OR 1.8 - 1.1 2.9 -"),
        ("OR (95% CI) = 2.1 (1.2–3.4), p-value = 0.008", "OR 2.1 95 1.2 3.4 0.008"),
        ("The mean difference was −2.4 mm Hg (95% CI −4.1 to −0.7).", "MD −2.4 95 −4.1 −0.7 -"),
        (
            "The between-group difference was 3.1 points (95% CI, 1.2 to 5.0 points; P<0.001).",
            "MD 3.1 95 1.2 5.0 <0.001",
        ),
        (
            "The difference was 0.8 points on the scale (p = 0.41, 95% CI −1.8 to 2.5).",
            "difference 0.8 95 −1.8 2.5 0.41",
        ),
        ("SMD −0.45, 95% credible interval −0.80 to −0.10", "SMD −0.45 95 −0.80 −0.10 -"),
        ("risk ratio, 0.88; 99% CI, 0.79-0.98; P=.02", "RR 0.88 99 0.79 0.98 .02"),
        ("an adjusted odds ratio [aOR] of death of 1.9 (1.2, 3.0)", "OR 1.9 - 1.2 3.0 -"),
        (
            "(adjusted hazard ratio [HR] 1.23, 95% confidence interval [CI] 1.10–1.38)",
            "HR 1.23 95 1.10 1.38 -",
        ),
        ("The incidence rate ratio was 0.66 (95% CI 0.5-0.9).", "IRR 0.66 95 0.5 0.9 -"),
        ("The area under the ROC curve was 0.87 (0.81–0.92).", "AUC 0.87 - 0.81 0.92 -"),
        ("Pain correlated with sleep (r = −0.45, p < 0.001).", "r −0.45 - - - <0.001"),
        ("The effect was small (Cohen's d = 0.5).", "d 0.5 - - - -"),
        ("It grew with age (β = -0.31, p = 1.2 × 10−5).", "beta -0.31 - - - 1.2 × 10−5"),
        ("Sensitivity was 85%.", "sensitivity 85% - - - -"),
        ("The NNT was 12.", "NNT 12 - - - -"),
        ("Infections fell, a 26% reduction (95% CI 11–39).", "- 26% 95 11 39 -"),
        ("Vaccine efficacy was 62% (95% CI 48 to 73).", "VE 62% 95 48 73 -"),
        (
            "Weighted kappa=0.81, 95% confidence interval (C.I.)=0.74–0.88",
            "kappa 0.81 95 0.74 0.88 -",
        ),
    ],
)
def test_an_estimate_is_taken_as_printed(sentence: str, expected: str) -> None:
    (effect,) = find_effects(sentence)
    found = (effect.measure, effect.estimate, effect.ci_level, effect.ci_low, effect.ci_high)
    shown = " ".join(part or "-" for part in (*found, effect.p))
    assert shown == expected
    wording = sentence[effect.start : effect.end]
    assert all(text in wording for name, text in effect.as_json().items() if name == "estimate")


@pytest.mark.parametrize(
    "sentence",
    [
        "Mean age was 54.3 years (95% CI 52 to 56).",
        "The prevalence was 12.3% (95% CI 10.1 to 14.5).",
        "Median follow-up was 54 months (IQR 45–63).",
        "The heart rate (HR) was 72 beats per minute and OR 2 was used.",
        "Search terms were tremor OR 2010 OR shaking.",
        "Drug exposure (AUC) was 30% higher in the younger group.",
        "Of 214 adults (age 54; range 45-63) all had an operation.",
        "Rates were 26.7% (95% CI 17.1, 39.0) and 3.3% (95% CI 0.6, 11.4).",
        "Patients received 20 mg (10 to 30) daily for 12 weeks.",
        "There was a difference between 2010 and 2012.",
    ],
)
def test_what_has_a_number_or_an_interval_need_not_be_an_effect(sentence: str) -> None:
    assert find_effects(sentence) == ()


def test_several_estimates_of_a_sentence_keep_their_own_numbers() -> None:
    effects = find_effects(
        "HRs were 0.74 (95% CI 0.61–0.89; p=0.01) for death and 0.80 (0.70–0.91; p=0.04) for "
        "stroke."
    )
    assert [one.as_json() for one in effects] == [
        {
            "measure": "HR",
            "estimate": "0.74",
            "ci_level": "95",
            "ci_low": "0.61",
            "ci_high": "0.89",
            "p": "0.01",
        },
        {"measure": "HR", "estimate": "0.80", "ci_low": "0.70", "ci_high": "0.91", "p": "0.04"},
    ]


def test_p_values_stand_alone_only_where_there_is_no_estimate() -> None:
    effects = find_effects("The groups differed in score (p < 0.05) but not in age (P=0.4).")
    assert [one.as_json() for one in effects] == [{"p": "<0.05"}, {"p": "0.4"}]


def test_a_p_value_for_interaction_is_that_of_no_single_estimate() -> None:
    text = (
        "It was the same with dementia (relative risk 0.66, 95% CI 0.42 to 1.01) and without "
        "(relative risk 0.67, 95% CI 0.44 to 1.01; p for interaction = 0.98)."
    )
    assert [effect.p for effect in find_effects(text)] == [None, None]
    (own,) = find_effects(
        "The odds ratio was 0.66 (95% CI 0.42 to 0.91; p for superiority = 0.01)."
    )
    assert own.p == "0.01"
