"""A database of any number of records with vectors, whose rows are as wide as real ones."""

import hashlib
import random
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Table

from db.embeddings import save_vectors
from db.engine import Database, open_database
from db.tables import documents, load_files, record_versions, records, topic_records
from db.topics import add_topic
from litsweep.domain.documents import DocumentKind
from litsweep.domain.loads import FileFormat, LoadStatus
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision
from litsweep.domain.strategies import SearchRoute

ENCODER = "example/random@0"
N_DIMENSIONS = 384
_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1)
_BATCH = 1000
# Means of real records: an abstract of 1,500 characters, XML that zlib shrinks to 6 kB.
_ABSTRACT, _RAW = 1_500, 6_000


def make_database(url: str, n_records: int) -> Database:
    """Make a database of ``n_records`` records of the topic ``made``, each with a random vector."""
    database = open_database(url, create=True)
    chance = np.random.default_rng(20261122)
    words = random.Random(20261122)
    with database.writing() as conn:
        topic = add_topic(conn, name="made", query="x", author="bench", reason="bench")
        conn.execute(load_files.insert().values(_FILE))
    for start in range(1, n_records + 1, _BATCH):
        numbers = range(start, min(start + _BATCH, n_records + 1))
        vectors = chance.normal(size=(len(numbers), N_DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with database.writing() as conn:
            for table, rows in _make_rows(numbers, words, topic.topic_id):
                conn.execute(table.insert(), rows)
            save_vectors(conn, ENCODER, dict(zip(numbers, vectors, strict=True)), now=_NOW)
    return database


def _make_rows(
    numbers: range, chance: random.Random, topic_id: int
) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    texts = {
        number: "".join(chance.choices(string.ascii_letters, k=_ABSTRACT)) for number in numbers
    }
    yield records, [_record(number, texts[number]) for number in numbers]
    yield documents, [_document(number, texts[number]) for number in numbers]
    yield record_versions, [_version(number, chance.randbytes(_RAW)) for number in numbers]
    found = {"topic_id": topic_id, "route": SearchRoute.LOADED, "is_late": False}
    came = {"found_at": _NOW, "load_file_id": 1}
    yield topic_records, [found | came | {"record_id": number} for number in numbers]


def _record(number: int, abstract: str) -> dict[str, Any]:
    return {
        "record_id": number,
        "pmid": number,
        "version": 1,
        "publication_status": PublicationStatus.AS_PUBLISHED,
        "raw_sha256": _sha256(number),
        "title": f"Title {number}",
        "abstract": abstract,
        "authors": "Osler W",
        "publication_date": _FIRST_DAY + timedelta(days=number % 9000),
        "publication_date_precision": DatePrecision.DAY,
        "publication_date_text": "",
        "language": "eng",
        "publication_types": "Journal Article",
        "is_book": False,
        "details": {},
        "first_seen_at": _NOW,
        "updated_at": _NOW,
    }


def _document(number: int, abstract: str) -> dict[str, Any]:
    return {
        "document_id": number,
        "kind": DocumentKind.ABSTRACT,
        "record_id": number,
        "title": f"Title {number}",
        "text": f"Title {number}\n{abstract}",
        "text_sha256": _sha256(number),
        "content_sha256": _sha256(number),
        "language": "eng",
        "pmid": number,
        "has_body": True,
        "parsed_at": _NOW,
    }


def _version(number: int, raw: bytes) -> dict[str, Any]:
    return {
        "record_id": number,
        "version": 1,
        "pmid_version": 1,
        "raw": raw,
        "raw_format": FileFormat.PUBMED_XML,
        "raw_sha256": _sha256(number),
        "changes": [],
        "unknown_elements": {},
        "load_file_id": 1,
        "document_id": number,
        "fetched_at": _NOW,
        "tool_version": "bench",
    }


_FILE = {
    "load_file_id": 1,
    "name": "made",
    "file_format": FileFormat.PUBMED_XML,
    "sha256": "0" * 64,
    "status": LoadStatus.COMPLETE,
    "owner": "bench",
    **dict.fromkeys(("n_done", "n_new", "n_changed", "n_unchanged", "n_failed", "n_deleted"), 0),
    "tool_version": "bench",
    "started_at": _NOW,
    "finished_at": _NOW,
}


def _sha256(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()
