"""A query in the language of each database's index: FTS5's on SQLite, tsquery on PostgreSQL.

Words are letters and digits only and always quoted, so that nothing a person types is ever an
operator. What is searched, and in which order it comes, is ``db.search``'s.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from db.search_index import RECORD_MASK
from litsweep.searching.query import EVERYWHERE, AllOf, Field, Phrase, Query

# What a word in a title, an abstract, the MeSH headings and the keywords counts for relevance.
_WEIGHTS: Final = {Field.TITLE: 5.0, Field.ABSTRACT: 1.0, Field.MESH: 2.0, Field.KEYWORDS: 2.0}
_LETTERS: Final = dict(zip(Field, "ABCD", strict=True))
# Of its argument 1: divided by 1 + the logarithm of the length, as a long text is no better answer.
_BY_LENGTH: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query as SQL: where it is asked, whether a row is an answer, and its relevance.

    ``key`` is the row's `sort_key`, ``record_id`` the record's number; ``score`` is lower the
    better the answer is.
    """

    index: FromClause
    key: ColumnElement[int]
    record_id: ColumnElement[int]
    is_answer: ColumnElement[bool]
    score: ColumnElement[float]


def ask(conn: Connection, query: Query) -> Asked:
    """Return a query as this connection's database takes it."""
    return _ask_fts5(query) if conn.dialect.name == "sqlite" else _ask_tsquery(query)


def to_fts5(query: Query) -> str:
    """Return a query in the language of FTS5's MATCH."""
    if isinstance(query, Phrase):
        return _phrase_to_fts5(query)
    joined = (" AND " if isinstance(query, AllOf) else " OR ").join(map(to_fts5, query.parts))
    if isinstance(query, AllOf) and query.without:
        joined = f"({joined}) NOT ({' OR '.join(map(to_fts5, query.without))})"
    return f"({joined})"


def to_tsquery(query: Query) -> str:
    """Return a query in the text form of PostgreSQL's ``tsquery``."""
    if isinstance(query, Phrase):
        return _phrase_to_tsquery(query)
    parts = list(map(to_tsquery, query.parts))
    if isinstance(query, AllOf):
        parts += [f"!({to_tsquery(one)})" for one in query.without]
    return f"({(' & ' if isinstance(query, AllOf) else ' | ').join(parts)})"


def _ask_fts5(query: Query) -> Asked:
    key: ColumnClause[int] = column("rowid", Integer)
    name: ColumnElement[Any] = literal_column("record_words")
    return Asked(
        index=table("record_words", key),
        key=key,
        record_id=key.bitwise_and(RECORD_MASK),
        is_answer=name.op("MATCH", is_comparison=True)(bindparam("asked", to_fts5(query))),
        score=func.bm25(name, *_WEIGHTS.values()),
    )


def _ask_tsquery(query: Query) -> Asked:
    key: ColumnClause[int] = column("sort_key", BigInteger)
    words: ColumnClause[Any] = column("words", TSVECTOR)
    asked = cast(bindparam("asked", to_tsquery(query)), TSQUERY)
    most = max(_WEIGHTS.values())
    # PostgreSQL names the weights from D to A.
    weights = ", ".join(str(weight / most) for weight in reversed(_WEIGHTS.values()))
    rank = func.ts_rank(literal_column(f"'{{{weights}}}'::real[]"), words, asked, _BY_LENGTH)
    return Asked(
        index=table("record_words", key, words),
        key=key,
        record_id=cast(key.bitwise_and(RECORD_MASK), Integer),
        is_answer=words.op("@@", is_comparison=True)(asked),
        score=-rank,
    )


def _phrase_to_fts5(phrase: Phrase) -> str:
    rows = [
        f'"{" ".join(words)}"{" *" if is_cut else ""}' for words, is_cut in phrase.iter_spellings()
    ]
    asked = rows[0] if len(rows) == 1 else f"({' OR '.join(rows)})"
    return asked if phrase.fields == EVERYWHERE else f"{{{' '.join(phrase.fields)}}} : {asked}"


def _phrase_to_tsquery(phrase: Phrase) -> str:
    is_anywhere = phrase.fields == EVERYWHERE
    weights = "" if is_anywhere else "".join(_LETTERS[field] for field in phrase.fields)
    rows = []
    for words, is_cut in phrase.iter_spellings():
        *before, last = [f"'{word}':{weights}" if weights else f"'{word}'" for word in words]
        if is_cut:
            last = f"'{words[-1]}':*{weights}"
        rows.append(" <-> ".join([*before, last]))
    return (
        rows[0] if len(rows) == 1 and " " not in rows[0] else f"({' | '.join(map(_close, rows))})"
    )


def _close(row: str) -> str:
    return f"({row})" if " " in row else row
