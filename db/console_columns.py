"""What a query gave, column by column, in values that are the same from both databases.

SQLite has no type for times, days, truth values and JSON, and PostgreSQL's driver makes objects
of them. So a column that is called as in the schema (a table's or a view's) is given that
column's type where its values fit, and any other goes by its values. Nothing is lost: a value
that does not fit stays as it came. How values are printed is not known here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, Enum, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

from db.console import Result
from db.tables import metadata
from db.types import MachineText, Time, Zipped
from db.views import VIEWS


class Kind(StrEnum):
    """What the values of a column are."""

    INTEGER = "integer"
    """int."""
    NUMBER = "number"
    """float, or int where the query gave one."""
    BOOLEAN = "boolean"
    """bool."""
    TEXT = "text"
    """str."""
    DATE = "date"
    """date."""
    TIME = "time"
    """datetime in UTC."""
    JSON = "json"
    """Lists and dicts, from JSON."""
    BYTES = "bytes"
    """bytes."""
    MIXED = "mixed"
    """Several of these, as SQLite lets a column hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """A column of a result: every value is of its kind, or None."""

    name: str
    kind: Kind
    values: tuple[Any, ...]


def read_columns(result: Result) -> tuple[ResultColumn, ...]:
    """Return the columns of ``result``, in order, with the kinds that they have."""
    columns = list(zip(*result.rows, strict=True)) or [()] * len(result.columns)
    return tuple(
        _read_column(name, values) for name, values in zip(result.columns, columns, strict=True)
    )


def _read_column(name: str, values: Sequence[Any]) -> ResultColumn:
    kind = kinds_by_name().get(name)
    if kind is not None:
        read = _READERS[kind]
        try:
            fitting = tuple(None if value is None else read(value) for value in values)
        except (ValueError, TypeError):
            pass
        else:
            return ResultColumn(name=name, kind=kind, values=fitting)
    plain = tuple(map(_plain, values))
    return ResultColumn(name=name, kind=_kind_of(plain), values=plain)


@cache
def kinds_by_name() -> Mapping[str, Kind]:
    """Return the kinds of the columns of tables and views; a name of several kinds is left out."""
    found: dict[str, set[Kind]] = {}
    for name, kind in _schema_columns():
        found.setdefault(name, set()).add(kind)
    return {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}


def _schema_columns() -> Iterator[tuple[str, Kind]]:
    for table in metadata.sorted_tables:
        yield from ((column.name, kind_of_type(column.type)) for column in table.columns)
    for view in VIEWS.values():
        yield from ((column.name, kind_of_type(column.type)) for column in view.selected_columns)


_KINDS: Final[tuple[tuple[type[TypeEngine[Any]], Kind], ...]] = (
    (Time, Kind.TIME),
    (Date, Kind.DATE),
    (JSON, Kind.JSON),
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (Float, Kind.NUMBER),
    (LargeBinary, Kind.BYTES),
    (Zipped, Kind.BYTES),
    (Enum, Kind.TEXT),
    (String, Kind.TEXT),
    (MachineText, Kind.TEXT),
)


def kind_of_type(kind: TypeEngine[Any]) -> Kind:
    """Return the kind of the values of a column of the schema."""
    return next((found for ours, found in _KINDS if isinstance(kind, ours)), Kind.MIXED)


def _exactly(*types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        value = _plain(value)
        if type(value) not in types:
            raise TypeError
        return value

    return read


def _read_truth(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError
    return bool(value)


def _read_day(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(value)


def _read_time(value: Any) -> datetime:
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not _is_aware(time):
        raise ValueError
    return time.astimezone(UTC)


def _read_data(value: Any) -> Any:
    data = json.loads(value) if isinstance(value, str) else value
    if not isinstance(data, list | dict):
        raise TypeError
    return data


_READERS: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.INTEGER: _exactly(int),
    Kind.NUMBER: _exactly(int, float),
    Kind.BOOLEAN: _read_truth,
    Kind.TEXT: _exactly(str),
    Kind.DATE: _read_day,
    Kind.TIME: _read_time,
    Kind.JSON: _read_data,
    Kind.BYTES: _exactly(bytes),
    Kind.MIXED: lambda value: _plain(value),
}


def _plain(value: Any) -> Any:
    """Return a value of PostgreSQL's driver as SQLite's gives it, or as one that we know."""
    if _is_aware(value):
        return value.astimezone(UTC)
    if value is None or isinstance(value, str | bool | int | float | bytes | datetime):
        return value
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, Decimal):
        # A sum of integers is one; an average is a number, as on SQLite.
        is_whole = value.is_finite() and value.as_tuple().exponent == 0
        return int(value) if is_whole else float(value)
    if isinstance(value, list | dict):
        # A computed list: only a column of the schema is known to be data on both databases.
        return to_json_text(value)
    return value if type(value) is date else str(value)


def to_json_text(value: Any) -> str:
    """Return lists and dicts as JSON, keys in the order of the alphabet: PostgreSQL keeps none."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _is_aware(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _kind_of(values: Sequence[Any]) -> Kind:
    kinds = {_OF_VALUE.get(type(value), Kind.MIXED) for value in values if value is not None}
    if kinds == {Kind.INTEGER, Kind.NUMBER}:
        return Kind.NUMBER
    if kinds == {Kind.TIME} and not all(_is_aware(value) for value in values if value is not None):
        return Kind.MIXED
    return kinds.pop() if len(kinds) == 1 else Kind.MIXED if kinds else Kind.TEXT


_OF_VALUE: Final[Mapping[type, Kind]] = {
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    str: Kind.TEXT,
    date: Kind.DATE,
    datetime: Kind.TIME,
    bytes: Kind.BYTES,
}
