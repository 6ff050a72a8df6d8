"""Records that are alike in meaning: to a text, or to another record. By comparing all vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from db.embeddings import load_vectors
from db.search import FoundRecord
from db.search_filters import SearchFilters, list_conditions, list_days
from db.tables import records
from db.writing import batches
from litsweep.searching.nearest import Vector, find_nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A record and how near it is: the cosine of two vectors, 1 the same, 0 nothing in common."""

    record_id: int
    nearness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was found, the nearest first, among how many records.

    ``n_missing`` have no vector yet; ``damaged`` are the documents whose vectors cannot be used.
    """

    found: tuple[Alike, ...]
    n_compared: int
    n_missing: int
    damaged: tuple[int, ...]


def rank_by_meaning(
    conn: Connection,
    vector: Vector,
    encoder: str,
    *,
    topic: str | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    limit: int = 20,
) -> Comparison:
    """Return the records whose title and abstract are nearest to ``vector``, made by ``encoder``.

    ``where`` are further conditions on ``records``. Deleted records and duplicates are left
    out; of two that are equally near the later published comes first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    stored = load_vectors(conn, encoder, len(vector), topic=topic, where=where)
    # The publication day, then the number: as the full-text index orders them.
    newness = (stored.days << 32) | stored.record_ids
    nearest = find_nearest(stored.matrix, vector, newness, limit)
    return Comparison(
        found=tuple(
            Alike(record_id=int(stored.record_ids[row]), nearness=nearness)
            for row, nearness in nearest
        ),
        n_compared=len(stored.record_ids),
        n_missing=stored.n_missing,
        damaged=stored.damaged,
    )


def list_similar(
    conn: Connection,
    record_id: int,
    vector: Vector,
    encoder: str,
    *,
    topic: str | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    limit: int = 20,
) -> Comparison:
    """Return the records most like one whose vector is given: not itself, nor its duplicates.

    Raises:
        UnknownTopic: no topic has this name.
    """
    is_other = list_others(conn, record_id)
    return rank_by_meaning(
        conn, vector, encoder, topic=topic, where=(*where, is_other), limit=limit
    )


def list_others(conn: Connection, record_id: int) -> ColumnElement[bool]:
    """Return the condition on ``records`` that it is not this one, nor a duplicate of it."""
    kept = select(func.coalesce(records.c.duplicate_of_id, records.c.record_id)).where(
        records.c.record_id == record_id
    )
    group = conn.scalar(kept)
    return and_(
        records.c.record_id != group,
        func.coalesce(records.c.duplicate_of_id, records.c.record_id) != group,
    )


def list_wanted(conn: Connection, filters: SearchFilters) -> list[ColumnElement[bool]]:
    """Return what a search is narrowed by, its topic apart, as conditions on ``records``.

    Duplicates are left out by `rank_by_meaning`, whatever ``with_duplicates`` says.

    Raises:
        UnknownTopic: no topic has this name.
    """
    # In the index the dates are part of the key; here they are a column.
    undated = replace(filters, since=None, until=None)
    wanted = list_conditions(conn, undated, literal(0), records.c.record_id)
    return [*wanted, *list_days(filters)]


def list_in_order(conn: Connection, record_ids: Sequence[int]) -> list[FoundRecord]:
    """Return the lines of a list of records, in the order of ``record_ids``."""
    columns = [records.c[field.name] for field in fields(FoundRecord)]
    found: dict[int, FoundRecord] = {}
    for batch in batches(record_ids):
        statement = select(*columns).where(records.c.record_id.in_(batch))
        found |= {
            row["record_id"]: FoundRecord(**row) for row in conn.execute(statement).mappings()
        }
    return [found[number] for number in record_ids if number in found]
