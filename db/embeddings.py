"""Vectors of meaning: which current abstracts have none yet, storing them, and loading all.

A vector belongs to a document. A text that changes is another document, so that no vector is
ever of an older text; those of older texts are left and not looked at. Making vectors is not
done here, comparing them is ``db.similar``'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from db.duplicates import is_shown
from db.membership import is_among
from db.readings import select_current, stands_for
from db.records import in_topic
from db.tables import document_embeddings, documents, records
from db.writing import add_missing, batches
from litsweep.domain.documents import DocumentKind
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep.searching.nearest import Matrix, Vector

_STORED: Final = np.dtype("<f4")
_ROWS_AT_ONCE: Final = 1000
# A vector of float32 that was scaled to length 1 is so to seven digits.
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the current abstracts of a topic, or of all, have a vector of an encoder."""

    n_documents: int
    n_embedded: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """The vectors of many records: row *i* of ``matrix`` is that of ``record_ids[i]``.

    ``days`` are the days of publication as ``date.toordinal`` counts them, 0 where unknown.
    ``damaged`` are the documents whose vectors are of no use and are not among these, and
    ``n_missing`` counts the records that have none.
    """

    record_ids: npt.NDArray[np.int64]
    days: npt.NDArray[np.int64]
    matrix: Matrix
    damaged: tuple[int, ...]
    n_missing: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedVectors:
    """Row *i* of ``matrix`` is that of ``document_ids[i]``; ``damaged`` have one of no use."""

    document_ids: npt.NDArray[np.int64]
    matrix: Matrix
    damaged: tuple[int, ...]


def list_unembedded(
    conn: Connection, encoder: str, *, topic: str | None = None, limit: int | None = None
) -> list[int]:
    """Return the numbers of the current abstracts without a vector of ``encoder``, newest first.

    A text that is empty has no meaning to compare. Of a duplicate none is made unless the kept
    record lacks an abstract, and none of what PubMed deleted.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = (
        _select_embeddable(conn, topic)
        .where(~_has_vector(document_embeddings.c.encoder == encoder))
        .order_by(records.c.publication_date.desc().nulls_last(), records.c.record_id.desc())
        .limit(limit)
    )
    return list(conn.scalars(statement))


def is_complete(conn: Connection, encoder_prefix: str, *, topic: str | None = None) -> bool:
    """Tell whether each abstract has a vector of an encoder whose name begins so.

    Raises:
        UnknownTopic: no topic has this name.
    """
    has_one = _has_vector(_begins_with(encoder_prefix))
    missing = _select_embeddable(conn, topic).where(~has_one).limit(1)
    return conn.execute(missing).first() is None


def count_coverage(conn: Connection, encoder: str, *, topic: str | None = None) -> Coverage:
    """Count the abstracts that a search by meaning could find, and those that it can.

    Raises:
        UnknownTopic: no topic has this name.
    """
    wanted = _select_embeddable(conn, topic)
    return Coverage(
        n_documents=_count(conn, wanted),
        n_embedded=_count(
            conn, wanted.where(_has_vector(document_embeddings.c.encoder == encoder))
        ),
    )


def list_missing(conn: Connection, encoder: str, document_ids: Sequence[int]) -> list[int]:
    """Return those of ``document_ids`` that have no vector of ``encoder``, in their order."""
    embedded: set[int] = set()
    for batch in batches(document_ids):
        statement = select(document_embeddings.c.document_id).where(
            document_embeddings.c.encoder == encoder,
            document_embeddings.c.document_id.in_(batch),
        )
        embedded.update(conn.scalars(statement))
    return [number for number in document_ids if number not in embedded]


def save_vectors(
    conn: Connection, encoder: str, vectors: Mapping[int, Vector], *, now: datetime
) -> int:
    """Store one unit vector a document, and return how many of them were new.

    A document that has a vector of this encoder keeps it: another worker was faster.

    Raises:
        UsageError: a vector is no unit vector; nothing is stored.
    """
    new = list_missing(conn, encoder, list(vectors))
    rows = [
        {
            "document_id": number,
            "encoder": encoder,
            "n_dimensions": len(vectors[number]),
            "vector": _to_bytes(vectors[number]),
            "embedded_at": now,
        }
        for number in new
    ]
    add_missing(conn, document_embeddings, rows)
    return len(rows)


def remove_vectors(conn: Connection, encoder: str, document_ids: Sequence[int]) -> None:
    """Remove the vectors of these documents, so that they are made anew."""
    for batch in batches(document_ids):
        conn.execute(
            document_embeddings.delete().where(
                document_embeddings.c.encoder == encoder,
                document_embeddings.c.document_id.in_(batch),
            )
        )


def find_vector(
    conn: Connection, record_id: int, *, encoder_prefix: str
) -> tuple[str, Vector] | None:
    """Return the newest vector of the record's current abstract, and its encoder's whole name.

    Only of encoders whose name begins with ``encoder_prefix``. None where there is none, or a
    damaged one.
    """
    statement = (
        select_current(DocumentKind.ABSTRACT)
        .with_only_columns(
            document_embeddings.c.document_id,
            document_embeddings.c.encoder,
            document_embeddings.c.n_dimensions,
            document_embeddings.c.vector,
        )
        .join(document_embeddings, document_embeddings.c.document_id == documents.c.document_id)
        .where(
            records.c.record_id == record_id,
            _begins_with(encoder_prefix),
        )
        .order_by(document_embeddings.c.embedded_at.desc(), document_embeddings.c.encoder)
    )
    for row in conn.execute(statement):
        vectors, is_sound = _from_bytes([row.vector], row.n_dimensions)
        if is_sound.all():
            return row.encoder, vectors[0]
    return None


def load_vectors(
    conn: Connection,
    encoder: str,
    n_dimensions: int,
    *,
    topic: str | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> Vectors:
    """Return the vectors of an encoder for the records that are shown of a topic, or of all.

    ``where`` are further conditions on ``records``. Takes 4 bytes a dimension and vector, and
    no second copy: 150 MB for 100,000 of 384 dimensions.

    Raises:
        UnknownTopic: no topic has this name.
    """
    most = _count_vectors(conn, encoder)
    # What is not filled is never touched, and takes no memory.
    matrix = np.empty((most, n_dimensions), dtype=np.float32)
    record_ids, days = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    damaged: list[int] = []
    n = n_missing = 0
    statement = _select_vectors(conn, encoder, topic).where(*where)
    found = conn.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE})
    for part in found.partitions():
        rows = [row for row in part if row.vector is not None]
        n_missing += len(part) - len(rows)
        vectors, is_sound = _from_bytes([row.vector for row in rows], n_dimensions)
        damaged += [row.document_id for row, sound in zip(rows, is_sound, strict=True) if not sound]
        place = slice(n, n + int(is_sound.sum()))
        matrix[place] = vectors[is_sound]
        record_ids[place] = np.array([row.record_id for row in rows], dtype=np.int64)[is_sound]
        ordinals = [_to_ordinal(row.publication_date) for row in rows]
        days[place] = np.array(ordinals, dtype=np.int64)[is_sound]
        n = place.stop
    return Vectors(
        record_ids=record_ids[:n],
        days=days[:n],
        matrix=matrix[:n],
        damaged=tuple(sorted(damaged)),
        n_missing=n_missing,
    )


def load_of(
    conn: Connection, encoder: str, document_ids: Sequence[int], n_dimensions: int
) -> LoadedVectors:
    """Return the vectors of an encoder for these documents, whatever they are documents of."""
    loaded: list[Matrix] = []
    numbers: list[int] = []
    damaged: list[int] = []
    for batch in batches(document_ids, _ROWS_AT_ONCE):
        stored = document_embeddings.c
        statement = select(stored.document_id, stored.vector).where(
            stored.encoder == encoder, is_among(conn, stored.document_id, batch)
        )
        rows = conn.execute(statement).all()
        vectors, is_sound = _from_bytes([row.vector for row in rows], n_dimensions)
        loaded.append(vectors[is_sound])
        for row, sound in zip(rows, is_sound, strict=True):
            (numbers if sound else damaged).append(row.document_id)
    return LoadedVectors(
        document_ids=np.array(numbers, dtype=np.int64),
        matrix=np.concatenate(loaded) if loaded else np.empty((0, n_dimensions), np.float32),
        damaged=tuple(damaged),
    )


def _select_embeddable(conn: Connection, topic: str | None) -> Select[int]:
    return select_current(DocumentKind.ABSTRACT).where(
        in_topic(conn, topic),
        is_shown(conn, topic, stands_for(DocumentKind.ABSTRACT)),
        records.c.publication_status != PublicationStatus.DELETED,
        documents.c.text != "",
    )


def _select_vectors(conn: Connection, encoder: str, topic: str | None) -> Select[Any]:
    """Return the query for each record that is shown, with its vector or null."""
    is_its_vector = (document_embeddings.c.document_id == documents.c.document_id) & (
        document_embeddings.c.encoder == encoder
    )
    return (
        select_current(DocumentKind.ABSTRACT)
        .with_only_columns(
            records.c.record_id,
            records.c.publication_date,
            documents.c.document_id,
            document_embeddings.c.vector,
        )
        .outerjoin(document_embeddings, is_its_vector)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic),
            records.c.publication_status != PublicationStatus.DELETED,
            or_(document_embeddings.c.vector.is_not(None), documents.c.text != ""),
        )
    )


def _begins_with(encoder_prefix: str) -> ColumnElement[bool]:
    return document_embeddings.c.encoder.startswith(encoder_prefix, autoescape=True)


def _has_vector(is_encoder: ColumnElement[bool]) -> ColumnElement[bool]:
    of_document = document_embeddings.c.document_id == documents.c.document_id
    return exists().where(of_document, is_encoder).correlate(documents)


def _count_vectors(conn: Connection, encoder: str) -> int:
    return _count(
        conn,
        select(document_embeddings.c.document_id).where(document_embeddings.c.encoder == encoder),
    )


def _count(conn: Connection, statement: Select[Any]) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _to_bytes(vector: Vector) -> bytes:
    stored = np.asarray(vector, dtype=_STORED)
    length = float(np.linalg.norm(stored))
    if not abs(length - 1) < _TOLERANCE:
        raise UsageError(f"A vector of length {length} is no unit vector; nothing was stored.")
    return stored.tobytes()


def _from_bytes(stored: Sequence[bytes], n_dimensions: int) -> tuple[Matrix, npt.NDArray[np.bool_]]:
    """Return the vectors ``[len(stored), n_dimensions]``, and which of them are sound."""
    blank = bytes(n_dimensions * _STORED.itemsize)
    fits = np.array([len(one) == len(blank) for one in stored], dtype=bool)
    data = b"".join(one if fit else blank for one, fit in zip(stored, fits, strict=True))
    vectors = np.frombuffer(data, dtype=_STORED).reshape(len(stored), n_dimensions)
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        return vectors, fits & (np.abs(lengths - 1) < _TOLERANCE)


def _to_ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0
