"""What was marked as a duplicate of what, why and by whom, for people to look over.

The marks themselves are made and taken back in ``db.duplicates``.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CompoundSelect, Connection, Integer, bindparam, select, union_all

from db.records import in_topic
from db.tables import duplicate_findings, records
from litsweep.domain.publication_status import PublicationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateFinding:
    """A mark; ``kept_*`` is the record that is kept now, of one taken back the one it named.

    ``score`` is how alike the titles are, 0 to 1, and None where a person said so.
    """

    record_id: int
    pmid: int | None
    title: str
    kept_id: int
    kept_pmid: int | None
    kept_title: str
    kept_status: PublicationStatus
    rule: str
    score: float | None
    reason: str
    found_by: str
    found_at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None


def list_duplicates(
    conn: Connection,
    *,
    topic: str | None = None,
    include_undone: bool = False,
    about: int | None = None,
) -> list[DuplicateFinding]:
    """Return the marks on the records of a topic, or on all, the newest first.

    With ``about``, only those in which the record of this number is the duplicate or is kept.

    Raises:
        UnknownTopic: no topic has this name.
    """
    # Of most records there are none; asked as one, a planner reads all records to see that.
    numbers = [] if about is None else conn.scalars(_ABOUT, {"number": about}).all()
    if about is not None and not numbers:
        return []
    kept, found = records.alias("kept"), duplicate_findings.c
    stands = found.undone_at.is_(None)
    statement = (
        select(
            duplicate_findings,
            records.c.pmid,
            records.c.title,
            kept.c.record_id.label("kept_id"),
            kept.c.pmid.label("kept_pmid"),
            kept.c.title.label("kept_title"),
            kept.c.publication_status.label("kept_status"),
        )
        .join(records, records.c.record_id == found.record_id)
        .join(
            kept,
            (stands & (kept.c.record_id == records.c.duplicate_of_id))
            | (~stands & (kept.c.record_id == found.duplicate_of_id)),
        )
        .where(in_topic(conn, topic))
        .order_by(found.duplicate_finding_id.desc())
    )
    if not include_undone:
        statement = statement.where(stands)
    if about is not None:
        statement = statement.where(
            found.duplicate_finding_id.in_(numbers),
            (records.c.record_id == about) | (kept.c.record_id == about),
        )
    names = [field.name for field in fields(DuplicateFinding)]
    return [
        DuplicateFinding(**{name: row[name] for name in names})
        for row in conn.execute(statement).mappings()
    ]


def _select_about() -> CompoundSelect[Any]:
    """Return the query for the marks that may be about a record, on either side."""
    found, number = duplicate_findings.c, bindparam("number", type_=Integer)
    replaced = select(records.c.record_id).where(records.c.duplicate_of_id == number)
    sides = (
        found.record_id == number,
        found.duplicate_of_id == number,
        found.record_id.in_(replaced),
    )
    return union_all(*(select(found.duplicate_finding_id).where(side) for side in sides))


_ABOUT: Final = _select_about()


def list_numbers(conn: Connection) -> list[int]:
    """Return the numbers of all records, the first stored first."""
    return list(conn.scalars(select(records.c.record_id).order_by(records.c.record_id)))
