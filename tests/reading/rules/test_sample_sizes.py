import pytest

from litsweep.reading.rules.sample_sizes import SampleRole, find_sample_sizes

R, A, N = SampleRole.RANDOMISED, SampleRole.ANALYSED, SampleRole.INCLUDED


@pytest.mark.parametrize(
    ("sentence", "role", "n"),
    [
        ("A total of 214 participants were randomised.", R, 214),
        ("We randomly assigned 214 adults to lorvexine or placebo.", R, 214),
        ("One hundred and twenty patients were randomly allocated to two groups.", R, 120),
        ("Of 300 patients screened, 214 were randomised (107 to each group).", R, 214),
        ("In all, 1,214 women with tremor underwent randomization.", R, 1214),
        ("1 214 women were enrolled and randomised.", R, 1214),
        ("Patients were randomised (n = 214).", R, 214),
        ("From that group of 121, 20 students were randomly assigned to two groups.", R, 20),
        ("214 patients were randomised, 107 to lorvexine and 107 to placebo.", R, 214),
        ("214 patients were randomised to the lorvexine or the placebo group.", R, 214),
        ("All 120 randomised patients completed the course.", R, 120),
        ("Of 150 enrolled patients, 120 were included in the analysis.", A, 120),
        ("Data from 755 patients were analysed.", A, 755),
        ("The intention-to-treat population included 210 patients.", A, 210),
        ("The final sample consisted of 1,234 women.", A, 1234),
        ("The primary analysis included data from 198 participants.", A, 198),
        ("Eighty-four animals were included in the final analysis.", A, 84),
        ("We enrolled 36 nurses.", N, 36),
        ("Seventy five children were included in the study.", N, 75),
        ("A total of 98 942 patients diagnosed with cancer were studied.", N, 98942),
        ("In total, 755 patients were recruited from 27 practices.", N, 755),
        ("2010 patients were recruited.", N, 2010),
    ],
)
def test_the_number_of_all_is_found(sentence: str, role: SampleRole, n: int) -> None:
    assert [(one.role, one.n) for one in find_sample_sizes(sentence)] == [(role, n)]


@pytest.mark.parametrize(
    "sentence",
    [
        "In 2019 patients were recruited from two clinics.",
        "Between 2010 and 2012 patients were enrolled.",
        "Mortality from 1982 through 1999 was analysed.",
        "107 patients were randomised to the lorvexine group.",
        "20 patients per group were randomised.",
        "Mice (n = 12 per group) were randomised.",
        "A sample of 120 patients was required to detect a difference.",
        "With 80% power, 120 patients would be randomised.",
        "One in 100 patients were randomised.",
        "The rate was 3 per 1000 patients included.",
        "Patients received 20 mg and were randomised.",
        "Patients aged 7 to 17 years were enrolled.",
        "7 to 17 year-old patients were enrolled.",
        "Sera of patients who had BNT162b2 were also analysed.",
        "A total of 2,804 persons were excluded on the basis of known diseases.",
        "A total of 5582 studies were identified.",
        "Some 31% of patients were included.",
    ],
)
def test_years_doses_groups_and_plans_are_no_sample(sentence: str) -> None:
    assert find_sample_sizes(sentence) == ()


def test_the_wording_of_a_number_can_be_quoted() -> None:
    sentence = "In spring, 214 adults were randomised to lorvexine or placebo."
    (one,) = find_sample_sizes(sentence)
    assert sentence[one.start : one.end] == "214 adults were randomised"


def test_those_who_had_something_and_were_analysed() -> None:
    text = "612 patients were randomised (306 to each group); 606 had surgery and were analysed."
    assert {(size.role, size.n) for size in find_sample_sizes(text)} == {
        (SampleRole.RANDOMISED, 612),
        (SampleRole.ANALYSED, 606),
    }
