"""What a card says of a record beside its texts: where it came from, what is tied to it.

Reading only, by the record's number; what a machine made of its texts is ``db.card_texts``'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Integer, bindparam, select

from db.duplicate_findings import DuplicateFinding, list_duplicates
from db.links import Link, list_links
from db.records import RecordVersion, StoredRecord, get_record, list_versions
from db.results import Retrieval, find_retrieval
from db.tables import load_files, record_mesh_headings, records, topic_records, topics
from db.writing import batches


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFor:
    """A topic that the record was found for: by a search run, or in a file that was loaded."""

    topic: str
    found_at: datetime
    search_run_id: int | None
    file_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A record as its index entry says, and what this database knows of it beside.

    ``mesh`` are the names of its MeSH headings; ``versions`` the first one first.
    """

    record: StoredRecord
    mesh: tuple[str, ...]
    found_for: tuple[FoundFor, ...]
    links: tuple[Link, ...]
    duplicates: tuple[DuplicateFinding, ...]
    versions: tuple[RecordVersion, ...]
    retrieval: Retrieval | None


def load_card_facts(conn: Connection, record_id: int) -> CardFacts:
    """Return what a card says of the record with this number.

    Raises:
        UnknownRecord: it was never delivered to this database.
    """
    return CardFacts(
        record=get_record(conn, record_id=record_id),
        mesh=tuple(conn.scalars(_MESH, {"number": record_id})),
        found_for=_list_found_for(conn, record_id),
        links=tuple(list_links(conn, record_id)),
        duplicates=tuple(list_duplicates(conn, about=record_id)),
        versions=tuple(list_versions(conn, record_id)),
        retrieval=find_retrieval(conn, record_id),
    )


def list_titles(conn: Connection, record_ids: Sequence[int]) -> dict[int, str]:
    """Return the titles of records by their numbers; of one that there is not, none."""
    found: dict[int, str] = {}
    for batch in batches(sorted(set(record_ids))):
        statement = select(records.c.record_id, records.c.title)
        rows = conn.execute(statement.where(records.c.record_id.in_(batch)))
        found |= {row.record_id: row.title for row in rows}
    return found


def _list_found_for(conn: Connection, record_id: int) -> tuple[FoundFor, ...]:
    rows = conn.execute(_FOUND_FOR, {"number": record_id}).mappings()
    return tuple(FoundFor(**row) for row in rows)


_NUMBER: Final = bindparam("number", type_=Integer)
_MESH: Final = (
    select(record_mesh_headings.c.name)
    .where(record_mesh_headings.c.record_id == _NUMBER)
    .order_by(record_mesh_headings.c.position)
)
_FOUND_FOR: Final = (
    select(
        topics.c.name.label("topic"),
        topic_records.c.found_at,
        topic_records.c.search_run_id,
        load_files.c.name.label("file_name"),
    )
    .join(topics, topics.c.topic_id == topic_records.c.topic_id)
    .outerjoin(load_files, load_files.c.load_file_id == topic_records.c.load_file_id)
    .where(topic_records.c.record_id == _NUMBER)
    .order_by(topics.c.name)
)
