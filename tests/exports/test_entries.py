"""What an entry says of itself: agreement, marks, and what is taken out of it."""

from dataclasses import replace

import pytest

from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import SummaryMethod
from litsweep.exports.entries import WITHHELD, EntryDecision
from litsweep.exports.receipts import Receipt
from tests.fakes.export_entries import ENTRY, FINDING, PLAIN, make_decision, make_receipt

INCLUDE, EXCLUDE, UNSURE = Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE
ADA, BEN = "Ada Fiction", "Ben Invented"


@pytest.mark.parametrize(
    ("decisions", "agreed", "is_conflict"),
    [
        ((), None, False),
        ((make_decision(INCLUDE, ADA),), INCLUDE, False),
        ((make_decision(INCLUDE, ADA), make_decision(INCLUDE, BEN)), INCLUDE, False),
        ((make_decision(INCLUDE, ADA), make_decision(EXCLUDE, BEN)), None, True),
        ((make_decision(INCLUDE, ADA), make_decision(UNSURE, BEN)), None, True),
        ((make_decision(INCLUDE, ADA), make_decision(Decision.WITHDRAWN, BEN)), INCLUDE, False),
        ((make_decision(INCLUDE, ADA, stage=Stage.FULL_TEXT),), None, False),
        # What one topic includes another may exclude: nobody contradicts anybody.
        ((make_decision(INCLUDE, ADA), make_decision(EXCLUDE, ADA, topic="falls")), None, False),
    ],
    ids=["none", "one", "two", "conflict", "unsure", "withdrawn", "other stage", "other topic"],
)
def test_a_label_is_agreed_upon_or_there_is_none(
    decisions: tuple[EntryDecision, ...], agreed: Decision | None, is_conflict: bool
) -> None:
    entry = replace(PLAIN, decisions=decisions)
    assert entry.agreed_decision(Stage.TITLE_ABSTRACT) is agreed
    assert entry.is_conflict(Stage.TITLE_ABSTRACT) is is_conflict


def test_a_key_is_the_pmid_or_the_number() -> None:
    assert (ENTRY.key, PLAIN.key) == ("pmid99000001", "record8")


def test_a_report_that_may_not_leave_keeps_its_words() -> None:
    kept_back = FINDING.without_words()
    assert (kept_back.quote, kept_back.value, kept_back.section_title) == (WITHHELD, WITHHELD, "")
    assert kept_back.is_withheld
    flagged = replace(FINDING, flags=("agreement: another says “length of stay”",))
    assert flagged.without_words().flags == ("agreement",)
    # Numbers and labels are facts about the report and no quotation of it.
    assert kept_back.structured == {"role": "secondary", "time_points": ["30 days"]}
    number = replace(FINDING, value="306 patients", quote="In all 306 patients were randomised.")
    assert number.without_words().value == "306 patients"
    label = replace(FINDING, value="a randomised controlled trial with two parallel groups")
    assert label.without_words().value == label.value


def test_the_value_as_data_keeps_no_sentences_either() -> None:
    words = "severe delirium, length of stay, and death within 30 days"
    finding = replace(FINDING, structured={"n": 3, "outcome": words, "all": [words], "p": "0.05"})
    assert finding.without_words().structured == {"n": 3, "p": "0.05"}


def test_without_abstracts_no_sentence_of_one_is_left() -> None:
    assert ENTRY.summary is not None
    quoted = replace(ENTRY.summary, method=SummaryMethod.EXTRACTIVE)
    bare = replace(ENTRY, summary=quoted).without_abstract()
    assert (bare.abstract, bare.summary) == ("", None)
    assert ENTRY.without_abstract().summary == ENTRY.summary


def test_a_summary_says_how_it_came_to_be() -> None:
    assert ENTRY.summary is not None
    assert ENTRY.summary.description == (
        "machine-generated, unverified; written by microsoft/biogpt, revision eb0d815; "
        "flagged: numbers: 12 is not in the abstract"
    )
    assert "earlier version" in replace(ENTRY.summary, is_current=False).description


def test_a_receipt_counts_what_passed() -> None:
    receipt: Receipt = make_receipt(n_left_out=3)
    withheld = replace(PLAIN, findings=(FINDING.without_words(), FINDING.without_words()))
    assert len(list(receipt.counted([ENTRY, PLAIN, withheld]))) == 3
    said = receipt.as_json()
    assert said["n_records"] == 3
    assert said["n_duplicates_left_out"] == 3
    assert said["n_findings"] == 3
    assert said["n_reports_with_quotes_withheld"] == 1
    assert said["n_with_publication_status"] == {
        PublicationStatus.AS_PUBLISHED.value: 2,
        PublicationStatus.RETRACTED.value: 1,
    }
