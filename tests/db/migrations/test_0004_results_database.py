"""Rows of an older database after the fourth migration: kept, indexed, and held to more rules."""

import pytest
from sqlalchemy import inspect, text

from db import schema
from litsweep.errors import DatabaseError
from tests.fakes.older_database import connected, make_older

_NOW = "2026-11-01T04:30:00.000000+00:00"
_HASH = "0" * 64
_ROWS = f"""
INSERT INTO topics (topic_id, name, created_at, retired_at, retired_by, retirement_reason) VALUES
    (1, 'asthma', '{_NOW}', NULL, NULL, NULL), (2, 'old', '{_NOW}', '{_NOW}', 'A', 'done');
INSERT INTO search_strategies (search_strategy_id, topic_id, version, query, query_sha256, author,
    reason, created_at) VALUES (1, 1, 1, 'asthma', '{_HASH}', 'A', 'r', '{_NOW}');
INSERT INTO search_runs (search_run_id, search_strategy_id, topic_id, route, date_field, first_day,
    last_day, status, owner, n_reported, translations, slices, warnings, error, tool_version,
    started_at, finished_at) VALUES
    (1, 1, 1, 'created', 'crdt', '2026-10-01', '2026-11-01', 'complete', 'x', 1, '[]',
    '[[1, 9, 1]]', '[]', NULL, 't', '{_NOW}', '{_NOW}'),
    (2, 1, 1, 'undated', NULL, NULL, NULL, 'failed', 'x', NULL, '[]', '[]', '[]', 'away', 't',
    '{_NOW}', '{_NOW}');
INSERT INTO search_hits (search_run_id, pmid, origin, state) VALUES (1, 7, 'search', 'new');
INSERT INTO load_files (load_file_id, topic_id, name, file_format, sha256, status, owner, n_done,
    n_new, n_changed, n_unchanged, n_failed, n_deleted, tool_version, started_at, finished_at)
    VALUES (1, 1, 'a.ris', 'ris', '{_HASH}', 'complete', 'x', 1, 1, 0, 0, 0, 0, 't', '{_NOW}',
    '{_NOW}');
INSERT INTO records (record_id, pmid, import_key, version, raw_sha256, publication_status, title,
    abstract, authors, publication_date, publication_date_precision, publication_date_text,
    language, publication_types, is_book, details, first_seen_at, updated_at) VALUES
    (1, 7, NULL, 1, '{_HASH}', 'retracted', 'T', '', '', '2026-10-01', 'month', '2026 Oct', 'eng',
    '', false, '{{}}', '{_NOW}', '{_NOW}'),
    (2, NULL, '{_HASH}', 1, '{_HASH}', 'as_published', 'T', '', '', NULL, 'unknown', '', 'eng', '',
    false, '{{}}', '{_NOW}', '{_NOW}');
INSERT INTO documents (document_id, kind, record_id, title, text, text_sha256, content_sha256,
    has_body, parsed_at) VALUES
    (1, 'abstract', 1, 'T', 'T', '{_HASH}', '{_HASH}', true, '{_NOW}'),
    (2, 'full_text', 1, 'T', 'T', '{_HASH}', '{_HASH}', true, '{_NOW}'),
    (3, 'abstract', 2, 'T', 'T', '{_HASH}', '{_HASH}', true, '{_NOW}');
INSERT INTO record_versions (record_id, version, pmid_version, raw, raw_format, raw_sha256, changes,
    unknown_elements, document_id, search_run_id, load_file_id, fetched_at, tool_version) VALUES
    (1, 1, 1, '1', 'pubmed_xml', '{_HASH}', '[]', '[]', 1, 1, NULL, '{_NOW}', 't'),
    (2, 1, 1, '1', 'ris', '{_HASH}', '[]', '[]', 3, NULL, 1, '{_NOW}', 't');
INSERT INTO record_failures (record_failure_id, pmid, reason, raw, raw_sha256, search_run_id,
    failed_at, tool_version) VALUES (1, 8, 'r', '1', '{_HASH}', 1, '{_NOW}', 't');
INSERT INTO topic_records (topic_id, record_id, route, search_run_id, load_file_id, found_at,
    is_late) VALUES (1, 1, 'created', 1, NULL, '{_NOW}', false),
    (1, 2, 'loaded', NULL, 1, '{_NOW}', false);
INSERT INTO deleted_pmids (pmid, reason, search_run_id, noticed_at) VALUES (9, 'r', 1, '{_NOW}');
INSERT INTO publication_status_changes (publication_status_change_id, record_id, old_status,
    new_status, reasons, is_first, search_run_id, changed_at) VALUES
    (1, 1, 'as_published', 'retracted', '[]', false, 1, '{_NOW}');
INSERT INTO duplicate_findings (duplicate_finding_id, record_id, duplicate_of_id, rule, score,
    reason, found_by, found_at, undone_at, undone_by, undone_reason) VALUES
    (1, 2, 1, 'title', 0.9, 'r', 't', '{_NOW}', '{_NOW}', 'A', 'not the same'),
    (2, 2, 1, 'person', NULL, 'r', 'A', '{_NOW}', NULL, NULL, NULL);
INSERT INTO reports (report_id, record_id, pmcid, source, url, raw_xml, raw_sha256, document_id,
    may_export, retrieved_at) VALUES
    (1, 1, 'PMC1', 'efetch', 'u', '1', '{_HASH}', 2, false, '{_NOW}');
INSERT INTO retrievals (retrieval_id, record_id, pmcid, report_id, reason, is_final, attempted_at)
    VALUES (1, 1, 'PMC1', 1, NULL, true, '{_NOW}');
INSERT INTO sections (document_id, position, kind, title, depth, start_offset, end_offset) VALUES
    (2, 0, 'methods', 'M', 0, 0, 1);
INSERT INTO reading_runs (reading_run_id, owner, kind, engine, device, n_documents, n_failed,
    n_prompt_tokens, n_output_tokens, generating_s, peak_memory_bytes, tool_version, started_at)
    VALUES (1, 'x', 'abstract', 'e', 'cpu', 2, 1, 3, 4, 0.5, 5, 't', '{_NOW}');
INSERT INTO readings (reading_id, document_id, task, fingerprint, way, reading_run_id, read_at,
    tool_version) VALUES (1, 1, 'summary', 'f', '{{}}', 1, '{_NOW}', 't'),
    (2, 2, 'analysis', 'f', '{{}}', NULL, '{_NOW}', 't');
INSERT INTO routes (reading_id, model_name, reason, is_readable, n_tokens, n_windows) VALUES
    (1, 'biogpt', 'r', true, 10, 1);
INSERT INTO generations (generation_id, reading_id, position, task, model_id, model_revision,
    weights_sha256, engine, is_demonstration, prompt_name, prompt_version, prompt_sha256, sampling,
    sampling_sha256, source_start, source_end, input_sha256, output_text, n_input_tokens,
    n_output_tokens, stop_reason, duration_s) VALUES
    (1, 1, 0, 'summary', 'm', 'r', '{_HASH}', 'e', false, 'p', 1, '{_HASH}', '{{}}', '{_HASH}', 0,
    1, '{_HASH}', 'o', 1, 1, 'length', 0.5);
INSERT INTO summaries (summary_id, reading_id, position, method, generation_id, text, is_flagged,
    is_shown) VALUES (1, 1, 0, 'extractive', NULL, 'quoted', true, true),
    (2, 1, 1, 'generated', 1, 'wrong', true, false);
INSERT INTO summary_sentences (summary_id, position, text, source_start, source_end, support)
    VALUES (1, 0, 'quoted', 0, 1, 1.0);
INSERT INTO analyses (analysis_id, reading_id, n_sentences, n_sentences_read, ranked_by, n_windows,
    left_out) VALUES (1, 2, 9, 3, 'lexical', 1, '[]');
INSERT INTO findings (finding_id, analysis_id, position, data_item, state, quote, source_start,
    source_end, section_title, support, structured, is_flagged) VALUES
    (1, 1, 0, 'design', 'found', 'T', 0, 1, '', 0.5, '{{}}', false);
"""
_TABLES = [line.split()[2] for line in _ROWS.splitlines() if line.startswith("INSERT INTO")]
_PARTIAL = {
    "uq_search_runs_running": "search_runs",
    "uq_search_runs_backfilling": "search_runs",
    "uq_duplicate_findings_record_id": "duplicate_findings",
    "uq_readings_successful": "readings",
    "uq_summaries_shown": "summaries",
}


# The one column that it adds to a table of an older schema; of older rows none was decided.
_NEW = "is_screened"


@pytest.fixture
def older_url(empty_url: str) -> str:
    """Address of a database as the third migration made it, with rows."""
    make_older(empty_url, "0003", _ROWS)
    return empty_url


def test_rows_are_as_they_were_after_it_and_the_tables_back_again(older_url: str) -> None:
    rows, shapes = _contents(older_url), _shapes(older_url)
    assert all(rows.values())
    schema.upgrade(older_url)
    assert _contents(older_url) == rows
    assert _shapes(older_url) != shapes
    schema.downgrade(older_url, "0003")
    assert (_contents(older_url), _shapes(older_url)) == (rows, shapes)


def test_records_are_indexed_views_answer_and_conditions_stay(older_url: str) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        assert conn.scalar(text("SELECT count(*) FROM record_words")) == 2
        cards = conn.execute(
            text("SELECT pmid, summary, full_text_state FROM record_card ORDER BY record_id")
        ).all()
        for name, table in _PARTIAL.items():
            (index,) = [one for one in inspect(conn).get_indexes(table) if one["name"] == name]
            assert any(key.endswith("_where") for key in index["dialect_options"]), name
    assert [tuple(card) for card in cards] == [
        (7, "quoted", "obtained"),
        (None, None, "never_sought"),
    ]


def test_a_row_that_breaks_a_rule_stops_the_upgrade_and_is_named(older_url: str) -> None:
    with connected(older_url) as conn:
        conn.execute(text("UPDATE load_files SET n_new = -1"))
    before = _contents(older_url)
    with pytest.raises(DatabaseError, match="ck_load_files_n_new"):
        schema.upgrade(older_url)
    assert schema.current_revision(older_url) == "0003"
    assert _contents(older_url) == before


def _contents(url: str) -> dict[str, list[tuple[str, ...]]]:
    with connected(url) as conn:
        return {
            table: sorted(
                tuple(sorted(f"{name}={value!r}" for name, value in row.items() if name != _NEW))
                for row in conn.execute(text(f"SELECT * FROM {table}")).mappings()
            )
            for table in _TABLES
        }


def _shapes(url: str) -> dict[str, object]:
    with connected(url) as conn:
        seen = inspect(conn)
        return {
            table: (
                sorted((one["name"], str(one["type"])) for one in seen.get_columns(table)),
                sorted((one["name"], one["sqltext"]) for one in seen.get_check_constraints(table)),
                sorted(str(one["name"]) for one in seen.get_foreign_keys(table)),
                sorted(str(one["name"]) for one in seen.get_unique_constraints(table)),
                sorted(
                    (str(one["name"]), [str(rule) for rule in one["dialect_options"].values()])
                    for one in seen.get_indexes(table)
                ),
            )
            for table in seen.get_table_names()
        }
