"""The few records that the rarest filter of a search leaves, where an index tells them.

Words that half of a million records have, narrowed to what forty people included: to ask each
record of the words whether it is so takes seconds, to compare two lists of numbers takes
milliseconds.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, literal_column, select

from db.search_filters import UNDECIDED, SearchFilters
from db.tables import records, screening_decisions, topic_records, topics
from db.views.expressions import flag
from litsweep.domain.decisions import Stage
from litsweep.domain.publication_status import PublicationStatus

MOST_FEW: Final = {"sqlite": 50_000, "postgresql": 2_000}
"""Up to so many are few. To list them takes some milliseconds; PostgreSQL reads each row that has
the words, so that to compare them is worth it for what is rare.
"""

_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)


def find_few(
    conn: Connection, filters: SearchFilters, topic_id: int | None, *, most: int | None = None
) -> Select[int] | None:
    """Return the query for numbers of records among which all answers are; None: they are many.

    ``topic_id`` is the number of the filters' topic. Not all of these records are answers. Few
    are up to ``most``, or `MOST_FEW`.
    """
    most = MOST_FEW[conn.dialect.name] if most is None else most
    counted = [(_count(conn, query, most + 1), query) for query in _iter_rare(filters, topic_id)]
    few = [(n, query) for n, query in counted if n <= most]
    return min(few, key=lambda pair: pair[0])[1] if few else None


def _iter_rare(filters: SearchFilters, topic_id: int | None) -> Iterator[Select[int]]:
    """Yield, for each filter that an index answers, the records that it leaves or a few more."""
    found = topic_records.c
    of_topic = select(found.record_id).where(found.topic_id == topic_id)
    if topic_id is not None:
        yield of_topic
    if filters.statuses and PublicationStatus.AS_PUBLISHED not in filters.statuses:
        # As the partial index has it as its condition.
        is_so: Any = literal_column("records.publication_status <> 'as_published'")
        yield select(records.c.record_id).where(is_so)
    if filters.decision == UNDECIDED:
        # What nobody decided upon has not been screened.
        if topic_id is not None and filters.stage is not Stage.FULL_TEXT:
            # With a time that all are behind, SQLite takes the index that has only these.
            is_waiting = ~flag(topic_records, "is_screened"), found.found_at > _LONG_AGO
            yield of_topic.where(*is_waiting)
    elif filters.decision is not None:
        yield _select_decided(filters, topic_id)


def _select_decided(filters: SearchFilters, topic_id: int | None) -> Select[int]:
    decided = screening_decisions.c
    # Each named, so that the index is used of which they are the first columns.
    of_topic: Any = select(topics.c.topic_id) if topic_id is None else (topic_id,)
    return select(decided.record_id).where(
        decided.topic_id.in_(of_topic),
        decided.stage.in_([*Stage] if filters.stage is None else [filters.stage]),
        decided.decision == filters.decision,
        flag(screening_decisions, "is_standing"),
    )


def _count(conn: Connection, query: Select[int], at_most: int) -> int:
    found = query.limit(at_most).subquery()
    return conn.scalar(select(func.count()).select_from(found)) or 0
