"""Entries of an export from each database: all that a review holds, in batches, licences kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update

from db import export_entries, tables
from db.decisions import add_decision, list_decisions
from db.duplicates import is_shown, mark_by_person
from db.engine import Database, open_database
from db.export_choice import ScreeningFilter, choose_records
from db.export_entries import iter_entries, load_entries
from db.topics import add_topic
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import SummaryMethod
from litsweep.errors import UnknownTopic, UsageError
from litsweep.exports.entries import WITHHELD, EntryFinding, ExportEntry
from tests.db.conftest import fresh_database
from tests.fakes.filled_database import NOW, REVIEWERS, TOPIC, fill_whole

ADA, BEN = REVIEWERS


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """`filled_database` on each kind of database, for all tests that only read it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("whole") / "litsweep.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield from _filled(f"sqlite:///{path}")
        return
    server_url, template = map(request.getfixturevalue, ("server_url", "template"))
    for url in fresh_database(server_url, template):
        yield from _filled(url)


def _filled(url: str) -> Iterator[Database]:
    database = open_database(url)
    fill_whole(database)
    yield database
    database.close()


def entries(database: Database, **options: Any) -> list[ExportEntry]:
    with database.reading() as conn:
        return list(iter_entries(conn, **({"topic": TOPIC} | options)))


def by_pmid(database: Database, **options: Any) -> dict[int, ExportEntry]:
    return {one.pmid: one for one in entries(database, **options) if one.pmid is not None}


@contextmanager
def counted(conn: Connection) -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile."""
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    event.listen(conn, "before_cursor_execute", note)
    yield statements
    event.remove(conn, "before_cursor_execute", note)


def test_every_record_leaves_with_all_that_is_known(whole: Database) -> None:
    found = by_pmid(whole)
    assert len(found) == 42
    entry = found[99000001]
    assert entry.doi == "10.5555/mbt.2026.0001"
    assert entry.title.startswith("Lorvaxidine for the prevention of delirium")
    assert entry.abstract.startswith("BACKGROUND: Delirium follows")
    assert entry.authors[0].last_name == "Quillfeather"
    assert entry.authors[-1].collective_name == "LORVA-HIP Investigators"
    assert (entry.journal.title, entry.journal.abbreviation) == (
        *("Make-Believe Trials", "Make Believe Trials"),
    )
    assert entry.journal.volume and entry.journal.issns
    assert "hip fracture" in entry.keywords
    assert "Randomized Controlled Trial" in entry.publication_types
    assert (entry.languages, entry.topics) == (("eng",), (TOPIC,))
    assert any(one.mesh_headings for one in found.values())
    book = next(one for one in found.values() if one.is_book)
    assert book.journal.publisher == "Castle-in-the-Air Publishing"


def test_the_newest_come_first(whole: Database) -> None:
    days = [one.publication_date.sortable for one in entries(whole)]
    known = [day for day in days if day is not None]
    assert known == sorted(known, reverse=True)
    assert days[: len(known)] == known
    chosen = [one.record_id for one in entries(whole)]
    shuffled = chosen[::3] + chosen[1::3] + chosen[2::3]
    again = [one.record_id for one in entries(whole, record_ids=shuffled)]
    assert again == chosen


def test_what_was_retracted_says_so_and_why(whole: Database) -> None:
    marked = {one.publication_status: one for one in entries(whole) if one.status_note}
    retracted = marked[PublicationStatus.RETRACTED]
    assert retracted.is_alarming
    assert "RetractionIn" in str(retracted.status_note)
    assert not marked[PublicationStatus.CORRECTED].is_alarming


def test_standing_decisions_leave_with_their_people(whole: Database) -> None:
    said = {
        tuple((one.reviewer, one.decision) for one in entry.decisions): entry
        for entry in entries(whole)
        if entry.decisions
    }
    both = said[(ADA, Decision.INCLUDE), (BEN, Decision.INCLUDE)]
    assert both.agreed_decision(Stage.TITLE_ABSTRACT) is Decision.INCLUDE
    conflict = said[(ADA, Decision.INCLUDE), (BEN, Decision.EXCLUDE)]
    assert conflict.agreed_decision(Stage.TITLE_ABSTRACT) is None
    assert conflict.is_conflict(Stage.TITLE_ABSTRACT)
    # Ada's first decision about this one is replaced by her second.
    replaced = said[((ADA, Decision.EXCLUDE),)]
    assert replaced.decisions[0].exclusion_reason == "no control group"


@pytest.mark.parametrize(
    ("decision", "n_records"),
    [("include", 1), ("exclude", 1), ("unsure", 1), ("conflict", 1), ("undecided", 38)],
)
def test_records_are_chosen_by_what_was_decided(
    whole: Database, decision: str, n_records: int
) -> None:
    wanted = ScreeningFilter(decision)
    found = entries(whole, decision=wanted)
    assert len(found) == n_records
    if wanted.value in list(Decision):
        assert {one.agreed_decision(Stage.TITLE_ABSTRACT) for one in found} == {wanted.value}
    at_full_text = entries(whole, decision=wanted, stage=Stage.FULL_TEXT)
    assert len(at_full_text) == (42 if wanted is ScreeningFilter.UNDECIDED else 0)


def test_decisions_are_of_a_topic(filled_database: Database) -> None:
    assert len(entries(filled_database, topic=None, decision=ScreeningFilter.INCLUDE)) == 1
    with filled_database.writing() as conn:
        add_topic(conn, name="falls", query="falls", author="A", reason="first", now=NOW)
    with pytest.raises(UsageError, match="--topic"):
        entries(filled_database, topic=None, decision=ScreeningFilter.INCLUDE)
    with pytest.raises(UnknownTopic):
        entries(filled_database, topic="nonsense")
    assert entries(filled_database, topic="falls") == []


def test_a_withdrawn_decision_does_not_leave(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        (unsure,) = [one for one in list_decisions(conn) if one.decision is Decision.UNSURE]
        withdrawn = NewDecision(
            record_id=unsure.record_id,
            stage=unsure.stage,
            decision=Decision.WITHDRAWN,
            reviewer=unsure.reviewer,
            decided_at=unsure.decided_at + timedelta(days=1),
        )
        add_decision(
            conn,
            unsure.topic,
            withdrawn,
            origin=DecisionOrigin.COMMAND_LINE,
            tool_version="litsweep 0",
        )
    found = entries(filled_database)
    assert Decision.WITHDRAWN not in {one.decision for each in found for one in each.decisions}
    assert len(entries(filled_database, decision=ScreeningFilter.UNDECIDED)) == 39


def test_the_shown_summary_leaves_with_what_made_it(filled_database: Database) -> None:
    summaries = [one.summary for one in entries(filled_database) if one.summary]
    assert len(summaries) > 20
    # The generated one of the sample is flagged, so that the quoted one is shown.
    assert {one.method for one in summaries} == {SummaryMethod.EXTRACTIVE}
    with filled_database.writing() as conn:
        made = tables.summaries
        written = conn.execute(
            select(made.c.summary_id, made.c.reading_id).where(
                made.c.method == SummaryMethod.GENERATED
            )
        ).one()
        of_reading = update(made).where(made.c.reading_id == written.reading_id)
        conn.execute(of_reading.values(is_shown=False))
        conn.execute(
            update(made)
            .where(made.c.summary_id == written.summary_id)
            .values(is_shown=True, is_flagged=False)
        )
    (generated,) = [
        one.summary
        for one in entries(filled_database)
        if one.summary and one.summary.method is SummaryMethod.GENERATED
    ]
    assert (generated.model, generated.model_revision) == ("microsoft/biogpt", "eb0d815")
    assert generated.flags == ("numbers: 12 is not in the abstract",)
    assert generated.is_current


def test_quotes_leave_where_the_licence_lets_them(whole: Database) -> None:
    with_findings = [one for one in entries(whole) if one.findings]
    assert len(with_findings) == 8
    assert all(one.report and one.report.may_export for one in with_findings)
    quotes = [each.quote for one in with_findings for each in one.findings if each.quote]
    assert len(quotes) > 100
    assert WITHHELD not in quotes


def _texts(finding: EntryFinding) -> list[str]:
    values = (getattr(finding, each.name) for each in fields(finding))
    return [str(value) for value in values if value is not None]


def test_no_word_of_a_closed_report_leaves(filled_database: Database) -> None:
    before = [one for one in entries(filled_database) if one.findings]
    with filled_database.writing() as conn:
        conn.execute(update(tables.reports).values(may_export=False))
    after = {one.record_id: one for one in entries(filled_database)}
    for one in before:
        closed = after[one.record_id]
        assert [each.data_item for each in closed.findings] == [
            each.data_item for each in one.findings
        ]
        told = [value for each in closed.findings for value in _texts(each)]
        for finding in one.findings:
            assert not finding.section_title or finding.section_title not in told
            for words in (finding.quote, finding.value):
                if words is not None and len(words) > 40 and words in (finding.quote or ""):
                    assert not [text for text in told if words in text]
    kept = [each.value for one in after.values() for each in one.findings if each.value]
    assert len([value for value in kept if value != WITHHELD]) > 20


def test_of_two_licences_of_one_text_the_stricter_holds(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        reports = tables.reports
        row = dict(conn.execute(select(reports).limit(1)).mappings().one())
        del row["report_id"]
        conn.execute(reports.insert().values(row | {"raw_sha256": "f" * 64, "may_export": False}))
    (closed,) = [
        one for one in entries(filled_database) if one.report and not one.report.may_export
    ]
    assert closed.record_id == row["record_id"]
    assert {each.quote for each in closed.findings} <= {None, WITHHELD}


def test_duplicates_stay_out_and_are_counted(filled_database: Database) -> None:
    numbers = [one.record_id for one in entries(filled_database)]
    kept, duplicate = numbers[5], numbers[9]
    with filled_database.writing() as conn:
        mark_by_person(conn, duplicate, kept, by="Ada", reason="the same", now=NOW)
    assert duplicate not in [one.record_id for one in entries(filled_database)]
    with_it = {one.record_id: one for one in entries(filled_database, with_duplicates=True)}
    assert with_it[duplicate].duplicate_of == f"PMID {with_it[kept].pmid}"
    with filled_database.reading() as conn:
        chosen = choose_records(conn, topic=TOPIC)
        shown = conn.scalars(select(tables.records.c.record_id).where(is_shown(conn, TOPIC))).all()
        assert (set(chosen.record_ids), chosen.n_left_out) == (set(shown), 1)
        # Where the kept one is not chosen, nobody would see either.
        alone = choose_records(conn, topic=TOPIC, record_ids=[duplicate])
        assert (list(alone.record_ids), alone.n_left_out) == ([duplicate], 0)
    with filled_database.writing() as conn:
        is_kept = tables.records.c.record_id == kept
        deleted = {"publication_status": PublicationStatus.DELETED}
        conn.execute(update(tables.records).where(is_kept).values(deleted))
    assert duplicate in [one.record_id for one in entries(filled_database)]


def test_a_batch_costs_as_many_queries_as_a_record(
    whole: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with whole.reading() as conn:
        numbers = choose_records(conn, topic=None).record_ids
        with counted(conn) as of_one:
            assert len(list(load_entries(conn, numbers[:1], topic=None))) == 1
        with counted(conn) as of_all:
            at_once = list(load_entries(conn, numbers, topic=None))
        assert len(of_all) == len(of_one)
        monkeypatch.setattr(export_entries, "N_AT_ONCE", 5)
        assert list(load_entries(conn, numbers, topic=None)) == at_once


def test_unknown_numbers_are_left_out(whole: Database) -> None:
    with whole.reading() as conn:
        n_records = conn.scalar(select(func.count()).select_from(tables.records))
        assert n_records == 42
        assert list(load_entries(conn, [10**6], topic=None)) == []


def test_a_summary_of_an_older_abstract_says_so(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        documents, versions = tables.documents, tables.record_versions
        readings, summaries = tables.readings, tables.summaries
        read = select(documents).join_from(documents, readings).join(summaries)
        read = read.where(summaries.c.is_shown)
        row = dict(conn.execute(read.limit(1)).mappings().one())
        del row["document_id"]
        newer = row | {"content_sha256": "e" * 64, "parsed_at": NOW + timedelta(days=1)}
        number = conn.execute(documents.insert().values(newer)).inserted_primary_key
        assert number is not None
        conn.execute(
            update(versions)
            .where(versions.c.record_id == row["record_id"])
            .values(document_id=number[0])
        )
    (entry,) = entries(filled_database, record_ids=[row["record_id"]])
    assert entry.summary is not None
    assert not entry.summary.is_current
