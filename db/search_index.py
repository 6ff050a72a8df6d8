"""The full-text index: made, kept, compared with the records, and built anew.

``record_words`` is an FTS5 table on SQLite and a table with a ``tsvector`` on PostgreSQL. Both
hold the words of ``litsweep.searching.words`` in four fields, and both number a record by
its `sort_key`, so that the newest come first without sorting. No trigger keeps it: what stores
a record calls `index_records` in the same transaction, and `count_stale` tells whether somebody
else wrote. Queries are ``db.search``'s.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select, text

from db.tables import record_keywords, record_mesh_headings, records
from db.writing import batches
from litsweep.searching.words import list_words

FIELDS: Final = ("title", "abstract", "mesh", "keywords")
"""What is searched, in the order of the index's columns, and of PostgreSQL's weights A to D."""

_MADE: Final = {
    # ascii: the words are made already, and every letter beyond ASCII belongs to one.
    "sqlite": (
        "CREATE VIRTUAL TABLE record_words USING fts5"
        "(title, abstract, mesh, keywords, tokenize = 'ascii')",
    ),
    "postgresql": (
        "CREATE TABLE record_words (sort_key bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_record_words_words ON record_words USING gin (words)",
    ),
}
_RECORD_BITS: Final = 32
_RECORD_MASK: Final = 2**_RECORD_BITS - 1
# Words of two fields are no phrase.
_GAP: Final = 100
_LAST_POSITION: Final = 16_383


def sort_key(record_id: int, publication_date: date | None) -> int:
    """Return the number of a record in the index: the later published, the higher."""
    return (publication_date.toordinal() if publication_date else 0) << _RECORD_BITS | record_id


def record_id_of(key: int) -> int:
    """Return the number of the record that has this `sort_key`."""
    return key & _RECORD_MASK


def install(conn: Connection) -> None:
    """Make the index anew, and fill it with all records that there are."""
    conn.execute(text("DROP TABLE IF EXISTS record_words"))
    for statement in _MADE[conn.dialect.name]:
        conn.execute(text(statement))
    numbers = conn.scalars(select(records.c.record_id).order_by(records.c.record_id)).all()
    for batch in batches(numbers):
        index_records(conn, batch)


def uninstall(conn: Connection) -> None:
    """Take the index away; no record is touched."""
    conn.execute(text("DROP TABLE IF EXISTS record_words"))


def index_records(
    conn: Connection,
    record_ids: Sequence[int],
    *,
    before: Mapping[int, date | None] | None = None,
) -> None:
    """Index the records with these numbers as they are stored now.

    ``before`` gives the date of publication under which those that were indexed before are
    found; a record that is not in it is new to the index.
    """
    if not record_ids:
        return
    old = [{"key": sort_key(number, day)} for number, day in (before or {}).items()]
    is_sqlite = conn.dialect.name == "sqlite"
    own_key = "rowid" if is_sqlite else "sort_key"
    if old:
        conn.execute(text(f"DELETE FROM record_words WHERE {own_key} = :key"), old)  # noqa: S608
    # FTS5 writes its memory out whenever a number is lower than the one before.
    rows = sorted(_iter_rows(conn, record_ids), key=lambda row: int(row["key"]))
    if is_sqlite:
        statement = (
            "INSERT INTO record_words (rowid, title, abstract, mesh, keywords) "
            "VALUES (:key, :title, :abstract, :mesh, :keywords)"
        )
    else:
        statement = "INSERT INTO record_words VALUES (:key, CAST(:words AS tsvector))"
        rows = [{"key": row["key"], "words": _to_vector(row)} for row in rows]
    conn.execute(text(statement), rows)


def _iter_rows(conn: Connection, record_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    children = {
        "mesh": _list_children(conn, record_mesh_headings, "name", record_ids),
        "keywords": _list_children(conn, record_keywords, "text", record_ids),
    }
    statement = select(
        records.c.record_id, records.c.title, records.c.abstract, records.c.publication_date
    ).where(records.c.record_id.in_(record_ids))
    for row in conn.execute(statement):
        texts = {"title": row.title, "abstract": row.abstract} | {
            name: "\n".join(found[row.record_id]) for name, found in children.items()
        }
        yield {"key": sort_key(row.record_id, row.publication_date)} | {
            name: " ".join(list_words(content)) for name, content in texts.items()
        }


def _list_children(
    conn: Connection, table: Any, column: str, record_ids: Sequence[int]
) -> dict[int, list[str]]:
    statement = (
        select(table.c.record_id, table.c[column])
        .where(table.c.record_id.in_(record_ids))
        .order_by(table.c.record_id, table.c.position)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for record_id, content in conn.execute(statement):
        found[record_id].append(content)
    return found


def _to_vector(row: Mapping[str, Any]) -> str:
    places: dict[str, list[str]] = defaultdict(list)
    position = 1
    for weight, name in zip("ABCD", FIELDS, strict=True):
        for word in row[name].split():
            places[word].append(f"{min(position, _LAST_POSITION)}{weight}")
            position += 1
        position += _GAP
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())
