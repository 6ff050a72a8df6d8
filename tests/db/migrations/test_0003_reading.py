"""Rows of an older database after the third migration: what was read still says what it said."""

import pytest
from sqlalchemy import text

from db import schema
from db.engine import open_database
from db.stored_readings import load_reading
from tests.fakes.older_database import connected, make_older

_NOW = "2026-11-01T04:30:00.000000+00:00"
_HASH = "0" * 64
_SUMMARIES = """(1, 1, 0, 'extractive', NULL, 'quoted', false),
    (2, 1, 1, 'generated', 1, 'written', false), (3, 2, 0, 'extractive', NULL, 'quoted', false),
    (4, 2, 1, 'generated', 2, 'wrong', true)"""
_ROWS = f"""
INSERT INTO topics (topic_id, name, created_at) VALUES (1, 'asthma', '{_NOW}');
INSERT INTO records (record_id, pmid, version, raw_sha256, publication_status, title, abstract,
    authors, publication_date_precision, publication_date_text, language, publication_types,
    is_book, details, first_seen_at, updated_at) VALUES
    (1, 7, 1, '{_HASH}', 'as_published', 'T', '', '', 'unknown', '', 'eng', '', false, '{{}}',
    '{_NOW}', '{_NOW}');
INSERT INTO documents (document_id, kind, record_id, title, text, text_sha256, content_sha256,
    licence_code, has_body, parsed_at) VALUES
    (1, 'abstract', 1, 'T', 'T', '{_HASH}', '{_HASH}', NULL, true, '{_NOW}'),
    (2, 'full_text', 1, 'T', 'T', '{_HASH}', '{_HASH}', 'CC BY', true, '{_NOW}');
INSERT INTO sections (document_id, position, kind, title, depth, start_offset, end_offset) VALUES
    (2, 0, 'back_matter', 'Funding', 0, 0, 1);
INSERT INTO reports (report_id, record_id, pmcid, source, url, raw_xml, raw_sha256, document_id,
    licence_code, retrieved_at) VALUES
    (1, 1, 'PMC1', 'efetch', 'u', '1', '{_HASH}', 2, NULL, '{_NOW}'),
    (2, 1, 'PMC1', 'efetch', 'u', '1', '{"1" * 64}', 2, 'TDM', '{_NOW}'),
    (3, 1, 'PMC1', 'efetch', 'u', '1', '{"2" * 64}', 1, NULL, '{_NOW}');
INSERT INTO readings (reading_id, document_id, task, fingerprint, failure, read_at, tool_version)
    VALUES (1, 1, 'summary', 'f', NULL, '{_NOW}', 't'), (2, 1, 'summary', 'g', NULL, '{_NOW}', 't'),
    (3, 2, 'analysis', 'f', NULL, '{_NOW}', 't'), (4, 2, 'analysis', 'f', 'why', '{_NOW}', 't');
INSERT INTO routes (reading_id, model_name, reason, is_readable) VALUES
    (1, 'biogpt', 'r', true), (2, 'biogpt', 'r', true), (3, NULL, 'r', true);
INSERT INTO generations (generation_id, reading_id, position, task, model_id, model_revision,
    weights_sha256, is_demonstration, prompt_name, prompt_version, prompt_sha256, sampling,
    sampling_sha256, source_start, source_end, input_sha256, output_text, n_input_tokens,
    n_output_tokens, stop_reason, duration_s) VALUES
    (1, 1, 0, 'summary', 'm', 'r', '{_HASH}', false, 'p', 1, '{_HASH}', '{{"max_new_tokens": 9}}',
    '{_HASH}', 0, 1, '{_HASH}', 'o', 1, 1, 'length', 0.5),
    (2, 2, 0, 'summary', 'm', 'r', '{_HASH}', false, 'p', 1, '{_HASH}', '{{"max_new_tokens": 9}}',
    '{_HASH}', 0, 1, '{_HASH}', 'o', 1, 1, 'length', 0.5);
INSERT INTO summaries (summary_id, reading_id, position, method, generation_id, text, is_flagged)
    VALUES {_SUMMARIES};
INSERT INTO analyses (analysis_id, reading_id, n_sentences, n_sentences_read, ranked_by)
    VALUES (1, 3, 9, 3, 'lexical');
INSERT INTO findings (finding_id, analysis_id, position, data_item, state, quote, source_start,
    source_end, support, value, is_flagged) VALUES
    (1, 1, 0, 'design', 'found', 'T', 0, 1, 0.5, 'A trial.', false),
    (2, 1, 1, 'setting', 'not_found', NULL, NULL, NULL, 0.1, NULL, false);
"""


@pytest.fixture
def older_url(empty_url: str) -> str:
    """Address of a database as the second migration made it, with rows."""
    make_older(empty_url, "0002", _ROWS)
    return empty_url


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with connected(url) as conn:
        return [tuple(row) for row in conn.execute(text(query))]


def test_the_summary_to_show_is_the_written_one_unless_a_check_flags_it(older_url: str) -> None:
    schema.upgrade(older_url)
    shown = ask(older_url, "SELECT summary_id FROM summaries WHERE is_shown ORDER BY summary_id")
    assert shown == [(2,), (3,)]


def test_the_stricter_licence_decides_what_may_be_exported(older_url: str) -> None:
    schema.upgrade(older_url)
    found = ask(older_url, "SELECT report_id FROM reports WHERE may_export ORDER BY report_id")
    assert found == [(1,)]  # one says TDM, of another nothing is known


def test_older_readings_are_loaded_whole(older_url: str) -> None:
    schema.upgrade(older_url)
    database = open_database(older_url)
    with database.reading() as conn:
        analysis = load_reading(conn, 3).reading.analysis
        summaries = load_reading(conn, 1).reading.summaries
    database.close()
    assert analysis is not None
    design, setting = analysis.findings
    assert (design.value, str(design.value_method)) == ("A trial.", "model")
    assert (setting.value, setting.value_method) == (None, None)
    assert [one.text for one in summaries] == ["", ""]
    assert ask(older_url, "SELECT n_windows, n_sentences_read FROM analyses") == [(1, 3)]
    assert ask(older_url, "SELECT count(*) FROM readings WHERE superseded_by_id IS NULL") == [(4,)]


def test_one_successful_reading_a_way_is_still_enforced(older_url: str) -> None:
    schema.upgrade(older_url)
    again = (
        "INSERT INTO readings (reading_id, document_id, task, fingerprint, way, failure, read_at, "
        f"tool_version) VALUES (:number, 1, 'summary', 'f', '{{}}', :failure, '{_NOW}', 't')"
    )
    with connected(older_url) as conn:
        conn.execute(text(again), {"number": 9, "failure": "why"})
    with pytest.raises(Exception, match=r"(?i)unique"), connected(older_url) as conn:
        conn.execute(text(again), {"number": 10, "failure": None})


def test_back_again_the_rows_are_as_they_were(older_url: str) -> None:
    before = _contents(older_url)
    schema.upgrade(older_url)
    schema.downgrade(older_url, "0002")
    assert _contents(older_url) == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE sections SET kind = 'funding'", "kinds of sections"),
        ("UPDATE topics SET summary_model = 'none'", "own models"),
        ("UPDATE generations SET stop_reason = 'time'", "ends of generations"),
    ],
)
def test_what_only_the_newer_schema_can_hold_keeps_it(
    older_url: str, statement: str, said: str
) -> None:
    schema.upgrade(older_url)
    with connected(older_url) as conn:
        conn.execute(text(statement))
    with pytest.raises(RuntimeError, match=said):
        schema.downgrade(older_url, "0002")
    assert schema.check(older_url) is schema.SchemaState.CURRENT


def _contents(url: str) -> dict[str, list[tuple[str, ...]]]:
    tables = ("topics", "sections", "reports", "readings", "routes", "generations", "summaries")
    with connected(url) as conn:
        return {
            table: sorted(
                tuple(sorted(f"{name}={value!r}" for name, value in row.items()))
                for row in conn.execute(text(f"SELECT * FROM {table}")).mappings()
            )
            for table in (*tables, "analyses", "findings")
        }
