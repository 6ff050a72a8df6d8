"""A record and what is known about it, as the API tells it."""

from datetime import date, datetime
from typing import Any

from litsweep.domain.documents import FullTextSource
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision
from litsweep_app.web.api.values import Answer


class RecordAnswer(Answer):
    """A record as its current version says; `details` is what else PubMed tells of it."""

    record_id: int
    pmid: int | None
    pmcid: str | None
    doi: str | None
    version: int
    publication_status: PublicationStatus
    duplicate_of_id: int | None
    title: str
    abstract: str
    authors: str
    journal: str | None
    publication_date: date | None
    publication_date_precision: DatePrecision
    publication_date_text: str
    language: str
    publication_types: str
    is_book: bool
    created_on: date | None
    revised_on: date | None
    first_seen_at: datetime
    updated_at: datetime
    details: dict[str, Any]


class VersionAnswer(Answer):
    """One state in which a record was seen, and what changed with it."""

    version: int
    pmid_version: int
    raw_sha256: str
    changes: list[dict[str, str]]
    search_run_id: int | None
    load_file_id: int | None
    fetched_at: datetime
    tool_version: str


class StatusChangeAnswer(Answer):
    """The publication status became another one, for these reasons."""

    old_status: PublicationStatus
    new_status: PublicationStatus
    reasons: list[str]
    changed_at: datetime


class LinkAnswer(Answer):
    """A tie to another publication; `is_own` tells whether this record speaks of it."""

    ref_type: str
    is_own: bool
    pmid: int | None
    doi: str | None
    citation: str | None
    note: str | None
    title: str | None
    publication_status: PublicationStatus | None


class DuplicateAnswer(Answer):
    """Why a record counts as a duplicate of another, which is kept; `undone_at` if taken back."""

    record_id: int
    kept_id: int
    rule: str
    score: float | None
    reason: str
    found_by: str
    found_at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None


class RetrievalAnswer(Answer):
    """The last attempt to obtain the full text; `reason` says why there is none."""

    pmcid: str
    reason: str | None
    is_final: bool
    attempted_at: datetime
    source: FullTextSource | None
    url: str | None
    licence_code: str | None
    may_export: bool | None


class FoundAnswer(Answer):
    """A record in a list."""

    record_id: int
    pmid: int | None
    publication_status: PublicationStatus
    title: str
    authors: str
    journal: str | None
    publication_date_text: str
    doi: str | None
    pmcid: str | None
