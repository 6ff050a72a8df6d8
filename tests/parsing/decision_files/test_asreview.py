"""RIS with ASReview's notes: its own test files, and what its writer makes."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from litsweep.domain.decision_files import DecisionEntry, DecisionTool, EntryFailure, OtherDecision
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files import parse_decision_file

# As RISWriter of ASReview LAB 2 writes it.
LAB_2 = """\
TY  - JOUR
TI  - One
DO  - 10.1000/1
N1  - ASReview_irrelevant
N1  - Cited by: 3
N1  - asreview_label: 0
N1  - asreview_time: "2025-09-07 11:00:00"
N1  - asreview_note: "in \\"mice\\": no"
N1  - asreview_tag_pico_adult: 1
N1  - asreview_tag_pico_child: 0
N1  - asreview_user_name: "Ada Fiction"
ER  -

TY  - JOUR
TI  - Two
N1  - ASReview_not_seen
ER  -
"""


def read(text: str | bytes) -> list[DecisionEntry | EntryFailure]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse_decision_file(data).entries)


@pytest.mark.parametrize(
    ("name", "n_included", "n_excluded", "n_open"),
    [
        ("asreview__baseline_tag-notes_labels", 10, 10, 12),
        ("asreviewdatatools__dataset_1", 1, 3, 2),
        ("asreviewdatatools__dataset_2", 1, 0, 7),
    ],
)
def test_asreviews_own_files(
    corpus: Path, name: str, n_included: int, n_excluded: int, n_open: int
) -> None:
    data = (corpus / "export" / f"asreview_{name}.ris").read_bytes()
    assert parse_decision_file(data).tool is DecisionTool.ASREVIEW
    said: Counter[Decision | None] = Counter()
    for one in read(data):
        assert isinstance(one, DecisionEntry)
        said[one.decisions[0].decision if one.decisions else None] += 1
        title = one.title.removeprefix("Record which is labeled ")
        if title != one.title:
            wanted = Decision.INCLUDE if title.startswith('"relevant') else Decision.EXCLUDE
            assert one.decisions[0].decision is wanted
    assert said == {Decision.INCLUDE: n_included, Decision.EXCLUDE: n_excluded, None: n_open} or (
        n_excluded == 0 and said == {Decision.INCLUDE: n_included, None: n_open}
    )


def test_the_notes_of_lab_2_say_who_when_and_why() -> None:
    first, second = read(LAB_2)
    assert isinstance(first, DecisionEntry)
    assert first.decisions == (
        OtherDecision(
            decision=Decision.EXCLUDE,
            reviewer="Ada Fiction",
            note='in "mice": no',
            labels=("pico_adult",),
            decided_at=datetime(2025, 9, 7, 11, tzinfo=UTC),
        ),
    )
    assert isinstance(second, DecisionEntry)
    assert second.decisions == ()


def test_marks_that_contradict_each_other_are_told() -> None:
    (bad, _) = read(LAB_2.replace("Cited by: 3", "ASReview_relevant"))
    assert isinstance(bad, EntryFailure)
    assert "irrelevant and relevant at once" in bad.reason


def test_an_entry_without_an_end_is_told() -> None:
    *_, last = read(LAB_2.removesuffix("ER  -\n"))
    assert isinstance(last, EntryFailure)
    assert "seems to be cut" in last.reason


def test_ris_without_decisions_is_refused_unless_it_is_a_list(corpus: Path) -> None:
    data = (corpus / "export" / "camaradesuk_asysd__scopus.ris").read_bytes()
    with pytest.raises(FileRefused, match="--all include"):
        parse_decision_file(data)
    found = parse_decision_file(data, every=Decision.EXCLUDE)
    assert found.tool is DecisionTool.OTHER
    assert all(
        isinstance(one, DecisionEntry) and one.decisions[0].decision is Decision.EXCLUDE
        for one in found.entries
    )
