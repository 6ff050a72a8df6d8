"""The current texts of one record: its newest abstract and its newest full text."""

from sqlalchemy import Connection

from db.documents import load_documents
from db.readings import select_current
from db.tables import records
from litsweep.domain.documents import Document, DocumentKind


def find_current_documents(conn: Connection, record_id: int) -> dict[DocumentKind, Document]:
    """Return the record's current document of each kind that it has."""
    found = {}
    for kind in DocumentKind:
        document_id = conn.scalar(select_current(kind).where(records.c.record_id == record_id))
        if document_id is not None:
            ((_, found[kind]),) = load_documents(conn, [document_id])
    return found
