"""Every field of every real record is what two other readers find, or the reason is known."""

from pathlib import Path

import pytest

from benchmarks.fields import STEPS, Tally, compare, distinct_records

Tallies = dict[tuple[str, str], Tally]


@pytest.fixture(scope="module")
def tallies(corpus: Path) -> Tallies:
    return compare(list(distinct_records(corpus)))[0]


def test_no_difference_is_unexplained(tallies: Tallies) -> None:
    assert not {key: tally.unexplained for key, tally in tallies.items() if tally.unexplained}


def test_enough_was_compared(tallies: Tallies) -> None:
    """So that an empty comparison is not taken for agreement."""
    assert (
        min(tally.n_compared for (_, reader), tally in tallies.items() if reader == "XPath") > 1_400
    )
    assert min(tally.n_compared for tally in tallies.values()) > 1_000
    assert len(tallies) > 40


def test_every_explanation_is_needed(tallies: Tallies) -> None:
    """One that explains nothing would hide what it is not there for."""
    used = {(name, reason) for (name, _), tally in tallies.items() for reason in tally.explained}
    assert used == {(name, reason) for name, steps in STEPS.items() for reason, _ in steps}
