"""`litsweep topic rules` and `litsweep decisions agreement`."""

import json

import pytest

from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")

BY = ("--by", "Lea", "--reason", "agreed at the kick-off")


def test_rules_are_shown_changed_and_kept(litsweep: Litsweep) -> None:
    assert "version 0 of its rules, by default" in litsweep("topic", "rules", "everything").out
    words = ("--reason-to-exclude", "dose", "--reason-to-exclude", "design", "--label", "look")
    told = litsweep(
        "topic", "rules", "everything", "--reviewers", "2", "--blinded", *words, *BY
    ).out
    assert "version 1" in told
    assert "2 people decide about each record; nobody sees" in told
    assert "reasons to exclude: dose; design" in told
    # What is not given stays; an empty list is given as an empty word.
    told = litsweep("topic", "rules", "everything", "--judge-first", "--label", "", *BY).out
    assert "2 people decide" in told
    assert "labels: any words" in told
    assert "after the decision" in told
    again = litsweep("topic", "rules", "everything", "--judge-first", *BY)
    assert "nothing changed" in again.err
    versions = json.loads(litsweep("topic", "rules", "everything", "--history", "--json").out)
    assert [one["version"] for one in versions] == [2, 1]


def test_a_change_needs_a_name_and_a_reason(litsweep: Litsweep) -> None:
    refused = litsweep("topic", "rules", "everything", "--reviewers", "2")
    assert refused.code == 2
    assert "--by and --reason" in refused.err


def test_agreement_is_told_for_each_pair(litsweep: Litsweep) -> None:
    assert "No two people" in litsweep("decisions", "agreement", "everything").err
    topic = ("--topic", "everything")
    for pmid, ben in (("99000001", "include"), ("99000002", "exclude")):
        litsweep("decide", pmid, "include", *topic, "--by", "Ada")
        litsweep("decide", pmid, ben, *topic, "--by", "Ben")
    told = litsweep("decisions", "agreement", "everything").out
    assert "Ada and Ben: 2 records" in told
    assert "only Ada includes 1" in told
    assert "agreement 50.0%" in told
    assert "Cohen's kappa 0.000 (95 % interval" in told
    (one,) = json.loads(litsweep("decisions", "agreement", "everything", "--json").out)
    assert one["table"]["both_include"] == 1
    progress = "1 included + 0 excluded + 1 in conflict"
    assert progress in litsweep("decisions", "progress", "everything").out
    litsweep("topic", "rules", "everything", "--reviewers", "3", *BY)
    assert "2 decided by some" in litsweep("decisions", "progress", "everything").out
