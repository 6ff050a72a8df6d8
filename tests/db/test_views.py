"""The views for people: the same rows on both databases, and what their columns say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, column, inspect, select, table, text

from db import views
from db.engine import Database, open_database
from db.runs import list_runs
from db.screened import mark_screened
from db.tables import (
    documents,
    readings,
    records,
    reports,
    retrievals,
    screening_decisions,
    search_hits,
    summaries,
    topic_records,
)
from db.writing import add_row
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import HitState
from litsweep.reading.items import ITEMS
from tests.fakes.filled_database import NOW, REVIEWERS, TOPIC

BY_NAME = {view.name: view for view in views.ALL_VIEWS}
ADA, BEN = REVIEWERS


def rows_of(conn: Connection, name: str) -> list[dict[str, Any]]:
    """All rows of a view, read by the types of its columns."""
    types = BY_NAME[name].query.selected_columns
    view = table(name, *(column(one.key or "", one.type) for one in types))
    return [dict(row) for row in conn.execute(select(view)).mappings()]


def find(conn: Connection, name: str, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in rows_of(conn, name) if wanted.items() <= row.items()]


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


def record_ids(conn: Connection) -> list[int]:
    """The records in the order in which the fake reviewers decided on them."""
    return list(conn.scalars(select(records.c.record_id).order_by(records.c.pmid)))


def test_every_view_has_the_same_rows_on_both_databases(
    filled_sqlite_url: str, filled_postgresql_url: str
) -> None:
    found = []
    for url in (filled_sqlite_url, filled_postgresql_url):
        with opened(url) as database, database.reading() as conn:
            found.append({name: sorted(rows_of(conn, name), key=str) for name in BY_NAME})
    on_sqlite, on_postgresql = found
    assert all(on_sqlite.values())
    for name in BY_NAME:
        assert on_sqlite[name] == on_postgresql[name]


def test_views_have_the_columns_that_are_documented(database: Database) -> None:
    with database.reading() as conn:
        seen = inspect(conn)
        made = {name: [one["name"] for one in seen.get_columns(name)] for name in BY_NAME}
    assert made == {view.name: [one.name for one in view.columns] for view in views.ALL_VIEWS}
    for view in views.ALL_VIEWS:
        assert view.comment.endswith(".")
        assert not [one.name for one in view.columns if not one.comment]


def test_postgresql_holds_the_comments(postgresql_url: str) -> None:
    with opened(postgresql_url) as database, database.reading() as conn:
        said = conn.scalar(text("SELECT obj_description('record_card'\\:\\:regclass)"))
        of_column = conn.scalar(text("SELECT col_description('review_queue'\\:\\:regclass, 1)"))
    assert said == BY_NAME["record_card"].comment
    assert of_column == "Name of the topic."


def test_views_are_made_anew_and_taken_away(database: Database) -> None:
    with database.writing() as conn:
        views.install(conn)
        assert set(inspect(conn).get_view_names()) >= set(BY_NAME)
        views.uninstall(conn)
        assert not set(inspect(conn).get_view_names()) & set(BY_NAME)


def test_the_queue_is_what_nobody_has_settled(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        *_settled, unsure = record_ids(conn)[:4]
        rest = record_ids(conn)[4:]
        waiting = {row["record_id"]: row for row in rows_of(conn, "review_queue")}
    assert set(waiting) == {unsure, *rest}
    assert waiting[unsure]["unsure"] == ADA
    assert {row["unsure"] for number, row in waiting.items() if number != unsure} == {None}
    assert {row["topic"] for row in waiting.values()} == {TOPIC}


def test_a_withdrawn_decision_puts_the_record_back(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        excluded = record_ids(conn)[2]
        stands = screening_decisions.c.is_standing & (screening_decisions.c.record_id == excluded)
        last = conn.scalar(select(screening_decisions.c.screening_decision_id).where(stands))
        conn.execute(screening_decisions.update().where(stands).values(is_standing=False))
        decide(conn, excluded, Decision.WITHDRAWN, supersedes_id=last)
    with filled_database.reading() as conn:
        assert find(conn, "review_queue", record_id=excluded)
        (card,) = find(conn, "record_card", record_id=excluded)
    assert card["decisions"] is None


def test_a_decision_on_the_full_text_settles_nothing_before(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        waiting = record_ids(conn)[5]
        decide(conn, waiting, Decision.INCLUDE, stage=Stage.FULL_TEXT)
    with filled_database.reading() as conn:
        assert find(conn, "review_queue", record_id=waiting)


def test_deleted_records_and_represented_duplicates_do_not_wait(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        *_, deleted, kept, duplicate, orphan = record_ids(conn)
        set_record(conn, deleted, publication_status=PublicationStatus.DELETED)
        set_record(conn, duplicate, duplicate_of_id=kept)
        set_record(conn, orphan, duplicate_of_id=deleted)
    with filled_database.reading() as conn:
        waiting = {row["record_id"] for row in rows_of(conn, "review_queue")}
    assert {kept, orphan} <= waiting
    assert not {deleted, duplicate} & waiting


def test_a_duplicate_waits_where_the_kept_record_is_not_the_topic_s(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        *_, kept, duplicate = record_ids(conn)
        set_record(conn, duplicate, duplicate_of_id=kept)
        conn.execute(topic_records.delete().where(topic_records.c.record_id == kept))
    with filled_database.reading() as conn:
        waiting = {row["record_id"] for row in rows_of(conn, "review_queue")}
    assert duplicate in waiting
    assert kept not in waiting


def test_a_card_tells_the_decisions_in_words(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        both, split, excluded, *_ = record_ids(conn)
        said = {row["record_id"]: row["decisions"] for row in rows_of(conn, "record_card")}
    assert said[both].splitlines() == [
        f"{TOPIC}, title_abstract: include, {ADA}, 2026-11-22",
        f"{TOPIC}, title_abstract: include, {BEN}, 2026-11-22",
    ]
    assert said[split].endswith(f"exclude (wrong population), {BEN}, 2026-11-22")
    assert said[excluded] == (
        f"{TOPIC}, title_abstract: exclude (no control group), {ADA}, 2026-11-22"
    )


def test_a_card_shows_the_summary_and_why_a_written_one_is_withheld(
    filled_database: Database,
) -> None:
    with filled_database.reading() as conn:
        cards = {row["record_id"]: row for row in rows_of(conn, "record_card")}
        shown = dict(
            conn.execute(
                select(documents.c.record_id, summaries.c.text)
                .select_from(summaries)
                .join(readings, readings.c.reading_id == summaries.c.reading_id)
                .join(documents, documents.c.document_id == readings.c.document_id)
                .where(summaries.c.is_shown, readings.c.superseded_by_id.is_(None))
            ).all()
        )
    assert {number: card["summary"] for number, card in cards.items() if card["summary"]} == shown
    withheld = [card for card in cards.values() if card["withheld_flags"]]
    assert [card["withheld_flags"] for card in withheld] == ["numbers: 12 is not in the abstract"]
    states = {card["summary_state"] for card in cards.values()}
    assert states == {"shown", "none_made"}


def test_a_card_never_shows_a_summary_of_an_older_text(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        (first, *_) = [row["record_id"] for row in find(conn, "record_card", summary_state="shown")]
        conn.execute(
            text(
                "INSERT INTO documents (kind, record_id, title, text, text_sha256, content_sha256, "
                "has_body, parsed_at) SELECT kind, record_id, title, text, text_sha256, "
                "'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', has_body, "
                "parsed_at FROM documents WHERE record_id = :record AND kind = 'abstract'"
            ),
            {"record": first},
        )
        newest = conn.scalar(text("SELECT max(document_id) FROM documents"))
        conn.execute(
            text("UPDATE record_versions SET document_id = :newest WHERE record_id = :record"),
            {"newest": newest, "record": first},
        )
    with filled_database.reading() as conn:
        (card,) = find(conn, "record_card", record_id=first)
    assert (card["summary"], card["summary_state"]) == (None, "not_read")


def test_a_card_tells_how_far_the_full_text_has_come(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        sought = find(conn, "record_card", full_text_state="never_sought")[0]["record_id"]
        add_row(
            conn,
            retrievals,
            record_id=sought,
            pmcid="PMC1",
            reason="Not in the open subset.",
            is_final=True,
            attempted_at=NOW,
        )
    with filled_database.reading() as conn:
        (refused,) = find(conn, "record_card", full_text_state="not_retrieved")
        obtained = find(conn, "record_card", full_text_state="obtained")
    assert (refused["record_id"], refused["full_text_reason"]) == (
        sought,
        "Not in the open subset.",
    )
    assert obtained
    for card in obtained:
        assert card["full_text_source"] == "pmc_cloud"
        assert card["may_export"] is not None
        assert card["data_items"].count("\n") >= len(ITEMS) - 1


def test_findings_have_a_column_for_every_item_and_tell_silence_from_failure(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        conn.execute(reports.update().where(reports.c.report_id == 1).values(may_export=False))
    with filled_database.reading() as conn:
        found = rows_of(conn, "findings_wide")
        answers = [row[name] for row in found for name in ITEMS]
        n_reports = conn.scalar(text("SELECT count(*) FROM reports"))
    assert len(found) == n_reports
    assert {"not reported", "not found"} <= set(answers)
    assert any(row["n_randomised"] == "612 patients were randomised" for row in found)
    assert {row["may_export"] for row in found} == {True, False}


def test_receipts_are_those_of_the_command_line(filled_database: Database) -> None:
    names = ("n_reported", "n_in_slices", "n_ids", "n_fetched", "n_known", "n_new", "n_changed")
    others = ("n_absent", "n_failed", "n_beside", "n_beside_absent", "adds_up", "status", "topic")
    with filled_database.writing() as conn:
        assert [row["adds_up"] for row in rows_of(conn, "run_receipts")] == [True]
        conn.execute(
            search_hits.update()
            .where(search_hits.c.pmid == conn.scalar(text("SELECT min(pmid) FROM search_hits")))
            .values(state=HitState.FAILED, reason="broken")
        )
    with filled_database.reading() as conn:
        (receipt,) = rows_of(conn, "run_receipts")
        (run,) = list_runs(conn)
    said = {name: receipt[name] for name in (*names, *others)}
    assert said == {name: getattr(run, name) for name in (*names, *others)}
    assert not receipt["adds_up"]
    assert receipt["duration_s"] == 0


def test_every_machine_sentence_is_traced_to_its_source(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        found = rows_of(conn, "provenance")
        texts = dict(conn.execute(select(documents.c.document_id, documents.c.text)).all())
        n_sentences = conn.scalar(text("SELECT count(*) FROM summary_sentences"))
        n_found = conn.scalar(text("SELECT count(*) FROM findings WHERE state = 'found'"))
    assert len(found) == n_sentences + n_found
    for row in found:
        whole = texts[row["document_id"]]
        assert row["source_text"] == whole[row["source_start"] : row["source_end"]]
        assert row["search_run_id"] == 1
    quoted = [row for row in found if row["method"] == "extractive"]
    assert all(row["text"] == row["source_text"] for row in quoted)


def test_a_written_sentence_names_its_model_and_prompt(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        (row,) = find(conn, "provenance", method="generated")
    assert (row["model_id"], row["model_revision"]) == ("microsoft/biogpt", "eb0d815")
    assert (row["weights_sha256"], row["prompt_name"]) == ("0" * 64, "summary")
    assert row["sampling"]["seed"] == 3
    assert row["checks"] == "numbers: flag (12 is not in the abstract)"
    assert (row["is_shown"], row["is_flagged"]) == (False, True)


QUEUE = (
    "SELECT * FROM review_queue WHERE topic = 'everything' "
    "ORDER BY found_at DESC, record_id DESC LIMIT 20"
)


@pytest.mark.parametrize(
    "query",
    [
        QUEUE,
        "SELECT * FROM record_card WHERE pmid = 99000001",
        "SELECT * FROM record_card WHERE record_id = 1",
        "SELECT * FROM provenance WHERE pmid = 99000001",
        "SELECT * FROM findings_wide WHERE pmid = 99000001",
        "SELECT * FROM run_receipts WHERE search_run_id = 1",
    ],
    ids=["queue", "card", "card by number", "provenance", "findings", "receipt"],
)
def test_what_people_look_up_reads_no_table_from_end_to_end(sqlite_url: str, query: str) -> None:
    with opened(sqlite_url) as database, database.reading() as conn:
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN") and not is_small(step)]
    assert not [step for step in plan if "AUTOMATIC" in step]


def test_the_first_page_of_the_queue_is_not_sorted(sqlite_url: str) -> None:
    with opened(sqlite_url) as database, database.reading() as conn:
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {QUEUE}")]
    assert not [step for step in plan if "TEMP B-TREE" in step]
    assert any("ix_topic_records_waiting (topic_id=?)" in step for step in plan)


def is_small(step: str) -> bool:
    """Whether what is scanned is what a subquery, or a view, has found already."""
    return step.split()[1].startswith(("anon_", "json_each", *BY_NAME))


def decide(
    conn: Connection,
    record_id: int,
    decision: Decision,
    *,
    stage: Stage = Stage.TITLE_ABSTRACT,
    supersedes_id: int | None = None,
) -> None:
    add_row(
        conn,
        screening_decisions,
        topic_id=1,
        record_id=record_id,
        stage=stage,
        decision=decision,
        labels=[],
        reviewer=ADA,
        decided_at=NOW,
        origin=DecisionOrigin.DESK,
        supersedes_id=supersedes_id,
        is_standing=True,
        tool_version="litsweep 0",
    )
    mark_screened(conn, 1, [record_id])


def set_record(conn: Connection, record_id: int, **values: Any) -> None:
    conn.execute(records.update().where(records.c.record_id == record_id).values(**values))
