"""Tables of decisions, in the forms in which tools write them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from litsweep.domain.decision_files import DecisionEntry, DecisionTool, EntryFailure, OtherDecision
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files import parse_decision_file

# As ASReview LAB 1 exports: the columns of the given file, then its own.
ASREVIEW_1 = """\
record_id,title,abstract,authors,doi,included,asreview_ranking,exported_notes_1
0,"Grid cells, mapped",An abstract,"Storrs, K.",https://doi.org/10.1016/J.NEURON.1,1,1,
1,"A trial of ""X"" in mice",,,,0,2,out of scope
2,Never shown,,,,,3,
"""
# As ASReview LAB 2 does: export_dataset in its webapp/_api/projects.py.
ASREVIEW_2 = """\
title,pmid,included,asreview_label,asreview_time,asreview_note,asreview_tag_pico_adult,\
asreview_tag_pico_child,asreview_user_name,asreview_user_email
One,38884108.0,,1,2025-09-07 11:00:00,see table 2,1,0,Ada Fiction,ada@example.org
Two,7,1,0,2025-09-07T13:05:00+02:00,,0,0,Ben Invented,ben@example.org
Three,8,1,,,,,,,
"""


def read(text: str | bytes) -> list[DecisionEntry | EntryFailure]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse_decision_file(data).entries)


def entries(text: str | bytes) -> list[DecisionEntry]:
    found = read(text)
    assert all(isinstance(one, DecisionEntry) for one in found), found
    return [one for one in found if isinstance(one, DecisionEntry)]


def verdicts(text: str | bytes) -> list[tuple[Decision, ...]]:
    return [tuple(made.decision for made in one.decisions) for one in entries(text)]


def test_asreview_1_says_it_in_the_column_included() -> None:
    assert parse_decision_file(ASREVIEW_1.encode()).tool is DecisionTool.ASREVIEW
    first, second, third = entries(ASREVIEW_1)
    assert (first.place, first.doi, first.title) == (
        "row 2",
        "10.1016/j.neuron.1",
        "Grid cells, mapped",
    )
    assert first.decisions == (OtherDecision(decision=Decision.INCLUDE),)
    assert second.decisions == (OtherDecision(decision=Decision.EXCLUDE, note="out of scope"),)
    assert third.decisions == ()


def test_asreview_2_says_who_and_when_and_its_label_goes_before_the_former_one() -> None:
    first, second, third = entries(ASREVIEW_2)
    assert first.pmid == 38884108
    assert first.decisions == (
        OtherDecision(
            decision=Decision.INCLUDE,
            reviewer="Ada Fiction",
            note="see table 2",
            labels=("pico_adult",),
            decided_at=datetime(2025, 9, 7, 11, tzinfo=UTC),
        ),
    )
    assert second.decisions[0].decided_at == datetime(2025, 9, 7, 11, 5, tzinfo=UTC)
    assert second.decisions[0].decision is Decision.EXCLUDE
    assert third.decisions == ()


def test_a_table_made_by_hand() -> None:
    table = (
        "PMID;Title;Year;Decision;Reviewer;Exclusion reason;Labels;Decided at\n"
        "12;One;2019;Excluded;Ada;wrong population;a, b;2026-01-02\n"
        "PMID: 13;Two;2020.0;maybe;Ben;;;\n"
    )
    first, second = entries(table)
    assert (first.pmid, first.year, second.pmid, second.year) == (12, 2019, 13, 2020)
    assert first.decisions == (
        OtherDecision(
            decision=Decision.EXCLUDE,
            reviewer="Ada",
            exclusion_reason="wrong population",
            labels=("a", "b"),
            decided_at=datetime(2026, 1, 2, tzinfo=UTC),
        ),
    )
    assert second.decisions == (OtherDecision(decision=Decision.UNSURE, reviewer="Ben"),)


def test_identifiers_are_read_from_addresses_too() -> None:
    table = (
        "title,url,included\n"
        "One,https://pubmed.ncbi.nlm.nih.gov/38884108/,1\n"
        "Two,https://doi.org/10.1000/X,1\n"
        "Three,https://example.org/10.1000/x,1\n"
    )
    assert [(one.pmid, one.doi) for one in entries(table)] == [
        (38884108, None),
        (None, "10.1000/x"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("1", (Decision.INCLUDE,)),
        ("1.0", (Decision.INCLUDE,)),
        ("TRUE", (Decision.INCLUDE,)),
        ("Relevant", (Decision.INCLUDE,)),
        ("0", (Decision.EXCLUDE,)),
        ("not_relevant", (Decision.EXCLUDE,)),
        (" Rejected ", (Decision.EXCLUDE,)),
        ("Unclear", (Decision.UNSURE,)),
        ("?", (Decision.UNSURE,)),
        ("", ()),
        ("-1", ()),
        ("NaN", ()),
        ("not seen", ()),
        ("Undecided", ()),
    ],
)
def test_words_for_a_decision(word: str, said: tuple[Decision, ...]) -> None:
    assert verdicts(f"title,label\nOne,{word}\n") == [said]


def test_an_unknown_word_costs_its_own_row_and_is_told() -> None:
    good, bad = read("title,label\nOne,1\nTwo,2\n")
    assert isinstance(good, DecisionEntry)
    assert bad == EntryFailure(place="row 3", title="Two", reason="Unreadable: '2' is no decision.")


def test_a_time_that_cannot_be_read_is_remarked() -> None:
    (one,) = entries("title,label,decided_at\nOne,1,last week\n")
    assert one.decisions[0].decided_at is None
    assert one.remark == "its time 'last week' is not read"


def test_seconds_since_1970_are_a_time() -> None:
    (one,) = entries("title,asreview_label,asreview_time\nOne,1,1757242800.5\n")
    assert one.decisions[0].decided_at == datetime(2025, 9, 7, 11, 0, 0, 500000, tzinfo=UTC)


def test_a_guarded_cell_is_what_it_was_before() -> None:
    table = "title,label,reviewer,note\n'=1+1 in mice,1,'@da,'tis good\n' -a,1,A,\n"
    one, other = entries(table)
    assert (one.title, other.title) == ("=1+1 in mice", "-a")
    assert (one.decisions[0].reviewer, one.decisions[0].note) == ("@da", "'tis good")


TABLE = "title,label,reviewer\nNaïve cells,1,Åse\n"


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("latin-1", "Windows-1252"),
    ],
)
def test_encodings(encoding: str, remark: str) -> None:
    found = parse_decision_file(TABLE.encode(encoding))
    (one,) = found.entries
    assert isinstance(one, DecisionEntry)
    assert (one.title, one.decisions[0].reviewer) == ("Naïve cells", "Åse")
    assert remark in " ".join(found.remarks)
    assert bool(found.remarks) == bool(remark)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_separators_and_line_ends(end: str, separator: str) -> None:
    rows = (("title", "label"), ('"Two\nlines, one; cell"', "1"), ("", ""), ("Other", "0"))
    text = end.join(separator.join(row) for row in rows)
    assert verdicts(text) == [(Decision.INCLUDE,), (Decision.EXCLUDE,)]
    assert entries(text)[0].title == "Two lines, one; cell"
    assert entries(text)[1].place == "row 4"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("One,1,Ada,more", "it has 4 cells for 3 columns"),
        ("One", "it ends after 1 of 3 cells"),
    ],
)
def test_a_ragged_row_is_told(row: str, told: str) -> None:
    bad, good = read(f"title,label,reviewer\n{row}\nTwo,0\n")
    assert isinstance(bad, EntryFailure)
    assert told in bad.reason
    # What Excel leaves out of a row are its last empty cells.
    assert isinstance(good, DecisionEntry)
    assert good.decisions == (OtherDecision(decision=Decision.EXCLUDE),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"PK\x03\x04rest", "archive or a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "save it as CSV"),
        (b"a,b\n1,2\n", "no column pmid, doi or title"),
        (b"title,abstract\nOne,Two\n", "no column decision, included or asreview_label"),
        (b"," * 3000, "no list of columns"),
    ],
    ids=["empty", "blank", "zip", "xls", "no identity", "no decision", "too wide"],
)
def test_what_is_no_file_of_decisions_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(FileRefused, match=told):
        parse_decision_file(text)


def test_a_list_of_what_was_included_says_so_from_outside() -> None:
    found = parse_decision_file(b"title,doi\nOne,10.1000/1\n", every=Decision.INCLUDE)
    (one,) = found.entries
    assert isinstance(one, DecisionEntry)
    assert one.decisions == (OtherDecision(decision=Decision.INCLUDE),)


@pytest.mark.parametrize(
    "text",
    [
        "title,label\nOne,1\n",
        "key,title,pubmed_id,pmc_id,notes\n1,One,,,\n",
        "TY  - JOUR\nTI  - One\nN1  - ASReview_relevant\nER  -\n",
    ],
    ids=["table", "rayyan", "asreview"],
)
def test_what_is_said_inside_is_not_said_from_outside(text: str) -> None:
    with pytest.raises(FileRefused, match="leave --all away"):
        parse_decision_file(text.encode(), every=Decision.INCLUDE)


@pytest.mark.parametrize(
    ("name", "n_included", "n_excluded"),
    [("nudging", 100, 1747), ("virus", 114, 2190), ("wilson", 23, 2310)],
)
def test_real_labelled_reviews(corpus: Path, name: str, n_included: int, n_excluded: int) -> None:
    said = verdicts((corpus.parent / "labelled" / f"{name}.csv").read_bytes())
    assert said.count((Decision.INCLUDE,)) == n_included
    assert said.count((Decision.EXCLUDE,)) == n_excluded
