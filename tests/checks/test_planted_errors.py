"""Errors planted by the benchmark's planters: in invented abstracts, and in real ones."""

from pathlib import Path

from benchmarks.checks import (
    OWN_CHECKS,
    Case,
    flags,
    half_of,
    make_cases,
    measure,
    read_abstracts,
    wilson,
)
from benchmarks.planted_errors import PLANTERS, Abstract

TREMOR = Abstract(
    pmid=1,
    title="Lorvexine for tremor: a randomised trial.",
    sentences=(
        "Tremor is common in older adults and may not respond to quillmoss.",
        "We assigned 214 adults with tremor to lorvexine 20 mg daily or placebo for 12 weeks.",
        "The tremor score was significantly reduced with lorvexine after 12 weeks (41% vs 17%).",
        "Nausea was more frequent with lorvexine (31 of 108 patients) than with placebo.",
        "Sleep did not improve with quillmoss, and no change was seen in weight over 6 months.",
        "In conclusion, lorvexine was superior to placebo and reduced tremor in older adults.",
    ),
    names={"chemical": ("lorvexine", "quillmoss"), "disease": ("tremor", "Nausea"), "gene": ()},
)
GOUT = Abstract(
    pmid=2,
    title="Brindlestat and gout in nurses.",
    sentences=(
        "Gout was rare in nurses who took brindlestat 5 mg for 9 months.",
        "Serum urate was lower by 18% with brindlestat than with velodrine in 52 nurses.",
        "Headache and rash had similar rates without any increase after 3 years.",
        "Brindlestat was safe and the risk of gout was decreased in all 52 nurses.",
    ),
    names={
        "chemical": ("brindlestat", "velodrine"),
        "disease": ("gout", "headache", "rash"),
        "gene": (),
    },
)


def cases() -> list[Case]:
    return list(make_cases([TREMOR, GOUT] * 5))


def test_every_kind_of_error_is_planted_and_caught_in_invented_abstracts() -> None:
    made = cases()
    assert {case.kind for case in made} == {None, *PLANTERS}
    tallies, _ = measure(made)
    for kind in PLANTERS:
        tally = tallies[kind]
        assert tally.n >= 3, kind
        assert tally.n_own >= 0.9 * tally.n, (kind, tally)
    assert tallies[None].n_any <= 0.05 * tallies[None].n


def test_a_planted_error_changes_the_sentence_and_names_its_checks() -> None:
    for case in cases():
        assert (case.text == case.clean) == (case.kind is None)
    assert OWN_CHECKS.keys() == PLANTERS.keys()
    assert flags(Case(abstract=GOUT, clean="", text="Gout was cured.", kind=None))


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662 by the score method.
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 0) == (0.0, 1.0)


def test_errors_in_real_abstracts_are_caught(corpus: Path) -> None:
    held_out = [one for one in read_abstracts(corpus) if half_of(one.pmid) == "held out"]
    tallies, _ = measure(list(make_cases(held_out[::20])))
    least = {
        "number": 0.9,
        "unit": 0.8,
        "name, foreign": 0.9,
        "negation": 0.9,
        "direction": 0.85,
    }
    for start, share in least.items():
        found = [tally for kind, tally in tallies.items() if kind and kind.startswith(start)]
        assert sum(tally.n_own for tally in found) >= share * sum(tally.n for tally in found), start
    assert tallies[None].n_any <= 0.05 * tallies[None].n
