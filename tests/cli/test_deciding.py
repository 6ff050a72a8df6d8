"""Deciding on the command line, looking at decisions, and taking over those made elsewhere."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Litsweep

pytestmark = pytest.mark.usefixtures("filled")

TOPIC = ("--topic", "everything")
ADA = ("--by", "Ada Fiction")
PMID = "99000001"


def decide(litsweep: Litsweep, decision: str, *options: str, pmid: str = PMID) -> Done:
    return litsweep("decide", pmid, decision, *TOPIC, *options)


def test_a_decision_is_stored_listed_and_shown(litsweep: Litsweep) -> None:
    assert "No decision: litsweep decide" in litsweep("decisions", "list").err
    said = ("--reason", "no controls", "--note", "see table 2", "--label", "a", "--label", "b")
    done = decide(litsweep, "exclude", *ADA, *said)
    told = "title abstract: exclude (no controls), Ada Fiction, "
    assert (done.code, told in done.out, "(decision 1)" in done.out) == (0, True, True)
    listed = litsweep("decisions", "list").out
    assert listed.startswith(f"1: PMID {PMID}, everything, {told}")
    assert listed.endswith("labels a, b, note: see table 2\n")
    assert told in litsweep("show", PMID).out
    (as_json,) = json.loads(litsweep("show", PMID, "--json").out)["decisions"]
    assert (as_json["decision"], as_json["labels"]) == ("exclude", ["a", "b"])


def test_a_former_decision_stays_in_the_history(litsweep: Litsweep) -> None:
    decide(litsweep, "include", *ADA)
    decide(litsweep, "unsure", *ADA, "--json")
    decide(litsweep, "withdraw", *ADA)
    assert litsweep("decisions", "list", PMID).out == ""
    lines = litsweep("decisions", "list", PMID, "--all").out.splitlines()
    assert [line.endswith(", replaced") for line in lines] == [True, True, False]
    undone = litsweep("decisions", "undo", "3", *ADA).out
    assert "Decision 3 is taken back; now title abstract: unsure" in undone
    found = json.loads(litsweep("decisions", "list", *TOPIC, "--json").out)
    assert [(one["pmid"], one["decision"]) for one in found] == [(int(PMID), "unsure")]


def test_a_long_list_is_cut_to_the_newest_and_says_so(litsweep: Litsweep) -> None:
    for pmid in (PMID, "99000002", "99000003"):
        decide(litsweep, "include", *ADA, pmid=pmid)
    done = litsweep("decisions", "list", "--limit", "2")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["2", "3"]
    assert "Only the newest 2; there are older ones" in done.err
    whole = litsweep("decisions", "list", "--limit", "3", "--json")
    assert (len(json.loads(whole.out)), whole.err) == (3, "")


def test_progress_adds_up_and_conflicts_are_listed(litsweep: Litsweep) -> None:
    assert "Nobody excludes what another includes" in litsweep("decisions", "conflicts").err
    decide(litsweep, "include", *ADA)
    decide(litsweep, "exclude", "--by", "Ben Invented", "--reason", "wrong population")
    decide(litsweep, "include", *ADA, pmid="99000002")
    decide(litsweep, "exclude", *ADA, "--stage", "full_text", pmid="99000003")
    progress = litsweep("decisions", "progress", "everything").out
    assert (
        "title abstract: 42 records = 1 included + 0 excluded + 1 in conflict + 0 unsure + "
        "40 waiting"
    ) in progress
    assert "full text: 2 records = 0 included + 1 excluded" in progress
    assert "Ben Invented" in progress
    at_abstract, _ = json.loads(litsweep("decisions", "progress", "everything", "--json").out)
    assert [one["n_waiting"] for one in at_abstract["reviewers"]] == [40, 41]
    conflicts = litsweep("decisions", "conflicts", *TOPIC).out.splitlines()
    assert conflicts[0].startswith(f"PMID {PMID}  ")
    assert "exclude (wrong population), Ben Invented" in conflicts[2]
    (as_json,) = json.loads(litsweep("decisions", "conflicts", "--json").out)
    assert len(as_json["decisions"]) == 2


def test_a_file_is_taken_over_once(litsweep: Litsweep, tmp_path: Path) -> None:
    file = tmp_path / "asreview.csv"
    file.write_text(
        "pmid,title,asreview_label,asreview_time\n"
        f"{PMID},,1,2026-01-02 10:00:00\n99000002,,0,soon\n99000003,,,\n1,,1,\n"
    )
    none = litsweep("decisions", "import", file, *TOPIC)
    assert (none.code, "--by NAME" in none.err) == (2, True)
    assert "No file of decisions" in litsweep("decisions", "imports").err
    done = litsweep("decisions", "import", file, *TOPIC, *ADA)
    assert done.code == 1, done.said
    assert "row 3: its time 'soon' is not read." in done.err
    assert (
        "  4 decisions or entries without one = 2 added + 0 here already + 1 undecided + "
        "1 not taken over\n"
        "  ! row 5, Ada Fiction: No record of the topic has PMID 1.\n"
    ) in done.out
    again = litsweep("decisions", "import", file, *TOPIC, *ADA, "--json")
    (receipt,) = json.loads(again.out)
    assert (receipt["n_added"], receipt["n_unchanged"], receipt["tool"]) == (0, 2, "asreview")
    assert len(json.loads(litsweep("decisions", "imports", "--json").out)) == 2
    assert "asreview.csv (asreview) for everything" in litsweep("decisions", "imports").out
    assert "include, Ada Fiction, 2026-01-02" in litsweep("decisions", "list").out


def test_a_list_of_what_was_included(litsweep: Litsweep, tmp_path: Path) -> None:
    file = tmp_path / "included.csv"
    file.write_text(f"pmid,title\n{PMID},x\n")
    assert "--all include" in litsweep("decisions", "import", file, *TOPIC, *ADA).err
    done = litsweep("decisions", "import", file, *TOPIC, *ADA, "--all", "include")
    assert (done.code, "1 added" in done.out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("decide", "7", "include", *TOPIC, *ADA), "no record with the PMID 7"),
        (("decide", PMID, "include", "--topic", "everythin", *ADA), "'everything'"),
        (("decide", PMID, "include", *TOPIC, "--by", " "), "Who decides"),
        (("decide", PMID, "include", *TOPIC, *ADA, "--reason", "r"), "write a note instead"),
        (("decide", PMID, "withdraw", *TOPIC, *ADA), "nothing here that could be withdrawn"),
        (("decide", PMID, "perhaps", *TOPIC, *ADA), "perhaps"),
        (("decisions", "undo", "9", *ADA), "no decision 9"),
        (("decisions", "progress", "nothing"), "nothing"),
        (("decisions", "list", "rx"), "is not a PMID"),
        (("decisions", "import", "nowhere.csv", *TOPIC, *ADA), "nowhere.csv cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said(
    litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep(*arguments)
    assert done.code in (1, 2)
    assert told in done.err
    assert "Traceback" not in done.said
