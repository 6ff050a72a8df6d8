"""Files that are broken, huge or made to hurt cost themselves, and no more than their length."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litsweep.domain.decision_files import DecisionEntry, EntryFailure
from litsweep.errors import FileRefused, LitsweepError
from litsweep.parsing import decision_files
from litsweep.parsing.decision_files import parse_decision_file
from litsweep.parsing.decision_files.rayyan import read_rayyan

_HEADS = (
    b"",
    b"title,label\n",
    b"key,title,pubmed_id,pmc_id,notes\n1,a,2,3,",
    b'title,notes\na,"RAYYAN-INCLUSION: {',
    b"TY  - JOUR\nTI  - a\nN1  - ASReview_relevant\nN1  - asreview_time: ",
    b"\xff\xfet\x00",
)


@given(head=st.sampled_from(_HEADS), tail=st.binary(max_size=200))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_bytes_are_entries_or_our_own_error(head: bytes, tail: bytes) -> None:
    try:
        found = parse_decision_file(head + tail)
    except LitsweepError:
        return
    for one in found.entries:
        assert one.place
        assert isinstance(one, DecisionEntry) or one.reason


def test_a_field_without_end_is_told_with_its_line_and_reading_goes_on() -> None:
    text = 'title,label\nOne,1\n"Two' + "\nx,1" * 60_000 + '",1\nThree,0\n'
    found = parse_decision_file(text.encode()).entries
    failures = [one for one in found if isinstance(one, EntryFailure)]
    assert "is a quotation mark not closed?" in failures[0].reason
    assert (found[0].title, found[-1].title) == ("One", "Three")


def test_nul_is_replaced_and_told() -> None:
    found = parse_decision_file(b"title,label\nA\0B,1\n")
    assert found.entries[0].title == "A�B"
    assert "NUL" in found.remarks[0]


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_files, "MAX_BYTES", 10)
    with pytest.raises(LitsweepError, match="Cut it"):
        parse_decision_file(b"title,label\n")


@pytest.mark.parametrize(
    "evil",
    [
        '"\\"' * 40_000,
        '{"a"=>' * 20_000,
        '{"a"=>"Included",' * 7_000,
        '"' + "\\" * 100_000,
        "{" * 99_999,
    ],
    ids=["escapes", "arrows", "pairs", "backslashes", "braces"],
)
def test_notes_made_to_be_slow_take_no_longer_than_others(evil: str) -> None:
    for section in ("RAYYAN-INCLUSION: {", "USER-NOTES: {", 'USER-NOTES: {"a"=>['):
        began = time.process_time()
        with suppress(FileRefused):
            read_rayyan(f"RAYYAN-INCLUSION: {{}} | {section}{evil}")
        assert time.process_time() - began < 2


def test_deep_json_in_a_note_is_only_text() -> None:
    deep = "[" * 100_000
    note = f"asreview_note: {deep}"
    text = f"TY  - JOUR\nTI  - a\nN1  - ASReview_relevant\nN1  - {note}\nER  -\n"
    (one,) = parse_decision_file(text.encode()).entries
    assert isinstance(one, DecisionEntry)
    assert one.decisions[0].note == deep
    with pytest.raises(RecursionError):
        json.loads(deep)
