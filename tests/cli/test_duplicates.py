"""Duplicates are marked, listed with their reason, left out of a search and taken back."""

import json

import pytest

from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")

SAID = ("--by", "Ann", "--reason", "one trial, told twice")


def found(litsweep: Litsweep, *options: str) -> list[int]:
    lines = json.loads(litsweep("search", "lorvaxidine", "--json", *options).out)
    return [one["pmid"] for one in lines]


def test_a_mark_and_its_undoing(litsweep: Litsweep) -> None:
    assert "No record is marked" in litsweep("duplicates", "list").err
    duplicate, kept = found(litsweep)[:2]
    done = litsweep("duplicates", "mark", str(duplicate), "--of", str(kept), *SAID)
    assert (done.code, "duplicates undo takes it back" in done.err) == (0, True)
    assert duplicate not in found(litsweep)
    assert "1 duplicates not shown (--duplicates)" in litsweep("search", "lorvaxidine").err
    assert duplicate in found(litsweep, "--duplicates")
    in_words = litsweep("duplicates", "list", "--topic", "everything").out
    assert f"PMID {duplicate} is a duplicate of PMID {kept}" in in_words
    assert "person: one trial, told twice (Ann, " in in_words
    (as_json,) = json.loads(litsweep("duplicates", "list", "--json").out)
    assert (as_json["pmid"], as_json["kept_pmid"], as_json["score"]) == (duplicate, kept, None)
    undone = litsweep("duplicates", "undo", str(duplicate), *SAID[:3], "two trials")
    assert (undone.code, duplicate in found(litsweep)) == (0, True)
    assert litsweep("duplicates", "list").out == ""
    assert "taken back by Ann" in litsweep("duplicates", "list", "--all").out


def test_a_record_is_named_by_its_number_too(litsweep: Litsweep) -> None:
    assert litsweep("duplicates", "mark", "r1", "--of", "r2", *SAID).code == 0
    assert "0 duplicates marked" in litsweep("duplicates", "find").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("undo", "99000001", *SAID), "not marked as a duplicate"),
        (("undo", "7", *SAID), "no record with the PMID 7"),
        (("undo", "r999", *SAID), "no record r999"),
        (("undo", "rx", *SAID), "is not a PMID"),
        (("mark", "99000001", "--of", "99000001", *SAID), "no duplicate of itself"),
        (("mark", "r1", "--of", "r2", "--by", " ", "--reason", "r"), "Give a name and a reason"),
        (("list", "--topic", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_done_is_said(
    litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep("duplicates", *arguments)
    assert (done.code, told in done.err) == (2, True), done.err
