"""Rows of an older database after the second migration: nothing lost, and what they now mean."""

import pytest
from sqlalchemy import Connection, text

from db import schema
from db.runs import list_runs
from litsweep.domain.strategies import RunStatus, SearchRoute
from litsweep.matching.titles import title_key
from tests.fakes.older_database import connected, make_older

_NOW = "2026-11-01T04:30:00.000000+00:00"
_HASH = "0" * 64
_ROWS = f"""
INSERT INTO topics (topic_id, name, created_at) VALUES (1, 'asthma', '{_NOW}');
INSERT INTO search_strategies (search_strategy_id, topic_id, version, query, query_sha256, author,
    reason, created_at) VALUES (1, 1, 1, 'asthma', '{_HASH}', 'A', 'r', '{_NOW}');
INSERT INTO search_runs (search_run_id, search_strategy_id, topic_id, date_field, first_day,
    last_day, status, owner, n_reported, warnings, tool_version, started_at, finished_at)
    VALUES (1, 1, 1, 'crdt', '2026-10-01', '2026-11-01', 'complete', 'x', 2, '["w"]', 't',
    '{_NOW}', '{_NOW}'), (2, 1, 1, 'crdt', '2026-10-01', '2026-11-01', 'complete', 'x', 2, '[]',
    't', '{_NOW}', '{_NOW}');
INSERT INTO search_hits (search_run_id, pmid, state) VALUES (1, 7, 'new'), (1, 8, 'absent'),
    (2, 7, 'unchanged'), (2, 9, 'new');
INSERT INTO records (record_id, pmid, version, raw_sha256, title, abstract, authors,
    publication_date_precision, publication_date_text, language, publication_types, is_book,
    details, first_seen_at, updated_at) VALUES
    (1, 7, 1, '{_HASH}', 'T', '', '', 'unknown', '', 'eng', '', false, '{{}}', '{_NOW}', '{_NOW}'),
    (2, 9, 1, '{_HASH}', 'N', '', '', 'unknown', '', 'eng', '', false, '{{}}', '{_NOW}', '{_NOW}');
INSERT INTO record_corrections (record_id, position, ref_type, pmid) VALUES
    (2, 0, 'RetractionOf', 7);
INSERT INTO documents (document_id, kind, record_id, title, text, text_sha256, content_sha256,
    has_body, parsed_at) VALUES (1, 'abstract', 1, 'T', 'T', '{_HASH}', '{_HASH}', true, '{_NOW}');
INSERT INTO record_versions (record_id, version, pmid_version, raw_xml, raw_sha256, document_id,
    search_run_id, fetched_at, tool_version) VALUES
    (1, 1, 1, '123', '{_HASH}', 1, 1, '{_NOW}', 't');
INSERT INTO record_failures (record_failure_id, pmid, reason, raw_xml, raw_sha256, search_run_id,
    failed_at, tool_version) VALUES (1, 8, 'r', '123', '{_HASH}', 1, '{_NOW}', 't');
"""


@pytest.fixture
def older_url(empty_url: str) -> str:
    """Address of a database as the first migration made it, with rows."""
    make_older(empty_url, "0001", _ROWS)
    return empty_url


def test_rows_are_kept_and_say_what_they_said(older_url: str) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        runs = list_runs(conn)
        hits = conn.execute(text("SELECT origin, count(*) FROM search_hits GROUP BY origin")).all()
        versions = conn.execute(
            text("SELECT length(raw), raw_format, search_run_id FROM record_versions")
        ).all()
        failures = conn.execute(text("SELECT length(raw) FROM record_failures")).all()
    assert [(run.route, run.status, run.n_reported) for run in runs] == [
        (SearchRoute.CREATED, RunStatus.COMPLETE, 2)
    ] * 2
    assert [run.n_in_slices for run in runs] == [2, 2]
    assert [tuple(row) for row in hits] == [("search", 4)]
    assert [tuple(row) for row in versions] == [(3, "pubmed_xml", 1)]
    assert [tuple(row) for row in failures] == [(3,)]


def test_a_topics_records_are_those_that_its_runs_delivered(older_url: str) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        found = conn.execute(
            text("SELECT record_id, route, search_run_id FROM topic_records ORDER BY record_id")
        ).all()
    assert [tuple(row) for row in found] == [(1, "created", 1), (2, "created", 2)]


def test_a_record_that_a_notice_retracts_is_retracted(older_url: str) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        statuses = conn.execute(
            text("SELECT pmid, publication_status FROM records ORDER BY pmid")
        ).all()
    assert [tuple(row) for row in statuses] == [(7, "retracted"), (9, "as_published")]


def test_titles_get_the_keys_by_which_duplicates_are_looked_up(older_url: str) -> None:
    title = "The Räume: “sleep” in children, a trial"
    with connected(older_url) as conn:
        conn.execute(text("UPDATE records SET title = :title WHERE pmid = 9"), {"title": title})
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        keys = conn.execute(text("SELECT pmid, title_key FROM records ORDER BY pmid")).all()
    assert [tuple(row) for row in keys] == [(7, None), (9, title_key(title))]
    assert title_key(title) == "raumesleepinchil"


def test_back_again_the_rows_are_as_they_were(older_url: str) -> None:
    with connected(older_url) as conn:
        before = _contents(conn)
    schema.upgrade(older_url)
    schema.downgrade(older_url, "0001")
    with connected(older_url) as conn:
        assert _contents(conn) == before


def test_what_only_the_newer_schema_can_hold_keeps_it(older_url: str) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        conn.execute(
            text(
                "UPDATE search_runs SET route = 'undated', date_field = NULL, first_day = NULL, "
                "last_day = NULL WHERE search_run_id = 2"
            )
        )
    with pytest.raises(RuntimeError, match="searches without dates"):
        schema.downgrade(older_url, "0001")
    assert schema.check(older_url) is schema.SchemaState.CURRENT


def _contents(conn: Connection) -> dict[str, list[tuple[str, ...]]]:
    tables = ("search_runs", "search_hits", "records", "record_versions", "record_failures")
    return {
        table: sorted(
            tuple(sorted(f"{name}={value!r}" for name, value in row.items()))
            for row in conn.execute(text(f"SELECT * FROM {table}")).mappings()
        )
        for table in tables
    }
