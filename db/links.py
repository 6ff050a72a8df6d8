"""How a stored record is tied to others: corrections from both sides, preprints.

Ties are resolved when they are read, by PMID or DOI, so that it does not matter which side came
first. What they do to a publication's status is in ``db.statuses``.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from db.tables import record_corrections, records
from litsweep.domain.publication_status import PublicationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A tie between a record and another publication.

    ``ref_type`` is what the one that speaks says of the other (PubMed's RefType); ``is_own``
    tells whether the record itself speaks. ``pmid``, ``title`` and ``publication_status`` are
    the other's; the last two only where it is stored here.
    ``citation`` and ``note`` are as the one that speaks gives them.
    """

    ref_type: str
    is_own: bool
    pmid: int | None
    doi: str | None
    citation: str | None
    note: str | None
    title: str | None
    publication_status: PublicationStatus | None

    @property
    def is_stored(self) -> bool:
        """Whether the other publication is in this database."""
        return self.title is not None


def list_links(conn: Connection, record_id: int) -> list[Link]:
    """Return what a record says of others, in its order, then what others say of it."""
    own = conn.execute(_OWN, {"number": record_id}).mappings()
    of_others = conn.execute(_OF_OTHERS, {"number": record_id}).mappings()
    links = [Link(is_own=True, **row) for row in own]
    return links + [Link(is_own=False, **row) for row in of_others]


def _select_own(record_id: ColumnElement[int]) -> Select[Any]:
    other = records.alias("other")
    return (
        select(
            record_corrections.c.ref_type,
            func.coalesce(record_corrections.c.pmid, other.c.pmid).label("pmid"),
            record_corrections.c.doi,
            record_corrections.c.ref_source.label("citation"),
            record_corrections.c.note,
            other.c.title,
            other.c.publication_status,
        )
        .outerjoin(other, _points_at(other) & (other.c.record_id != record_id))
        .where(record_corrections.c.record_id == record_id)
        .order_by(record_corrections.c.position, other.c.record_id)
    )


def _select_of_others(record_id: ColumnElement[int]) -> Select[Any]:
    this = records.alias("this")
    return (
        select(
            record_corrections.c.ref_type,
            records.c.pmid,
            records.c.doi,
            record_corrections.c.ref_source.label("citation"),
            record_corrections.c.note,
            records.c.title,
            records.c.publication_status,
        )
        .select_from(this)
        .join(record_corrections, _points_at(this))
        .join(records, records.c.record_id == record_corrections.c.record_id)
        .where(this.c.record_id == record_id, records.c.record_id != record_id)
        .order_by(records.c.record_id, record_corrections.c.position)
    )


def _points_at(aimed_at: FromClause) -> ColumnElement[bool]:
    # Two stored records can have one DOI, and duplicates do: the PMID decides where there is one.
    return or_(
        record_corrections.c.pmid == aimed_at.c.pmid,
        and_(record_corrections.c.pmid.is_(None), record_corrections.c.doi == aimed_at.c.doi),
    )


# Built once: building them takes ten times as long as asking them.
_OWN: Final = _select_own(bindparam("number", type_=Integer))
_OF_OTHERS: Final = _select_of_others(bindparam("number", type_=Integer))
