"""The schema of record: what the database itself refuses, whoever writes."""

from typing import Final

import pytest
from sqlalchemy import Connection, UniqueConstraint, text

from db.engine import Database
from db.tables import metadata
from litsweep.errors import DatabaseError

_TIME: Final = "2026-11-22T04:30:00.000000+00:00"
_KEY: Final = r"(?i)foreign key"
_UNIQUE: Final = r"(?i)unique"

_LOAD: Final = (
    "INSERT INTO load_files (topic_id, name, file_format, sha256, status, owner, n_done, n_new, "
    "n_changed, n_unchanged, n_failed, n_deleted, tool_version, started_at, finished_at) VALUES "
    f"(1, 'a', 'ris', 'HASH', 'STATUS', 'x', 0, COUNT, 0, 0, 0, 0, 't', '{_TIME}', FINISHED)"
)
_IMPORT: Final = (
    "INSERT INTO decision_imports (topic_id, stage, name, sha256, tool, n_entries, n_added, "
    "n_unchanged, n_undecided, unmatched, imported_by, imported_at, tool_version) VALUES "
    f"(1, 'title_abstract', 'a', 'HASH', 'rayyan', COUNT, 0, 0, 0, '[]', 'A', '{_TIME}', 't')"
)
_CHANGE: Final = (
    "INSERT INTO publication_status_changes (record_id, old_status, new_status, reasons, is_first, "
    f"search_run_id, changed_at) VALUES (1, 'retracted', 'STATUS', '[]', false, 1, '{_TIME}')"
)
_DUPLICATE: Final = (
    "INSERT INTO duplicate_findings (record_id, duplicate_of_id, rule, reason, found_by, found_at, "
    f"undone_at, undone_by) VALUES (1, OTHER, 'RULE', 'r', 'A', '{_TIME}', UNDONE)"
)
_VECTOR: Final = (
    "INSERT INTO document_embeddings (document_id, encoder, n_dimensions, vector, embedded_at) "
    f"VALUES (1, 'e', NUMBER, 'BYTES', '{_TIME}')"
)
_DECISION: Final = (
    "INSERT INTO screening_decisions (topic_id, record_id, stage, decision, exclusion_reason, "
    "labels, reviewer, decided_at, origin, supersedes_id, is_standing, tool_version) VALUES "
    f"(1, RECORD, 'full_text', 'DECISION', REASON, '[]', 'WHO', '{_TIME}', 'desk', BEFORE, true, "
    "'t')"
)

_HOLD: Final = (
    "INSERT INTO query_holds (topic_id, search_strategy_id, compared_strategy_id, search_run_id, "
    "n_now, translation_now, reason, opened_at, decided_at, decided_by, is_approved) VALUES "
    f"(1, 1, FORMER, 1, 9, 't', 'r', '{_TIME}', WHEN, NAMED, APPROVED)"
)
_MESSAGE: Final = (
    "INSERT INTO notifications (kind, subject, body, raised_at) VALUES "
    f"('KIND', 'SUBJECT', 'words', '{_TIME}')"
)


def written(template: str, **values: str) -> str:
    """Fill the words in capitals; what is not given is what a right row has."""
    right = {
        "HASH": "0" * 64,
        "STATUS": "complete",
        "COUNT": "0",
        "FINISHED": f"'{_TIME}'",
        "OTHER": "2",
        "RULE": "doi",
        "UNDONE": "NULL, NULL",
        "NUMBER": "1",
        "BYTES": "abcd",
        "RECORD": "1",
        "DECISION": "include",
        "REASON": "NULL",
        "WHO": "A",
        "BEFORE": "NULL",
        "FORMER": "2",
        "WHEN": "NULL",
        "NAMED": "NULL",
        "APPROVED": "NULL",
        "KIND": "digest",
        "SUBJECT": "s",
    }
    for word, value in (right | values).items():
        template = template.replace(word, value)
    return template


WRONG: Final = {
    "a topic without a name": ("UPDATE topics SET name = ''", "ck_topics_name"),
    "a topic retired by nobody": (
        f"UPDATE topics SET retired_at = '{_TIME}'",
        "ck_topics_retired",
    ),
    "a query's hash cut short": (
        "UPDATE search_strategies SET query_sha256 = 'abc'",
        "ck_search_strategies_query_sha256",
    ),
    "a version before the first": (
        "UPDATE search_strategies SET version = 0",
        "ck_search_strategies_version",
    ),
    "a complete run without a count": (
        "UPDATE search_runs SET n_reported = NULL",
        "ck_search_runs_counted",
    ),
    "a negative count": ("UPDATE search_runs SET n_reported = -1", "ck_search_runs_n_reported"),
    "a failed run without a reason": (
        "UPDATE search_runs SET status = 'failed'",
        "ck_search_runs_explained",
    ),
    "a run that is running and finished": (
        "UPDATE search_runs SET status = 'running'",
        "ck_search_runs_finished",
    ),
    "an unknown state": ("UPDATE search_hits SET state = 'lost'", "ck_search_hits_state"),
    "a PMID below one": ("UPDATE search_hits SET pmid = -pmid", "ck_search_hits_pmid"),
    "a record with PMID 0": ("UPDATE records SET pmid = 0 WHERE record_id = 1", "ck_records_pmid"),
    "a record that nothing identifies": (
        "UPDATE records SET pmid = NULL WHERE record_id = 1",
        "ck_records_identity",
    ),
    "one PMID twice": (
        "UPDATE records SET pmid = (SELECT max(pmid) FROM records) WHERE record_id = 1",
        _UNIQUE,
    ),
    "a day without a precision": (
        "UPDATE records SET publication_date_precision = 'unknown'",
        "ck_records_dated",
    ),
    "a precision without a day": (
        "UPDATE records SET publication_date = NULL",
        "ck_records_dated",
    ),
    "a duplicate of itself": (
        "UPDATE records SET duplicate_of_id = record_id",
        "ck_records_duplicate",
    ),
    "an empty hash of a record": ("UPDATE records SET raw_sha256 = ''", "ck_records_raw_sha256"),
    "a version with another record's text": (
        "UPDATE record_versions SET document_id = document_id % 20 + 1",
        _KEY,
    ),
    "a version from nowhere": (
        "UPDATE record_versions SET search_run_id = NULL",
        "ck_record_versions_came",
    ),
    "a report with another record's text": ("UPDATE reports SET document_id = 1", _KEY),
    "an attempt that got another record's report": (
        "UPDATE retrievals SET report_id = report_id % 2 + 1",
        _KEY,
    ),
    "an attempt without an outcome": (
        "UPDATE retrievals SET report_id = NULL",
        "ck_retrievals_outcome",
    ),
    "a record found by no run": (
        "UPDATE topic_records SET search_run_id = NULL",
        "ck_topic_records_came",
    ),
    "a record that was loaded by a search": (
        "UPDATE topic_records SET route = 'loaded'",
        "ck_topic_records_loaded",
    ),
    "a record of a topic that is not": ("UPDATE topic_records SET topic_id = 9", _KEY),
    "a change of nothing": (written(_CHANGE, STATUS="retracted"), "_change"),
    "an unknown rule": (written(_DUPLICATE, RULE="guess"), "ck_duplicate_findings_rule"),
    "taken back without a reason": (
        written(_DUPLICATE, UNDONE=f"'{_TIME}', 'A'"),
        "ck_duplicate_findings_undone",
    ),
    "a pair of one": (written(_DUPLICATE, OTHER="1"), "ck_duplicate_findings_two_records"),
    "a file's hash cut short": (written(_LOAD, HASH="abc"), "ck_load_files_sha256"),
    "a negative count of a file": (written(_LOAD, COUNT="-1"), "ck_load_files_n_new"),
    "a load that has not ended and is complete": (
        written(_LOAD, FINISHED="NULL"),
        "ck_load_files_finished",
    ),
    "a section that ends before it begins": (
        "UPDATE sections SET start_offset = end_offset + 1",
        "ck_sections_span",
    ),
    "one way of reading twice": (
        "UPDATE readings SET fingerprint = 'f', document_id = 1, failure = NULL",
        _UNIQUE,
    ),
    "a reading that supersedes itself": (
        "UPDATE readings SET superseded_by_id = reading_id",
        "ck_readings_superseded",
    ),
    "a model without its weights' hash": (
        "UPDATE generations SET weights_sha256 = ''",
        "ck_generations_weights_sha256",
    ),
    "tokens below zero": (
        "UPDATE generations SET n_output_tokens = -1",
        "ck_generations_n_output_tokens",
    ),
    "a flagged text of a model that is shown": (
        "UPDATE summaries SET is_shown = (method = 'generated') WHERE reading_id IN "
        "(SELECT reading_id FROM generations)",
        "ck_summaries_shown",
    ),
    "a written text that nothing wrote": (
        "UPDATE summaries SET generation_id = NULL",
        "ck_summaries_generation",
    ),
    "two summaries to show": (
        "UPDATE summaries SET reading_id = 2, position = summary_id, method = 'extractive', "
        "generation_id = NULL, is_shown = true",
        _UNIQUE,
    ),
    "a text that another reading's model call wrote": (
        "UPDATE generations SET reading_id = 1",
        _KEY,
    ),
    "a source before the text": (
        "UPDATE summary_sentences SET source_start = -1",
        "ck_summary_sentences_span",
    ),
    "more support than there is": (
        "UPDATE summary_sentences SET support = 1.5",
        "ck_summary_sentences_support",
    ),
    "more sentences read than there are": (
        "UPDATE analyses SET n_sentences_read = n_sentences + 1",
        "ck_analyses_read",
    ),
    "something found without a quotation": (
        "UPDATE findings SET quote = NULL, source_start = NULL, source_end = NULL, value = NULL, "
        "value_method = NULL",
        "ck_findings_quote",
    ),
    "a check of nothing": (
        "UPDATE checks SET summary_id = NULL, finding_id = NULL",
        "ck_checks_tested",
    ),
    "a vector of another length": (
        written(_VECTOR, NUMBER="2"),
        "ck_document_embeddings_vector",
    ),
    "a vector of nothing": (
        written(_VECTOR, NUMBER="0", BYTES=""),
        "ck_document_embeddings_vector",
    ),
    "an import's hash cut short": (written(_IMPORT, HASH="abc"), "ck_decision_imports_sha256"),
    "a negative count of decisions": (
        written(_IMPORT, COUNT="-1"),
        "ck_decision_imports_n_entries",
    ),
    "a decision of nobody": (written(_DECISION, WHO=""), "ck_screening_decisions_reviewer"),
    "a decision on a record of no topic": (written(_DECISION, RECORD="999"), _KEY),
    "a reason to exclude what is included": (
        written(_DECISION, REASON="'r'"),
        "ck_screening_decisions_reason",
    ),
    "nothing taken back": (
        written(_DECISION, DECISION="withdrawn"),
        "ck_screening_decisions_withdrawn",
    ),
    "another person's decision replaced": (written(_DECISION, BEFORE="1"), _KEY),
    "an import without its file": (
        "UPDATE screening_decisions SET origin = 'imported'",
        "ck_screening_decisions_imported",
    ),
    "a hold that nobody decided upon and that is approved": (
        written(_HOLD, APPROVED="true"),
        "ck_query_holds_decided",
    ),
    "a hold that somebody without a name approved of": (
        written(_HOLD, WHEN=f"'{_TIME}'", NAMED="''", APPROVED="true"),
        "ck_query_holds_decided_by",
    ),
    "a query compared with itself": (written(_HOLD, FORMER="1"), "ck_query_holds_compared"),
    "a message without a subject": (written(_MESSAGE, SUBJECT=""), "ck_notifications_subject"),
    "a message of no kind": (written(_MESSAGE, KIND="rumour"), "ck_notifications_kind"),
    "a thing that no message tells": (
        "INSERT INTO notification_items (item_key, notification_id) VALUES ('alert:1', 9)",
        _KEY,
    ),
    "a delivery of no message": (
        "INSERT INTO notification_deliveries (notification_id, channel) VALUES (9, 'mail/a')",
        _KEY,
    ),
    "two decisions that stand": ("UPDATE screening_decisions SET is_standing = true", _UNIQUE),
}

RIGHT: Final = (
    written(_LOAD),
    written(_IMPORT),
    written(_CHANGE, STATUS="corrected"),
    written(_DUPLICATE),
    written(_VECTOR),
    written(_DECISION),
    written(_MESSAGE),
)


class _Undone(Exception):
    """Ends a transaction of which nothing is to stay."""


def run(conn: Connection, statement: str) -> None:
    conn.execute(text(statement.replace(":", "\\:")))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_row_is_refused(shared_database: Database, wrong: str) -> None:
    statement, said = WRONG[wrong]
    with pytest.raises(DatabaseError, match=said), shared_database.writing() as conn:
        run(conn, statement)


@pytest.mark.parametrize("statement", RIGHT, ids=[row.split()[2] for row in RIGHT])
def test_the_same_row_without_its_fault_is_kept(shared_database: Database, statement: str) -> None:
    with pytest.raises(_Undone), shared_database.writing() as conn:
        run(conn, statement)
        raise _Undone


def test_every_foreign_key_can_be_looked_up_from_its_parent() -> None:
    for table in metadata.tables.values():
        keys = [list(table.primary_key.columns), *(list(one.columns) for one in table.indexes)]
        keys += [
            list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)
        ]
        first = {key[0].name for key in keys}
        for parent in table.foreign_key_constraints:
            assert parent.column_keys[0] in first, f"{table.name}: {parent.column_keys}"
