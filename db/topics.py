"""Topics and the versions of their queries: adding, changing, listing, retiring.

Nothing is ever deleted: a retired topic keeps its records, and a changed query leaves
the older version with its runs.
"""

import difflib
import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from db.tables import TOPIC_NAME_LENGTH, search_strategies, topics
from db.writing import add_row
from litsweep.domain.documents import DocumentKind
from litsweep.domain.strategies import SearchStrategy, Topic
from litsweep.errors import UnknownTopic, UsageError

MODEL_COLUMN: Final = {
    DocumentKind.ABSTRACT: "summary_model",
    DocumentKind.FULL_TEXT: "analysis_model",
}
"""The column with a topic's own choice of the model for each kind of document."""

# An error that lists more of them is read by nobody.
_MOST_NAMES: Final = 12
_UNPRINTABLE: Final = {"Cc", "Cs", "Zl", "Zp"}


def add_topic(
    conn: Connection,
    *,
    name: str,
    query: str,
    author: str,
    reason: str,
    now: datetime | None = None,
) -> Topic:
    """Add a topic with the first version of its query, which is stored verbatim.

    Raises:
        UsageError: the name is taken, empty, too long or unprintable, or the query is empty.
    """
    _check_name(name)
    _check_query(query)
    if find_topic(conn, name) is not None:
        raise UsageError(
            f"There is a topic {name!r} already. Choose another name, or change its query."
        )
    now = now or datetime.now(UTC)
    topic_id = add_row(conn, topics, name=name, created_at=now)
    _add_strategy(conn, topic_id, 1, query, author, reason, now)
    return get_topic(conn, name)


def change_query(
    conn: Connection,
    name: str,
    *,
    query: str,
    author: str,
    reason: str,
    now: datetime | None = None,
) -> Topic:
    """Make ``query`` the topic's next version; the query that it has already adds none.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the topic is retired, or the query is empty.
    """
    _check_query(query)
    topic = get_topic(conn, name)
    if topic.retired_at is not None:
        raise UsageError(f"Topic {name!r} was retired on {topic.retired_at:%Y-%m-%d}.")
    if topic.strategy.query == query:
        return topic
    version = topic.strategy.version + 1
    now = now or datetime.now(UTC)
    _add_strategy(conn, topic.topic_id, version, query, author, reason, now)
    return get_topic(conn, name)


def find_topic(conn: Connection, name: str) -> Topic | None:
    """Return the topic with this exact name, retired or not, or None."""
    row = conn.execute(_BY_NAME, {"name": name}).first()
    return _build_topic(row) if row else None


def get_topic(conn: Connection, name: str) -> Topic:
    """Return the topic with this exact name, retired or not.

    Raises:
        UnknownTopic: no topic has this name; the message offers names like it.
    """
    topic = find_topic(conn, name)
    if topic is None:
        raise UnknownTopic(_explain_unknown(name, list(conn.scalars(select(topics.c.name)))))
    return topic


def get_swept_topic(conn: Connection, name: str) -> Topic:
    """Return the topic with this exact name, to search for it.

    Raises:
        UnknownTopic: no topic has this name; the message offers names like it.
        UsageError: the topic is retired.
    """
    topic = get_topic(conn, name)
    if topic.retired_at is not None:
        raise UsageError(
            f"Topic {name!r} was retired on {topic.retired_at:%Y-%m-%d} and is swept no "
            "more. To search for it again, add its query under another name: "
            f"`litsweep topic show {name!r}` prints it."
        )
    return topic


def list_topics(conn: Connection, *, include_retired: bool = False) -> list[Topic]:
    """Return the topics in the order of their names."""
    statement = _select_topics().order_by(topics.c.name)
    if not include_retired:
        statement = statement.where(topics.c.retired_at.is_(None))
    return [_build_topic(row) for row in conn.execute(statement)]


def list_strategies(conn: Connection, name: str) -> list[SearchStrategy]:
    """Return every version of the topic's query, the first one first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic = get_topic(conn, name)
    statement = (
        select(search_strategies)
        .where(search_strategies.c.topic_id == topic.topic_id)
        .order_by(search_strategies.c.version)
    )
    return [_build_strategy(row, name) for row in conn.execute(statement)]


def retire_topic(
    conn: Connection, name: str, *, author: str, reason: str, now: datetime | None = None
) -> Topic:
    """Stop sweeping the topic; it keeps its records. A topic retired before stays as it is.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if get_topic(conn, name).retired_at is None:
        conn.execute(
            topics.update()
            .where(topics.c.name == name)
            .values(
                retired_at=now or datetime.now(UTC), retired_by=author, retirement_reason=reason
            )
        )
    return get_topic(conn, name)


def set_models(
    conn: Connection, name: str, models: Mapping[DocumentKind, str | None]
) -> dict[DocumentKind, str | None]:
    """Set which model reads the topic's documents of some kinds, and return all its choices.

    A choice is auto, none, or a model's name, and None: the settings hold. What is not in
    ``models`` stays.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, name).topic_id
    if models:
        values = {MODEL_COLUMN[kind]: choice for kind, choice in models.items()}
        conn.execute(topics.update().where(topics.c.topic_id == topic_id).values(values))
    return get_models(conn, name)


def get_models(conn: Connection, name: str) -> dict[DocumentKind, str | None]:
    """Return the topic's own choice of the model for each kind of document, None where it has none.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, name).topic_id
    row = conn.execute(select(topics).where(topics.c.topic_id == topic_id)).mappings().one()
    return {kind: row[column] for kind, column in MODEL_COLUMN.items()}


def _add_strategy(
    conn: Connection,
    topic_id: int,
    version: int,
    query: str,
    author: str,
    reason: str,
    now: datetime,
) -> None:
    add_row(
        conn,
        search_strategies,
        topic_id=topic_id,
        version=version,
        query=query,
        query_sha256=hashlib.sha256(query.encode()).hexdigest(),
        author=author,
        reason=reason,
        created_at=now,
    )


def _select_topics() -> Select[Any]:
    newest = (
        select(func.max(search_strategies.c.version))
        .where(search_strategies.c.topic_id == topics.c.topic_id)
        .correlate(topics)
        .scalar_subquery()
    )
    return (
        select(
            topics.c.topic_id,
            topics.c.name,
            topics.c.created_at.label("topic_created_at"),
            topics.c.retired_at,
            search_strategies.c.search_strategy_id,
            search_strategies.c.version,
            search_strategies.c.query,
            search_strategies.c.author,
            search_strategies.c.reason,
            search_strategies.c.created_at,
        )
        .join(search_strategies, search_strategies.c.topic_id == topics.c.topic_id)
        .where(search_strategies.c.version == newest)
    )


# Built once: it is asked several times for each page, and building takes longer than asking.
_BY_NAME: Final = _select_topics().where(topics.c.name == bindparam("name"))


def _build_topic(row: Row[Any]) -> Topic:
    return Topic(
        topic_id=row.topic_id,
        name=row.name,
        created_at=row.topic_created_at,
        retired_at=row.retired_at,
        strategy=_build_strategy(row, row.name),
    )


def _build_strategy(row: Row[Any], topic: str) -> SearchStrategy:
    return SearchStrategy(
        search_strategy_id=row.search_strategy_id,
        topic=topic,
        version=row.version,
        query=row.query,
        author=row.author,
        reason=row.reason,
        created_at=row.created_at,
    )


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip():
        raise UsageError(f"{name!r} is no name for a topic: it is empty, or begins or ends blank.")
    if len(name) > TOPIC_NAME_LENGTH:
        raise UsageError(
            f"The topic's name has {len(name)} characters; it may have {TOPIC_NAME_LENGTH}."
        )
    if any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        raise UsageError(f"{name!r} is no name for a topic: it holds a control character.")


def _check_query(query: str) -> None:
    if not query.strip():
        raise UsageError("The query is empty; PubMed has nothing to search for.")
    if any(unicodedata.category(character) == "Cs" or character == "\0" for character in query):
        raise UsageError("The query holds a character that is not text.")


def _explain_unknown(name: str, names: list[str]) -> str:
    if not names:
        return f"There is no topic {name!r}, nor any other yet. Add it: `litsweep topic add`."
    near = difflib.get_close_matches(name, names, n=3)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    listed = ", ".join(map(repr, sorted(names)[:_MOST_NAMES]))
    n_more = len(names) - _MOST_NAMES
    more = f", and {n_more} more" if n_more > 0 else ""
    return (
        f"There is no topic {name!r}.{meant} There are: {listed}{more} (`litsweep topic list`). "
        "A new one is added by `litsweep topic add`."
    )
