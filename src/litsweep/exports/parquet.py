"""Parquet through pyarrow: one row a record, decisions and findings nested in it, typed.

What the receipt says is in the file's metadata, under ``litsweep``.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import IO, Any, Final

from litsweep.errors import UsageError
from litsweep.exports.columns import (
    DECISION_COLUMNS,
    FINDING_COLUMNS,
    RECORD_COLUMNS,
    Cell,
    Column,
    ColumnType,
)
from litsweep.exports.entries import ExportEntry
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import writable

_N_ROWS_A_GROUP: Final = 5_000


def write_parquet(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the records, some thousand at a time.

    Raises:
        UsageError: pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet needs the package pyarrow, which is not installed: "
            "pip install 'litsweep[analysis]', or export CSV."
        )
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    decision, finding = _struct(pa, DECISION_COLUMNS), _struct(pa, FINDING_COLUMNS)
    schema = pa.schema(
        [
            *_fields(pa, RECORD_COLUMNS),
            pa.field("decisions", pa.list_(decision)),
            pa.field("findings", pa.list_(finding)),
        ]
    )
    passing = iter(receipt.counted(entries))
    with ParquetWriter(stream, schema, compression="zstd") as writer:
        while batch := list(islice(passing, _N_ROWS_A_GROUP)):
            columns = [*_columns(batch), *_nested(batch)]
            arrays = [pa.array(one, each.type) for one, each in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        said = json.dumps(receipt.as_json(), ensure_ascii=False)
        writer.add_key_value_metadata({"litsweep": said})


def _columns(entries: Sequence[ExportEntry]) -> Iterator[list[Cell]]:
    """Iterate over the records' columns: five times as fast as rows, which pyarrow turns."""
    for column in RECORD_COLUMNS:
        yield [_cell(column.read(entry)) for entry in entries]


def _nested(entries: Sequence[ExportEntry]) -> Iterator[list[list[dict[str, Cell]]]]:
    yield [[_cells(DECISION_COLUMNS, one) for one in entry.decisions] for entry in entries]
    yield [[_cells(FINDING_COLUMNS, one) for one in entry.findings] for entry in entries]


def _cells(columns: Sequence[Column], noun: object) -> dict[str, Cell]:
    return {column.name: _cell(column.read(noun)) for column in columns}


def _cell(value: Cell) -> Cell:
    # A lone surrogate cannot be encoded.
    return writable(value) if isinstance(value, str) else value


def _struct(pa: Any, columns: Sequence[Column]) -> Any:
    return pa.struct(_fields(pa, columns))


def _fields(pa: Any, columns: Sequence[Column]) -> list[Any]:
    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.NUMBER: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DAY: pa.date32(),
        ColumnType.TIME: pa.timestamp("us", tz="UTC"),
    }
    return [pa.field(column.name, types[column.type]) for column in columns]
