"""The schema: every table and column with its meaning, every constraint, a file for each part.

No queries here. A row names the row that it came from; rows are added and not
changed, but for ``records`` and its child tables (the current state of the index entry, whose
history is ``record_versions``), the state of a hit, the closing of a run, the marks of a reading
(stale, superseded), the decision on a held query, the delivery of a message, and leases, which
come and go.
Offsets are half-open, in code points of ``documents.text``. A new database is made of these
tables, an older one becomes it by migrations; a test holds that the two are the same.
"""

from db.tables.checking import checks, finding_judgements, sentence_judgements
from db.tables.columns import metadata
from db.tables.entries import (
    record_authors,
    record_corrections,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
    record_versions,
    records,
)
from db.tables.identification import (
    TOPIC_NAME_LENGTH,
    query_holds,
    search_hits,
    search_runs,
    search_strategies,
    topics,
)
from db.tables.loading import load_files, request_slots
from db.tables.machine_texts import (
    analyses,
    document_embeddings,
    findings,
    summaries,
    summary_sentences,
)
from db.tables.people import api_tokens, desk_sessions, desk_tickets, login_attempts, reviewers
from db.tables.reading import (
    generations,
    reading_leases,
    reading_runs,
    readings,
    reread_requests,
    routes,
)
from db.tables.retrieval import (
    document_references,
    documents,
    reports,
    retrievals,
    sections,
    sub_articles,
)
from db.tables.screening import (
    decision_imports,
    screening_claims,
    screening_decisions,
    screening_protocols,
)
from db.tables.surveillance import (
    alerts,
    deleted_pmids,
    duplicate_findings,
    publication_status_changes,
    record_failures,
    topic_records,
)
from db.tables.telling import notification_deliveries, notification_items, notifications

__all__ = [
    "TOPIC_NAME_LENGTH",
    "alerts",
    "analyses",
    "api_tokens",
    "checks",
    "decision_imports",
    "deleted_pmids",
    "desk_sessions",
    "desk_tickets",
    "document_embeddings",
    "document_references",
    "documents",
    "duplicate_findings",
    "finding_judgements",
    "findings",
    "generations",
    "load_files",
    "login_attempts",
    "metadata",
    "notification_deliveries",
    "notification_items",
    "notifications",
    "publication_status_changes",
    "query_holds",
    "reading_leases",
    "reading_runs",
    "readings",
    "record_authors",
    "record_corrections",
    "record_failures",
    "record_keywords",
    "record_mesh_headings",
    "record_publication_types",
    "record_versions",
    "records",
    "reports",
    "request_slots",
    "reread_requests",
    "retrievals",
    "reviewers",
    "routes",
    "screening_claims",
    "screening_decisions",
    "screening_protocols",
    "search_hits",
    "search_runs",
    "search_strategies",
    "sections",
    "sentence_judgements",
    "sub_articles",
    "summaries",
    "summary_sentences",
    "topic_records",
    "topics",
]
