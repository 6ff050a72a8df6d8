"""What ``litsweep sql`` prints: a table for people; CSV, JSON and Parquet for programs.

For programs every value is exact, and the same from both databases; control characters and
leading signs (``=``, ``+``, ``-``, ``@``) stay, so that CSV is no file to open in a spreadsheet.
"""

import csv
import io
import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from db.console_columns import Kind, ResultColumn, to_json_text
from litsweep.errors import UsageError

Columns = Sequence[ResultColumn]


def to_text(value: Any) -> Any:
    """Return a value as CSV and tables show it: times as SQLite keeps them, bytes as 0x….

    Numbers stay numbers, and None stays None.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, list | dict):
        return to_json_text(value)
    return value.isoformat() if isinstance(value, date) else value


def to_rows(columns: Columns) -> list[list[Any]]:
    """Return the rows with every value as text or number."""
    return [
        list(map(to_text, row)) for row in zip(*(column.values for column in columns), strict=True)
    ]


def to_csv(columns: Columns) -> str:
    """Return the result as CSV (RFC 4180, lines ended by a line feed); a null is empty."""
    stream = io.StringIO()
    plain = csv.writer(stream, lineterminator="\n")
    # A carriage return ends a line for many readers, and csv quotes it only on its own line end.
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    plain.writerow([column.name for column in columns])
    for row in to_rows(columns):
        has_return = any(isinstance(value, str) and "\r" in value for value in row)
        (quoted if has_return else plain).writerow(row)
    return stream.getvalue()


def to_records(columns: Columns) -> list[dict[str, Any]]:
    """Return the result as JSON's objects; lists and objects of the schema are no text there.

    Raises:
        UsageError: two columns have one name.
    """
    names = _distinct_names(columns, "JSON")
    values = (map(_to_json, column.values) for column in columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        # JSON has no such numbers; PostgreSQL's own to_json writes these words.
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, bool | list | dict) else to_text(value)


def write_parquet(columns: Columns, path: Path, *, replace: bool) -> None:
    """Write the result as a Parquet file, which appears under its name when it is whole.

    Types: int64, double, bool, string, date32, timestamp in microseconds (UTC), binary; JSON is a
    string, and so is a column of mixed values.

    Raises:
        UsageError: pyarrow is not installed, two columns have one name, there is a file already
            and ``replace`` is not set, or it cannot be written.
    """
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet files need pyarrow, which is not installed. "
            "Install it: pip install 'litsweep[analysis]'."
        )
    _distinct_names(columns, "a Parquet file")
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already. Name another file, or say --replace.")
    from pyarrow import parquet

    table = _to_arrow(columns)
    with _appearing_whole(path) as part:
        parquet.write_table(table, part, compression="zstd")


def _to_arrow(columns: Columns) -> Any:
    import pyarrow as pa

    types = {
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.BYTES: pa.binary(),
    }
    arrays = {}
    for column in columns:
        kind = types.get(column.kind, pa.string())
        if kind == pa.string() or _is_too_large(column):
            values, kind = tuple(map(_to_string, column.values)), pa.string()
        else:
            values = column.values
        arrays[column.name] = pa.array(values, type=kind)
    return pa.table(arrays)


def _is_too_large(column: ResultColumn) -> bool:
    # PostgreSQL sums beyond 64 bits.
    return column.kind is Kind.INTEGER and any(
        not -(2**63) <= value < 2**63 for value in column.values if value is not None
    )


def _to_string(value: Any) -> str | None:
    return None if value is None else str(to_text(value))


@contextmanager
def _appearing_whole(path: Path) -> Iterator[Path]:
    try:
        handle, name = tempfile.mkstemp(".part", f"{path.name}.", path.absolute().parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            part.chmod(_ORDINARY & ~_umask())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror or error}). Check that its folder exists "
            "and that you may write there."
        ) from error


_ORDINARY: Final = 0o666


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _distinct_names(columns: Columns, where: str) -> list[str]:
    names = [column.name for column in columns]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise UsageError(
            f"Several columns are called {', '.join(twins)}, and in {where} only one can be: "
            "name them with AS."
        )
    return names
