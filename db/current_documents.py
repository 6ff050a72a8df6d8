"""The current texts of one record: its newest abstract and full text, and who is to read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam

from db.documents import load_documents
from db.readings import select_current
from db.tables import records
from db.waiting import own_choice
from litsweep.domain.documents import Document, DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentDocument:
    """A record's newest document of a kind; ``own_choice`` is what its topic names, or None."""

    document_id: int
    document: Document
    own_choice: str | None


def find_current_documents(
    conn: Connection, record_id: int, *, kinds: Sequence[DocumentKind] = tuple(DocumentKind)
) -> dict[DocumentKind, CurrentDocument]:
    """Return the record's current document of each of ``kinds`` that it has."""
    found = {}
    for kind in kinds:
        row = conn.execute(_select_current(kind), {"number": record_id}).first()
        if row is not None:
            ((document_id, document),) = load_documents(conn, [row.document_id])
            found[kind] = CurrentDocument(
                document_id=document_id, document=document, own_choice=row.own_choice
            )
    return found


@cache
def _select_current(kind: DocumentKind) -> Select[Any]:
    return (
        select_current(kind)
        .add_columns(own_choice(kind).label("own_choice"))
        .where(records.c.record_id == bindparam("number", type_=Integer))
    )
