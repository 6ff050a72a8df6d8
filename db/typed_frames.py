"""Queries as pandas DataFrames whose dtypes follow from the schema, whatever the rows are.

Every column can hold an absent value (``pd.NA``, ``NaT``, in a list column an empty list), so that
a dtype never depends on what was found. Values are not decoded one by one where pandas can do it
for a whole column. Which queries there are is ``db.frames``' business.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    Enum,
    Float,
    Integer,
    Select,
    String,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from db.types import Time

_DTYPES: Final[tuple[tuple[type[TypeEngine[Any]], str], ...]] = (
    (Time, "datetime64[us, UTC]"),
    (Date, "datetime64[us]"),
    (JSON, "object"),
    (Boolean, "boolean"),
    (Integer, "Int64"),
    (Float, "Float64"),
)


def read_frame(conn: Connection, statement: Select[Any], *, index: str) -> pd.DataFrame:
    """Return the rows of ``statement`` in its order; column ``index`` (int64, unique) as index.

    Integers are Int64, numbers Float64, truth values boolean, texts string, states a category
    of all members in their order, days datetime64[us], times datetime64[us, UTC]; JSON is lists
    and dicts (object).
    """
    kinds = {column.name: column.type for column in statement.selected_columns}
    rows = conn.execute(_undecoded(statement)).all()
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(kinds)
    series = {
        name: _to_series(column, kinds[name])
        for name, column in zip(kinds, values, strict=True)
        if name != index
    }
    keys = pd.Index(list(values[list(kinds).index(index)]), dtype="int64", name=index)
    return pd.DataFrame(series).set_axis(keys)


def read_lists(conn: Connection, statement: Select[Any], index: pd.Index) -> pd.Series:
    """Return for each key in ``index`` the list of its values, empty where it has none.

    ``statement`` gives keys and values as the driver has them, each key's values in their order.
    """
    lists: dict[int, list[Any]] = {}
    with conn.execute(statement) as result:
        assert result.cursor is not None
        # The driver's own rows: SQLAlchemy's cost more than all the rest, of millions of them.
        for key, value in result.cursor.fetchall():
            if key in lists:
                lists[key].append(value)
            else:
                lists[key] = [value]
    return pd.Series([lists.get(key, []) for key in index], index=index, dtype="object")


def with_columns(frame: pd.DataFrame, added: Mapping[str, pd.Series], after: str) -> pd.DataFrame:
    """Return the frame with columns added behind the one that is called ``after``."""
    place = frame.columns.get_loc(after)
    assert isinstance(place, int)
    names = list(frame.columns)
    names[place + 1 : place + 1] = added
    return frame.assign(**added)[names]


def _undecoded(statement: Select[Any]) -> Select[Any]:
    # A state, a day and a time as the driver gives them: SQLAlchemy decodes each on its own.
    return statement.with_only_columns(
        *(
            type_coerce(column, String()).label(column.name)
            if isinstance(column.type, Enum | Date | Time)
            else column
            for column in statement.selected_columns
        ),
        maintain_column_froms=True,
    )


def _to_series(values: Sequence[Any], kind: TypeEngine[Any]) -> pd.Series:
    if isinstance(kind, Enum):
        return pd.Series(pd.Categorical(values, categories=_categories(kind)))
    dtype = next((dtype for ours, dtype in _DTYPES if isinstance(kind, ours)), "string")
    if dtype.startswith("datetime64"):
        is_time = isinstance(kind, Time)
        times = pd.to_datetime(pd.Series(values, dtype="object"), utc=is_time, format="ISO8601")
        return times.astype(dtype)  # type: ignore[call-overload, no-any-return]
    if dtype == "object":
        # Not pd.Series(values): lists of one length would become a table.
        series = pd.Series([None] * len(values), dtype="object")
        series[:] = list(values)
        return series
    return pd.Series(values, dtype=dtype)


def _categories(kind: Enum) -> pd.Index:
    return pd.Index(kind.enums, dtype="str")
