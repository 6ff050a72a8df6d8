"""Which part of the work writes which table, and in what way: the source of every grant.

Each table of ours has its writers here, and the search index too. What is stored is not rewritten
where the map grants INSERT alone: a text, a machine's sentence or a check of it then stays as it
was, whatever a worker runs. Migrations, backups, repairs and the reading of tables are not the
map's: they are the owner's, and everybody's. Making grants of it is ``db.roles``'s.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

WORDS: Final = "record_words"
"""The search index, which is no table of ``db.tables``."""


class Job(StrEnum):
    """A part of the work that writes rows; who does several has the rights of all."""

    SWEEPING = "sweeping"
    """Searches, loads of files, retrieval of full texts, and what follows from what they store."""
    READING = "reading"
    """What a reading run writes: leases, readings and all that hangs on them, vectors."""
    DECIDING = "deciding"
    """What people say: topics and queries, decisions, duplicates, alerts seen, new readings."""


_ADDS: Final = "INSERT"
_KEEPS: Final = "INSERT, UPDATE"
_REPLACES: Final = "INSERT, DELETE"
_ALL: Final = "INSERT, UPDATE, DELETE"

_SWEPT: Final = {Job.SWEEPING: _ADDS}
_READ: Final = {Job.READING: _ADDS}

WRITES: Final[Mapping[str, Mapping[Job, str]]] = {
    # What is looked for.
    "topics": {Job.DECIDING: _KEEPS},
    "search_strategies": {Job.DECIDING: _ADDS},
    # What was searched, and what came.
    "search_runs": {Job.SWEEPING: _KEEPS, Job.READING: "UPDATE (warnings)"},
    "search_hits": {Job.SWEEPING: _ALL},
    "load_files": {Job.SWEEPING: _KEEPS},
    "request_slots": {Job.SWEEPING: _KEEPS},
    "records": {Job.SWEEPING: _KEEPS, Job.DECIDING: "UPDATE (duplicate_of_id)"},
    "record_versions": _SWEPT,
    "record_authors": {Job.SWEEPING: _REPLACES},
    "record_mesh_headings": {Job.SWEEPING: _REPLACES},
    "record_publication_types": {Job.SWEEPING: _REPLACES},
    "record_keywords": {Job.SWEEPING: _REPLACES},
    "record_corrections": {Job.SWEEPING: _REPLACES},
    "record_failures": _SWEPT,
    WORDS: {Job.SWEEPING: _REPLACES},
    "topic_records": {Job.SWEEPING: _ADDS, Job.DECIDING: "UPDATE (is_screened)"},
    "deleted_pmids": {Job.SWEEPING: _REPLACES},
    "publication_status_changes": _SWEPT,
    "duplicate_findings": {
        Job.SWEEPING: _ADDS,
        Job.DECIDING: "INSERT, UPDATE (undone_at, undone_by, undone_reason)",
    },
    # Texts.
    "reports": _SWEPT,
    "retrievals": _SWEPT,
    "documents": _SWEPT,
    "sections": _SWEPT,
    "document_references": _SWEPT,
    "sub_articles": _SWEPT,
    # What machines read. A sweep that brings another text marks the readings of the former one.
    "reading_runs": {Job.READING: _KEEPS},
    "reading_leases": {Job.READING: _ALL, Job.DECIDING: "DELETE"},
    "readings": {
        Job.READING: "INSERT, UPDATE (superseded_by_id)",
        Job.SWEEPING: "UPDATE (stale_since)",
    },
    "routes": _READ,
    "generations": _READ,
    "summaries": _READ,
    "summary_sentences": _READ,
    "analyses": _READ,
    "findings": _READ,
    "checks": _READ,
    "document_embeddings": {Job.READING: _REPLACES},
    # What people say.
    "reread_requests": {
        Job.READING: "INSERT, UPDATE (fulfilled_by_id)",
        Job.DECIDING: "INSERT, UPDATE (reason, requested_by, requested_at, model, fulfilled_by_id)",
    },
    "alerts": {
        Job.SWEEPING: _ADDS,
        Job.DECIDING: "UPDATE (acknowledged_at, acknowledged_by, note)",
    },
    # A query that waits for a person; a reading that failed asks for the decision as a sweep does.
    "query_holds": {
        Job.SWEEPING: _KEEPS,
        Job.READING: "UPDATE (review_flow_run_id)",
        Job.DECIDING: "UPDATE (decided_at, decided_by, is_approved, note)",
    },
    # What people are told.
    "notifications": {Job.SWEEPING: _ADDS, Job.READING: _ADDS},
    "notification_items": {Job.SWEEPING: _ADDS, Job.READING: _ADDS},
    "notification_deliveries": {Job.SWEEPING: _KEEPS, Job.READING: _KEEPS},
    "decision_imports": {Job.DECIDING: _KEEPS},
    "screening_decisions": {Job.DECIDING: "INSERT, UPDATE (is_standing)"},
    "screening_protocols": {Job.DECIDING: _ADDS},
    "screening_claims": {Job.DECIDING: _ALL},
    "sentence_judgements": {Job.DECIDING: "INSERT, UPDATE (is_standing)"},
    "finding_judgements": {Job.DECIDING: "INSERT, UPDATE (is_standing)"},
    # The desk's people.
    "reviewers": {Job.DECIDING: _KEEPS},
    "desk_sessions": {Job.DECIDING: _ALL},
    "desk_tickets": {Job.DECIDING: _ALL},
    "api_tokens": {Job.DECIDING: _KEEPS},
    "login_attempts": {Job.DECIDING: _REPLACES},
}


def list_rights(jobs: Iterable[Job]) -> list[tuple[str, str]]:
    """Return ``(table, privileges)`` of who does these jobs, one pair for each grant to make."""
    done = frozenset(jobs)
    return [
        (table, privileges)
        for table, writers in WRITES.items()
        for job, privileges in writers.items()
        if job in done
    ]


def list_numbered(jobs: Iterable[Job]) -> list[str]:
    """Return the tables to which who does these jobs adds rows, and so needs their numbers."""
    rights = list_rights(jobs)
    return sorted({table for table, privileges in rights if privileges.startswith(_ADDS)})
