import pytest

from litsweep.reading.rules.designs import DESIGNS, find_designs


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        (
            "This was a randomised, double-blind, placebo-controlled trial.",
            "randomised controlled trial",
        ),
        ("We conducted a cluster-randomized trial.", "cluster randomised trial"),
        ("A two-way crossover study was done.", "crossover trial"),
        ("This quasi-experimental study had no blinding.", "non-randomised trial"),
        ("This prospective cohort study followed nurses.", "prospective cohort study"),
        ("We retrospectively reviewed charts.", "retrospective cohort study"),
        ("We performed a nested case-control study.", "case-control study"),
        ("A cross-sectional survey was done.", "cross-sectional study"),
        ("We report a case of tremor.", "case report"),
        ("This is a case series.", "case series"),
        ("A systematic review of trials was undertaken.", "systematic review"),
        ("A random-effects meta-analysis was done.", "meta-analysis"),
        ("Semi-structured interviews were held.", "qualitative study"),
        ("Sprague-Dawley rats were fed.", "animal study"),
        ("HeLa cells were grown in vitro.", "in vitro study"),
    ],
)
def test_the_usual_wording_of_a_design_is_known(sentence: str, label: str) -> None:
    assert label in {mention.label for mention in find_designs(sentence)}
    assert label in DESIGNS


def test_a_trial_that_was_not_randomised_is_not_a_randomised_one() -> None:
    labels = {mention.label for mention in find_designs("This was a non-randomised trial.")}
    assert labels == {"non-randomised trial"}


def test_wording_of_ones_own_work_is_told_from_a_mention() -> None:
    (own,) = find_designs("This study was a cross-sectional one.")
    (other,) = find_designs("Earlier cross-sectional data are scarce.")
    assert own.is_own
    assert not other.is_own
