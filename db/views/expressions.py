"""Expressions that the views share, each the same on both databases.

What the databases write differently is compiled for each here, and nowhere else.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    ScalarSelect,
    Select,
    Text,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.sql.functions import FunctionElement

Expression = ColumnElement[Any]


def joined(parts: Select[Any], separator: str) -> ScalarSelect[Any]:
    """Return the texts that ``parts`` selects as one, in its order; null where there are none.

    The order is that of a subquery, which both databases keep: SQLite has no ORDER BY inside
    an aggregate before 3.44.
    """
    rows = parts.subquery()
    (text,) = rows.c
    return select(func.aggregate_strings(text, separator)).select_from(rows).scalar_subquery()


def words(column: Expression) -> ColumnElement[str]:
    """Return a state, or any other value, as text."""
    return cast(column, Text)


def holds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition as a value that is never null: true where it holds, else false."""
    return case((condition, true()), else_=false())


def flag(table: FromClause, name: str) -> ColumnElement[bool]:
    """Return a Boolean column as the bare name that a partial index has as its condition.

    SQLite uses such an index only where the query says the same, and ``name = 1`` is another.
    """
    return literal_column(f"{getattr(table, 'name', '')}.{name}")


def there_is(query: Select[Any], *correlated: FromClause) -> ColumnElement[bool]:
    """Return the condition that ``query`` finds a row for a row of ``correlated``."""
    return exists(query.correlate(*correlated))


class SecondsBetween(FunctionElement[float]):
    """Seconds from the first time to the second, to the millisecond; null while one is."""

    type = Float()
    name = "seconds_between"
    inherit_cache = True


class DayOf(FunctionElement[str]):
    """The day of a time in UTC, as ISO 8601 text."""

    type = Text()
    name = "day_of"
    inherit_cache = True


class SumOfSlices(FunctionElement[int]):
    """The sum of the third numbers of a JSON list of lists: what a search's parts count."""

    type = BigInteger()
    name = "sum_of_slices"
    inherit_cache = True


@compiles(SecondsBetween, "sqlite")
def _seconds_on_sqlite(element: SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    start, end = _arguments(element, compiler, options)
    return f"round((julianday({end}) - julianday({start})) * 86400.0, 3)"


@compiles(SecondsBetween, "postgresql")
def _seconds_on_postgresql(element: SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    start, end = _arguments(element, compiler, options)
    return f"CAST(round(EXTRACT(epoch FROM {end} - {start}), 3) AS double precision)"


@compiles(DayOf, "sqlite")
def _day_on_sqlite(element: DayOf, compiler: SQLCompiler, **options: Any) -> str:
    (time,) = _arguments(element, compiler, options)
    return f"substr({time}, 1, 10)"


@compiles(DayOf, "postgresql")
def _day_on_postgresql(element: DayOf, compiler: SQLCompiler, **options: Any) -> str:
    (time,) = _arguments(element, compiler, options)
    return f"to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


@compiles(SumOfSlices, "sqlite")
def _slices_on_sqlite(element: SumOfSlices, compiler: SQLCompiler, **options: Any) -> str:
    (slices,) = _arguments(element, compiler, options)
    return f"(SELECT coalesce(sum(value ->> 2), 0) FROM json_each({slices}))"  # noqa: S608


@compiles(SumOfSlices, "postgresql")
def _slices_on_postgresql(element: SumOfSlices, compiler: SQLCompiler, **options: Any) -> str:
    (slices,) = _arguments(element, compiler, options)
    return (
        "(SELECT coalesce(CAST(sum(CAST(value ->> 2 AS bigint)) AS bigint), 0) "  # noqa: S608
        f"FROM jsonb_array_elements({slices}))"
    )


def _arguments(
    element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]
) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]
