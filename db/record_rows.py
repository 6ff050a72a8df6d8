"""A Record as rows: which field goes into which column. Pure; it touches no database.

Fields that people search or join by have columns or tables of their own; the others are
kept as JSON in ``records.details``, under the names that they have in ``Record``.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import JSON, Table

from db.tables import (
    record_authors,
    record_corrections,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
)
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import FetchedRecord, Record
from litsweep.matching.titles import title_key

CHILD_TABLES = (
    record_authors,
    record_mesh_headings,
    record_publication_types,
    record_keywords,
    record_corrections,
)


def record_row(
    fetched: FetchedRecord, *, version: int, raw_sha256: str, now: datetime
) -> dict[str, Any]:
    """Return the row of ``records`` for a record that is stored as its ``version``."""
    record = fetched.record
    return {
        "pmid": record.pmid,
        "version": version,
        "publication_status": PublicationStatus.AS_PUBLISHED,
        "raw_sha256": raw_sha256,
        "title": record.title,
        "title_key": title_key(record.title),
        "abstract": record.abstract_text,
        "authors": "; ".join(author.name for author in record.authors),
        "journal": record.journal.title or record.journal.medline_abbreviation,
        "publication_date": record.publication_date.sortable,
        "publication_date_precision": record.publication_date.precision,
        "publication_date_text": record.publication_date.text,
        "language": "; ".join(record.languages),
        "publication_types": "; ".join(kind.name for kind in record.publication_types),
        "doi": record.doi,
        "pmcid": record.pmcid,
        "is_book": record.is_book,
        "created_on": record.created_on,
        "revised_on": record.revised_on,
        "details": _details(record),
        "first_seen_at": now,
        "updated_at": now,
    }


def child_rows(record_id: int, record: Record) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Iterate over the rows of the record's child tables, in the order of the record."""
    for table, nouns in (
        (record_authors, record.authors),
        (record_mesh_headings, record.mesh_headings),
        (record_publication_types, record.publication_types),
        (record_keywords, record.keywords),
        (record_corrections, record.corrections),
    ):
        names, pick, listed = _COLUMNS[table]
        for position, noun in enumerate(nouns):
            row = dict(zip(names, pick(noun), strict=True))
            for name in listed:
                row[name] = plain(row[name])
            # NLM's identifiers have ten characters; an index entry has room for some thousands.
            if len(row.get("ui") or "") > _MOST_UI_CHARACTERS:
                row["ui"] = None
            row["record_id"], row["position"] = record_id, position
            yield table, row


def _list_columns(table: Table) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[str]]:
    """Return the columns that hold a noun's fields, how to get these, and which hold lists."""
    own = [column for column in table.c if column.name not in ("record_id", "position")]
    names = [column.name for column in own]
    return names, attrgetter(*names), [one.name for one in own if isinstance(one.type, JSON)]


_COLUMNS: Final = {table: _list_columns(table) for table in CHILD_TABLES}

_MOST_UI_CHARACTERS: Final = 64

# What has columns or tables of its own; the parts' text is in records.abstract.
_ELSEWHERE: Final = frozenset(
    {
        *("pmid", "pmid_version", "title", "abstract", "doi", "pmcid", "is_book", "languages"),
        *("created_on", "revised_on", "publication_date", "publication_types", "authors"),
        *("mesh_headings", "keywords", "corrections", "references"),
    }
)
_IN_DETAILS: Final = tuple(one.name for one in fields(Record) if one.name not in _ELSEWHERE)


def _details(record: Record) -> dict[str, Any]:
    details = {name: plain(getattr(record, name)) for name in _IN_DETAILS}
    # A part without label or category adds nothing to its text.
    details["abstract_parts"] = [
        {"label": part.label, "nlm_category": part.nlm_category} for part in record.abstract
    ]
    details["nct_numbers"] = list(record.nct_numbers)
    # Half of many a record, hence as bare lists.
    details["references"] = [
        [cited.citation, cited.pmid, cited.doi, cited.pmcid] for cited in record.references
    ]
    return details


def plain(value: Any) -> Any:
    """Return a noun, or tuples of them, as JSON has it; what a noun does not say is left out."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    said = ((name, getattr(value, name)) for name in _field_names(value.__class__))
    return {name: plain(content) for name, content in said if content not in (None, ())}


@cache
def _field_names(noun: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(noun))
