"""Rows as the drivers take them: tuples of values that went through SQLAlchemy's own types.

What SQLAlchemy does one row at a time is done one column at a time, and only for the columns
whose type converts anything; a day, a state or a time that repeats is converted once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, Dialect, Enum, Table
from sqlalchemy.exc import StatementError

from db.connections import to_json
from db.types import Time

Row = Mapping[str, Any]
Values = Sequence[tuple[Any, ...]]
_Convert = Callable[[Any], Any]

# Types of which a batch has few different values.
_REPEATING: Final = (Boolean, Date, Enum, Time)

# What COPY's values are packed as, where SQLAlchemy calls the type otherwise, or where the value
# is packed already.
_TYPE_NAMES: Final = {"float": "float8", "jsonb": "bytea"}
_JSONB_VERSION: Final = b"\x01"  # jsonb_recv in PostgreSQL's jsonb.c


@dataclass(frozen=True, slots=True)
class RowShape:
    """Which columns rows have, in the table's order, and what their values go through, by place.

    ``type_names`` are what psycopg is to pack the columns as for a binary COPY.
    """

    names: tuple[str, ...]
    type_names: tuple[str, ...]
    converters: Mapping[int, _Convert]
    repeating: frozenset[int]

    def build_values(self, rows: Sequence[Row]) -> Values:
        """Return each row's values in the order of ``names``.

        Raises:
            StatementError: a row lacks a column, or a column's type refuses a value.
        """
        try:
            picked = self._pick(rows)
            if not self.converters:
                return picked
            columns: list[Iterable[Any]] = list(zip(*picked, strict=True))
            for place, convert in self.converters.items():
                columns[place] = self._convert(place, convert, columns[place])
            return list(zip(*columns, strict=True))
        except KeyError as error:
            message = f"A row lacks the column {error}; all have those of the first."
            raise StatementError(message, None, None, error) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise StatementError(str(error), None, None, error) from error

    def _pick(self, rows: Sequence[Row]) -> Values:
        if len(self.names) == 1:
            return [(row[self.names[0]],) for row in rows]
        return list(map(itemgetter(*self.names), rows))

    def _convert(self, place: int, convert: _Convert, values: Iterable[Any]) -> Iterable[Any]:
        if place not in self.repeating:
            return map(convert, values)
        values = tuple(values)
        known = {value: convert(value) for value in set(values)}
        return map(known.__getitem__, values)


def find_shape(dialect: Dialect, table: Table, names: Sequence[str]) -> RowShape:
    """Return the shape of rows of ``table`` with the columns ``names``.

    Raises:
        StatementError: the table has no such column.
    """
    unknown = [name for name in names if name not in table.c]
    if unknown:
        message = f"{table.name} has no column {', '.join(unknown)}."
        raise StatementError(message, None, None, KeyError(*unknown))
    columns = [one for one in table.c if one.name in names]
    found = {place: _find_converter(dialect, one) for place, one in enumerate(columns)}
    return RowShape(
        names=tuple(one.name for one in columns),
        type_names=tuple(_name_type(one.type.compile(dialect)) for one in columns),
        converters={place: one for place, one in found.items() if one is not None},
        repeating=frozenset(
            place for place, one in enumerate(columns) if isinstance(one.type, _REPEATING)
        ),
    )


def _find_converter(dialect: Dialect, column: Column[Any]) -> _Convert | None:
    if dialect.name == "postgresql" and isinstance(column.type, JSON):
        return _pack_jsonb
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _pack_jsonb(value: Any) -> bytes | None:
    return None if value is None else _JSONB_VERSION + to_json(value).encode()


def _name_type(sql: str) -> str:
    name = sql.partition("(")[0].lower()
    return _TYPE_NAMES.get(name, name)
