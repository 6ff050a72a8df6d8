"""Documents and their sections: storing each text once, and loading it as it was.

What a reader does not need, the reference list and the sub-articles, is stored with the text and
loaded apart (`load_references`, `load_sub_articles`). Which document belongs to which version or
report is kept by ``db.records`` and ``db.reports``.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from db.tables import document_references, documents, sections, sub_articles
from db.writing import add_rows, batches
from litsweep.domain.documents import Document, Licence, Reference, Section, Span, SubArticle
from litsweep.errors import UsageError


def save_documents(
    conn: Connection, texts: Mapping[int, Document], *, now: datetime
) -> dict[int, int]:
    """Store one document a record and return the documents' numbers, both by record.

    A document that reads like one that the record has already is that one: a record that was
    only indexed anew is so not read again.
    """
    hashes = {record_id: content_sha256(document) for record_id, document in texts.items()}
    wanted = set(hashes.items())
    before = _find(conn, wanted)
    missing = {key: texts[key[0]] for key in sorted(wanted - before.keys())}
    add_rows(
        conn,
        documents,
        [_document_row(key[0], document, key[1], now) for key, document in missing.items()],
    )
    after = _find(conn, wanted)
    for table, rows_of in _PARTS:
        rows = [row for key, document in missing.items() for row in rows_of(after[key], document)]
        add_rows(conn, table, rows)
    return {record_id: after[record_id, sha256] for record_id, sha256 in hashes.items()}


def load_documents(conn: Connection, document_ids: Sequence[int]) -> list[tuple[int, Document]]:
    """Return the documents with their numbers, in the order asked for.

    Without references and sub-articles, which nothing reads and which outweigh many a text.

    Raises:
        UsageError: there is no document of one of these numbers.
    """
    rows: dict[int, Row[Any]] = {}
    parts: dict[int, list[Section]] = defaultdict(list)
    for batch in batches(document_ids):
        numbers = {"numbers": batch}
        rows |= {row.document_id: row for row in conn.execute(_DOCUMENTS, numbers)}
        for part in conn.execute(_SECTIONS, numbers):
            parts[part.document_id].append(_build_section(part))
    missing = [str(number) for number in document_ids if number not in rows]
    if missing:
        raise UsageError(f"There is no document {', '.join(missing)}.")
    return [(number, _build_document(rows[number], parts[number])) for number in document_ids]


def load_references(conn: Connection, document_id: int) -> tuple[Reference, ...]:
    """Return the document's reference list, in its order."""
    statement = (
        select(document_references)
        .where(document_references.c.document_id == document_id)
        .order_by(document_references.c.position)
    )
    return tuple(
        Reference(
            text=row.text,
            label=row.label,
            pmid=row.pmid,
            pmcid=row.pmcid,
            doi=row.doi,
            year=row.year,
            publication_type=row.publication_type,
        )
        for row in conn.execute(statement)
    )


def load_sub_articles(conn: Connection, document_id: int) -> tuple[SubArticle, ...]:
    """Return the texts printed with the document, in their order."""
    statement = (
        select(sub_articles)
        .where(sub_articles.c.document_id == document_id)
        .order_by(sub_articles.c.position)
    )
    return tuple(
        SubArticle(
            article_type=row.article_type, title=row.title, text=row.text, language=row.language
        )
        for row in conn.execute(statement)
    )


def content_sha256(document: Document) -> str:
    """Hash all that a reading depends on; identifiers and licence may change without it."""
    content = [
        document.kind,
        document.title,
        document.text,
        document.language,
        document.article_type,
        document.has_body,
        [[part.kind, part.title, part.depth, *_ends(part.span)] for part in document.sections],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _find(conn: Connection, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for batch in batches(sorted(wanted)):
        statement = select(
            documents.c.record_id, documents.c.content_sha256, documents.c.document_id
        ).where(
            documents.c.record_id.in_({record_id for record_id, _ in batch}),
            documents.c.content_sha256.in_({sha256 for _, sha256 in batch}),
        )
        found |= {(row[0], row[1]): row[2] for row in conn.execute(statement)}
    return found


def _document_row(
    record_id: int, document: Document, content: str, now: datetime
) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "record_id": record_id,
        "title": document.title,
        "text": document.text,
        "text_sha256": document.text_sha256,
        "content_sha256": content,
        "language": document.language,
        "article_type": document.article_type,
        "pmid": document.pmid,
        "pmcid": document.pmcid,
        "doi": document.doi,
        "licence_code": document.licence.code,
        "licence_url": document.licence.url,
        "licence_text": document.licence.text,
        "has_body": document.has_body,
        "parsed_at": now,
    }


def _section_rows(document_id: int, document: Document) -> Iterator[dict[str, Any]]:
    for position, part in enumerate(document.sections):
        yield {
            "document_id": document_id,
            "position": position,
            "kind": part.kind,
            "title": part.title,
            "depth": part.depth,
            "start_offset": part.span.start,
            "end_offset": part.span.end,
        }


def _reference_rows(document_id: int, document: Document) -> Iterator[dict[str, Any]]:
    for position, reference in enumerate(document.references):
        yield {"document_id": document_id, "position": position, **asdict(reference)}


def _sub_article_rows(document_id: int, document: Document) -> Iterator[dict[str, Any]]:
    for position, sub_article in enumerate(document.sub_articles):
        yield {"document_id": document_id, "position": position, **asdict(sub_article)}


_PARTS: Final = (
    (sections, _section_rows),
    (document_references, _reference_rows),
    (sub_articles, _sub_article_rows),
)


def _build_document(row: Row[Any], parts: Sequence[Section]) -> Document:
    return Document(
        kind=row.kind,
        title=row.title,
        text=row.text,
        sections=tuple(parts),
        language=row.language,
        article_type=row.article_type,
        pmid=row.pmid,
        pmcid=row.pmcid,
        doi=row.doi,
        licence=Licence(code=row.licence_code, url=row.licence_url, text=row.licence_text),
        has_body=row.has_body,
    )


def _build_section(row: Row[Any]) -> Section:
    return Section(
        kind=row.kind,
        title=row.title,
        depth=row.depth,
        span=Span(row.start_offset, row.end_offset),
    )


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_DOCUMENTS: Final = select(documents).where(documents.c.document_id.in_(_NUMBERS))
_SECTIONS: Final = (
    select(sections)
    .where(sections.c.document_id.in_(_NUMBERS))
    .order_by(sections.c.document_id, sections.c.position)
)
