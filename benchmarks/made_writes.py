"""Made records by the thousand, and the rows that they become, for benchmarks of writing.

Proportions are those of 30,000 real records: 5 authors, 6 headings, 3 keywords, about 20 rows
and 10 kB of XML a record. The XML is that of the sample data, so that it shrinks as XML does.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle
from typing import Any, Final

from sqlalchemy import Table

from benchmarks.made_records import make_distinct, read_records
from db.documents import content_sha256
from db.record_rows import child_rows, record_row
from db.tables import documents, record_versions, records, search_hits, sections, topic_records
from litsweep.domain.loads import FileFormat
from litsweep.domain.records import (
    AbstractPart,
    Author,
    DatePrecision,
    FetchedRecord,
    Journal,
    Keyword,
    MeshHeading,
    PublicationDate,
    PublicationType,
    Record,
)
from litsweep.domain.strategies import HitOrigin, HitState, SearchRoute
from litsweep.parsing.abstracts import build_document
from litsweep_app.sandbox import sample_data

NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
"""When all of it was stored."""

N_AUTHORS, N_HEADINGS, N_KEYWORDS, N_BYTES = 5, 6, 3, 10_000

Rows = dict[Table, list[dict[str, Any]]]


def iter_batches(number: int, size: int) -> Iterator[list[FetchedRecord]]:
    """Iterate over records with the PMIDs 1 to ``number``, each of a publication of its own.

    In batches of ``size``; the same ones each time.
    """
    chance = random.Random(20261122)
    words = [_make_word(chance) for _ in range(20_000)]
    sources = cycle([raw * (N_BYTES // len(raw) + 1) for raw in read_records(sample_data())])
    for first in range(1, number + 1, size):
        yield [
            FetchedRecord(
                record=_make_record(chance, words, pmid),
                raw_xml=make_distinct(next(sources)[:N_BYTES], pmid),
            )
            for pmid in range(first, min(first + size, number + 1))
        ]


def make_rows(fetched: Sequence[FetchedRecord], topic_id: int, run_id: int) -> Rows:
    """Return the rows of records that are stored for the first time, parents first."""
    rows: Rows = {table: [] for table in (records, documents, sections, record_versions)}
    for each in fetched:
        number = each.record.pmid
        for table, row in _iter_rows(each, number, topic_id, run_id):
            rows.setdefault(table, []).append(row)
    return rows


def _iter_rows(
    fetched: FetchedRecord, number: int, topic_id: int, run_id: int
) -> Iterator[tuple[Table, dict[str, Any]]]:
    row = record_row(fetched, version=1, raw_sha256=fetched.raw_sha256, now=NOW)
    yield records, {"record_id": number} | row
    yield from _iter_document_rows(fetched, number)
    yield record_versions, _version_row(fetched, number, run_id)
    yield from child_rows(number, fetched.record)
    arrival = {"search_run_id": run_id, "load_file_id": None}
    yield (
        topic_records,
        {"topic_id": topic_id, "record_id": number, "route": SearchRoute.CREATED, **arrival}
        | {"found_at": NOW, "is_late": False, "lag_days": 0},
    )
    yield (
        search_hits,
        {"search_run_id": run_id, "pmid": number, "origin": HitOrigin.SEARCH}
        | {"state": HitState.NEW, "reason": None},
    )


def _iter_document_rows(
    fetched: FetchedRecord, number: int
) -> Iterator[tuple[Table, dict[str, Any]]]:
    document = build_document(fetched.record)
    names = ("kind", "title", "text", "text_sha256", "language", "article_type")
    own = {name: getattr(document, name) for name in (*names, "pmid", "pmcid", "doi", "has_body")}
    licence = {"licence_code": None, "licence_url": None, "licence_text": None}
    keys = {"document_id": number, "record_id": number}
    content = content_sha256(document)
    yield documents, keys | own | licence | {"content_sha256": content, "parsed_at": NOW}
    for position, part in enumerate(document.sections):
        yield (
            sections,
            {"document_id": number, "position": position, "kind": part.kind, "title": part.title}
            | {"depth": part.depth, "start_offset": part.span.start, "end_offset": part.span.end},
        )


def _version_row(fetched: FetchedRecord, number: int, run_id: int) -> dict[str, Any]:
    return {
        "record_id": number,
        "version": 1,
        "pmid_version": 1,
        "raw": fetched.raw_xml,
        "raw_format": FileFormat.PUBMED_XML,
        "raw_sha256": fetched.raw_sha256,
        "changes": [],
        "unknown_elements": [],
        "document_id": number,
        "search_run_id": run_id,
        "load_file_id": None,
        "fetched_at": NOW,
        "tool_version": "bench",
    }


def _make_record(chance: random.Random, words: Sequence[str], pmid: int) -> Record:
    def text(n_words: int) -> str:
        return " ".join(chance.choices(words, k=n_words))

    parts = tuple(
        AbstractPart(label=label, nlm_category=None, text=text(100))
        for label in ("METHODS", "RESULTS")
    )
    return replace(_RECORD, pmid=pmid, title=text(12), abstract=parts, doi=f"10.1000/made.{pmid}")


def _make_word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 11)))


_AUTHOR: Final = Author(
    last_name="Osler",
    fore_name="William",
    initials="W",
    suffix=None,
    collective_name=None,
    orcid=None,
    affiliations=("Department of Fiction, University of Nowhere, Nowhere.",),
)
_RECORD: Final = Record(
    pmid=1,
    pmid_version=1,
    citation_status="MEDLINE",
    is_book=False,
    title="",
    vernacular_title=None,
    abstract=(),
    other_abstracts=(),
    copyright_information=None,
    languages=("eng",),
    journal=Journal(
        title="The Journal of Fiction",
        iso_abbreviation="J Fict",
        medline_abbreviation="J Fict",
        nlm_unique_id="1",
        issn=None,
        issn_linking=None,
        volume="1",
        issue="1",
        pages="1",
    ),
    publication_date=PublicationDate(
        sortable=date(2026, 11, 1), precision=DatePrecision.MONTH, text="2026 Nov"
    ),
    created_on=NOW.date(),
    revised_on=None,
    publication_stage="ppublish",
    publication_types=(PublicationType(name="Journal Article", ui="D016428"),),
    authors=(_AUTHOR,) * N_AUTHORS,
    is_author_list_complete=True,
    investigators=(),
    doi=None,
    pmcid=None,
    other_ids=(),
    mesh_headings=(MeshHeading(name="Asthma", ui="D001249", is_major=True, qualifiers=()),)
    * N_HEADINGS,
    keywords=(Keyword(text="wheeze", owner="NOTNLM", is_major=False),) * N_KEYWORDS,
    chemicals=(),
    grants=(),
    data_banks=(),
    corrections=(),
    conflict_of_interest=None,
    n_references=30,
)
