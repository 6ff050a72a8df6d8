"""The full-text index: made, kept, compared with the records, and built anew.

``record_words`` is an FTS5 table on SQLite and a table with a ``tsvector`` on PostgreSQL. Both
hold the words of ``litsweep.searching.words`` in four fields, and both number a record by
its `sort_key`, so that the newest come first without sorting. No trigger keeps it, for a migration
that rebuilds ``records`` would drop it without a word: what stores a record calls `index_records`
in the same transaction, and `find_stale` tells whether somebody else wrote. Queries are
``db.search``'s.

PostgreSQL keeps positions up to 16,383 and 256 of them for a word: beyond these a phrase is not
found there, while each of its words is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select, text
from sqlalchemy.exc import DatabaseError

from db.tables import record_keywords, record_mesh_headings, records
from db.writing import batches
from litsweep.searching.query import Field
from litsweep.searching.words import join_words

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
_CACHE_KIB: Final = 256 * 1024
_RECORD_BITS: Final = 32
RECORD_MASK: Final = 2**_RECORD_BITS - 1
"""The bits of a `sort_key` that are the record's number."""

# Words of two fields are no phrase.
_GAP: Final = 100
_LAST_POSITION: Final = 16_383
# Of the words of one field, as text. A tsvector has a megabyte at most; no abstract has a tenth.
_MOST_CHARACTERS: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleWords:
    """How the index differs from the records; all empty: it does not.

    ``missing`` and ``changed`` are numbers of records that it lacks, or has other words of;
    ``surplus`` are keys under which no record belongs.
    """

    missing: tuple[int, ...]
    changed: tuple[int, ...]
    surplus: tuple[int, ...]

    def __bool__(self) -> bool:
        """Tell whether there is any difference."""
        return bool(self.missing or self.changed or self.surplus)


def sort_key(record_id: int, publication_date: date | None) -> int:
    """Return the number of a record in the index: the later published, the higher."""
    return first_key(publication_date) | record_id


def first_key(day: date | None, *, days_later: int = 0) -> int:
    """Return the lowest `sort_key` of what was published that many days after ``day``."""
    return ((day.toordinal() if day else 0) + days_later) << _RECORD_BITS


def record_id_of(key: int) -> int:
    """Return the number of the record that has this `sort_key`."""
    return key & RECORD_MASK


def install(conn: Connection) -> None:
    """Make the index anew, and fill it with all records that there are."""
    if conn.dialect.name == "sqlite":
        # The merging of a large index reads what was written before: with SQLite's own 2 MB it
        # comes from the disk again and again.
        conn.execute(text(f"PRAGMA cache_size = -{_CACHE_KIB}"))
    conn.execute(text("DROP TABLE IF EXISTS record_words"))
    for statement in _MADE[conn.dialect.name]:
        conn.execute(text(statement))
    # In the index's own order, in which it is written the fastest.
    in_order = select(records.c.record_id).order_by(
        records.c.publication_date.nulls_first(), records.c.record_id
    )
    for batch in batches(conn.scalars(in_order).all()):
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
    if old:
        own_key = "rowid" if is_sqlite else "sort_key"
        conn.execute(text(f"DELETE FROM record_words WHERE {own_key} = :key"), old)  # noqa: S608
    # FTS5 writes its memory out whenever a number is lower than the one before.
    rows = sorted(_iter_rows(conn, record_ids), key=lambda row: int(row["key"]))
    if is_sqlite:
        conn.execute(text(_INSERT_FTS5), rows)
    else:
        conn.execute(text(_INSERT_VECTORS), _columns(rows))


_INSERT_FTS5: Final = (
    "INSERT INTO record_words (rowid, title, abstract, mesh, keywords) "
    "VALUES (:key, :title, :abstract, :mesh, :keywords)"
)
# Two arrays: a statement a row would cost ten times the time.
_GIVEN: Final = (
    "unnest(CAST(:keys AS bigint[]), CAST(:vectors AS text[])) AS given (sort_key, words)"
)
_INSERT_VECTORS: Final = (
    f"INSERT INTO record_words SELECT sort_key, CAST(words AS tsvector) FROM {_GIVEN}"  # noqa: S608
)


def find_stale(conn: Connection) -> StaleWords:
    """Compare the whole index with the records, word for word; nothing is changed.

    It takes about as long as building it.
    """
    missing: list[int] = []
    changed: list[int] = []
    known: set[int] = set()
    numbers = conn.scalars(select(records.c.record_id).order_by(records.c.record_id)).all()
    for batch in batches(numbers):
        rows = list(_iter_rows(conn, batch))
        known.update(row["key"] for row in rows)
        for key, is_there in _iter_differing(conn, rows):
            (changed if is_there else missing).append(record_id_of(key))
    own_key = "rowid" if conn.dialect.name == "sqlite" else "sort_key"
    keys = conn.scalars(text(f"SELECT {own_key} FROM record_words"))  # noqa: S608
    return StaleWords(
        missing=tuple(sorted(missing)),
        changed=tuple(sorted(changed)),
        surplus=tuple(sorted(key for key in keys if key not in known)),
    )


def is_sound(conn: Connection) -> bool:
    """Tell whether FTS5 finds its own tables in order, on a connection for writing.

    PostgreSQL has no such check, and none is needed: its index follows its table.
    """
    if conn.dialect.name != "sqlite":
        return True
    try:
        conn.execute(text("INSERT INTO record_words (record_words) VALUES ('integrity-check')"))
    except DatabaseError:
        return False
    return True


def _iter_differing(
    conn: Connection, rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, bool]]:
    """Iterate over the keys of rows that the index has otherwise, or (False) not at all."""
    if conn.dialect.name == "sqlite":
        stored = _load_stored(conn, [row["key"] for row in rows])
        for row in rows:
            there = stored.get(row["key"])
            if there is None or tuple(row[field] for field in Field) != tuple(there):
                yield row["key"], there is not None
        return
    statement = text(
        f"SELECT given.sort_key, there.sort_key IS NOT NULL FROM {_GIVEN} "  # noqa: S608
        "LEFT JOIN record_words AS there ON there.sort_key = given.sort_key "
        "WHERE there.words IS DISTINCT FROM CAST(given.words AS tsvector)"
    )
    for key, is_there in conn.execute(statement, _columns(rows)):
        yield int(key), bool(is_there)


def _load_stored(conn: Connection, keys: Sequence[int]) -> dict[int, Row[Any]]:
    statement = text("SELECT title, abstract, mesh, keywords FROM record_words WHERE rowid = :key")
    found = {key: conn.execute(statement, {"key": key}).first() for key in keys}
    return {key: row for key, row in found.items() if row is not None}


def _iter_rows(conn: Connection, record_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    mesh = _join_children(conn, record_mesh_headings, "name", record_ids)
    keywords = _join_children(conn, record_keywords, "text", record_ids)
    statement = select(
        records.c.record_id, records.c.title, records.c.abstract, records.c.publication_date
    ).where(records.c.record_id.in_(record_ids))
    for number, title, abstract, day in conn.execute(statement):
        yield {
            "key": sort_key(number, day),
            Field.TITLE.value: _words(title),
            Field.ABSTRACT.value: _words(abstract),
            Field.MESH.value: _words(mesh.get(number, "")),
            Field.KEYWORDS.value: _words(keywords.get(number, "")),
        }


def _words(content: str) -> str:
    words = join_words(content)
    if len(words) <= _MOST_CHARACTERS:
        return words
    return words[: words.rfind(" ", 0, _MOST_CHARACTERS + 1)]


def _join_children(
    conn: Connection, table: Table, column: str, record_ids: Sequence[int]
) -> dict[int, str]:
    statement = (
        select(table.c.record_id, table.c[column])
        .where(table.c.record_id.in_(record_ids))
        .order_by(table.c.record_id, table.c.position)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for record_id, content in conn.execute(statement):
        found[record_id].append(content)
    return {record_id: "\n".join(contents) for record_id, contents in found.items()}


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {"keys": [row["key"] for row in rows], "vectors": [_to_vector(row) for row in rows]}


def _to_vector(row: Mapping[str, Any]) -> str:
    places: dict[str, list[str]] = defaultdict(list)
    position = 1
    for weight, field in zip("ABCD", Field, strict=True):
        for word in row[field].split():
            places[word].append(f"{min(position, _LAST_POSITION)}{weight}")
            position += 1
        position += _GAP
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())
