"""The stored records of a topic that entries of another tool's file are about.

Candidates are looked up here; which of them it is, is for ``litsweep.matching.entries`` to say.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, func, select

from db.tables import records, topic_records
from db.writing import batches
from litsweep.domain.decision_files import DecisionEntry
from litsweep.matching.entries import Match, StoredEntry, match_entry
from litsweep.matching.titles import title_key

_LOOKED_UP: Final = {
    "pmid": records.c.pmid,
    "doi": records.c.doi,
    "title_key": records.c.title_key,
}


def match_entries(conn: Connection, topic_id: int, entries: Sequence[DecisionEntry]) -> list[Match]:
    """Return for each entry the record of the topic that it is, or why there is none."""
    matches: list[Match] = []
    for batch in batches(entries):
        keys = [
            {"pmid": one.pmid, "doi": one.doi, "title_key": title_key(one.title)} for one in batch
        ]
        found = {
            name: _find(conn, topic_id, name, {key[name] for key in keys if key[name] is not None})
            for name in _LOOKED_UP
        }
        for entry, key in zip(batch, keys, strict=True):
            candidates = {
                one.record_id: one for name in _LOOKED_UP for one in found[name].get(key[name], ())
            }
            matches.append(match_entry(entry, candidates.values()))
    return matches


def _find(
    conn: Connection, topic_id: int, name: str, values: set[Any]
) -> dict[Any, list[StoredEntry]]:
    """Return the topic's records by the value that they were looked up by."""
    found: dict[Any, list[StoredEntry]] = defaultdict(list)
    column = _LOOKED_UP[name]
    statement = (
        select(
            column.label("looked_up"),
            records.c.record_id,
            func.coalesce(records.c.duplicate_of_id, records.c.record_id).label("kept_id"),
            records.c.pmid,
            records.c.doi,
            records.c.title,
            records.c.publication_date,
        )
        .join(topic_records, topic_records.c.record_id == records.c.record_id)
        .where(topic_records.c.topic_id == topic_id, column.in_(sorted(values)))
        .order_by(records.c.record_id)
    )
    for row in conn.execute(statement) if values else ():
        found[row.looked_up].append(
            StoredEntry(
                record_id=row.record_id,
                kept_id=row.kept_id,
                pmid=row.pmid,
                doi=row.doi,
                title=row.title,
                year=_year(row.publication_date),
            )
        )
    return found


def _year(published: date | None) -> int | None:
    return None if published is None else published.year
