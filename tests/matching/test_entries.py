"""Which record an entry is: by PMID, else DOI, else title and year; in doubt, none."""

from dataclasses import replace
from typing import Any

import pytest

from litsweep.domain.decision_files import DecisionEntry
from litsweep.matching.entries import StoredEntry, match_entry

TITLE = "Inhaled budesonide in mild asthma: a randomised trial"
STORED = StoredEntry(record_id=1, kept_id=1, pmid=7, doi="10.1000/a", title=TITLE, year=2020)
EXPORTED = replace(STORED, record_id=2, kept_id=2, pmid=None, doi=None)
OTHER = replace(STORED, record_id=3, kept_id=3, pmid=8, doi="10.1000/b", year=2010)


def entry(**fields: Any) -> DecisionEntry:
    return DecisionEntry(place="row 2", decisions=(), **fields)


@pytest.mark.parametrize(
    ("fields", "record_id"),
    [
        ({"pmid": 7}, 1),
        ({"pmid": 7, "doi": "10.1000/wrong"}, 1),
        ({"doi": "10.1000/a"}, 1),
        ({"doi": "10.1000/b", "title": TITLE.upper()}, 3),
        ({"title": TITLE, "year": 2010}, 3),
        ({"title": "Inhaled Budesonide in Mild Asthma - a randomized trial.", "year": 2011}, 3),
        # Nobody else has this PMID, and the record of the export gives none.
        ({"pmid": 99, "title": TITLE, "year": 2020}, 2),
    ],
)
def test_what_names_one_record_is_that_record(fields: dict[str, Any], record_id: int) -> None:
    assert match_entry(entry(**fields), [STORED, EXPORTED, OTHER]).record_id == record_id


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"pmid": 99}, "No record of the topic has PMID 99."),
        ({"pmid": 99, "doi": "10.1000/a"}, "has PMID 99 or DOI 10.1000/a"),
        ({"title": TITLE, "year": 1999}, "this title of 1999"),
        ({"title": TITLE, "year": 2010, "doi": "10.1000/c"}, "DOI 10.1000/c or this title"),
        (
            {"title": TITLE, "year": 2020},
            "2 records of the topic have this title (PMID 7, record r2)",
        ),
        ({"title": "Editorial"}, "says too little"),
        ({}, "neither PMID nor DOI"),
        ({"pmid": 7, "title": "Zinc lozenges against the common cold"}, "but another title"),
        ({"doi": "10.1000/a", "title": "Zinc lozenges against the common cold"}, "another title"),
    ],
)
def test_what_does_not_is_refused_with_the_reason(fields: dict[str, Any], told: str) -> None:
    found = match_entry(entry(**fields), [STORED, EXPORTED, OTHER])
    assert found.record_id is None
    assert told in (found.reason or "")


def test_a_short_title_needs_its_year() -> None:
    short = replace(STORED, title="Zinc and asthma")
    assert match_entry(entry(title="Zinc and asthma", year=2020), [short]).record_id == 1
    for year in (None, 2021):
        assert match_entry(entry(title="Zinc and asthma", year=year), [short]).record_id is None


def test_of_duplicates_it_is_the_kept_one() -> None:
    marked = replace(EXPORTED, kept_id=1)
    assert match_entry(entry(title=TITLE, year=2020), [marked, STORED]).record_id == 1
    # By its PMID a duplicate is named itself.
    named = replace(STORED, record_id=5, kept_id=1, pmid=9)
    assert match_entry(entry(pmid=9), [STORED, named]).record_id == 5


def test_abstracts_of_a_congress_are_told_apart_by_their_titles() -> None:
    one = replace(STORED, pmid=None, doi="10.1000/s")
    two = replace(one, record_id=2, kept_id=2, title="Zinc lozenges against the common cold")
    found = match_entry(entry(doi="10.1000/s", title=two.title), [one, two])
    assert found.record_id == 2
    assert "in doubt" in (match_entry(entry(doi="10.1000/s"), [one, two]).reason or "")


@pytest.mark.parametrize(
    "title",
    [
        "Budesonide inhalé dans l'asthme léger : un essai randomisé",
        "[Inhaled budesonide in mild asthma]",
        "RETRACTED: Inhaled budesonide in mild asthma: a randomised trial",
        "",
    ],
)
def test_a_title_written_otherwise_does_not_contradict_a_pmid(title: str) -> None:
    assert match_entry(entry(pmid=7, title=title), [STORED]).record_id == 1
