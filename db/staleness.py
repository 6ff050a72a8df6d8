"""Readings that fell behind: what was read is no longer what the record or its report says.

A stale reading stays; the newer text is read beside it.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from db.tables import documents, readings
from litsweep.domain.documents import DocumentKind


def mark_stale(
    conn: Connection,
    current: Mapping[int, int],
    now: datetime,
    *,
    kind: DocumentKind = DocumentKind.ABSTRACT,
) -> None:
    """Mark the readings of each record's documents of a kind, but for those of the current one.

    ``current`` maps records to their current documents. A text that came back is not stale.
    """
    for record_id, document_id in current.items():
        others = select(documents.c.document_id).where(
            documents.c.record_id == record_id,
            documents.c.kind == kind,
            documents.c.document_id != document_id,
        )
        conn.execute(
            readings.update()
            .where(readings.c.document_id.in_(others), readings.c.stale_since.is_(None))
            .values(stale_since=now)
        )
        conn.execute(
            readings.update()
            .where(readings.c.document_id == document_id, readings.c.stale_since.is_not(None))
            .values(stale_since=None)
        )
