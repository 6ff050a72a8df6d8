"""Sends a table of a page as a file: one way for all of them, in every format of tables."""

from collections.abc import Callable
from importlib.metadata import version
from typing import IO, Any

from starlette.responses import Response

from db.engine import Connection
from litsweep.errors import UsageError
from litsweep.exports.tables import TABLE_FORMATS, Table, TableFormat
from litsweep_app.web.filters import Reader
from litsweep_app.web.growing_file import GrowingFile
from litsweep_app.web.sending import name_file, send_file
from litsweep_app.web.visit import Visit

BuildTable = Callable[[Visit, Connection, Reader], Table]
"""Makes a table of what the address asks for, as far as the person may see it."""


def send_table(visit: Visit, name: str, build: BuildTable) -> Response:
    """Send the table that ``build`` makes; ``name`` is what its file is called after.

    Raises:
        UsageError: there is no such format, or something in the address cannot be read.
        LitsweepError: as ``build`` raises it.
    """
    reader = Reader(visit.query)
    file_format = _read_format(reader)

    def write(file: GrowingFile, stream: IO[bytes]) -> None:
        with visit.database.reading() as conn:
            table = build(visit, conn, reader)
            for field, message in reader.problems.items():
                raise UsageError(f"{field}: {message}")
            rows = file.while_wanted(table.rows)
            wanted = Table(name=table.name, columns=table.columns, rows=rows)
            file_format.write(wanted, stream, _describe(visit, table, file_format))

    return send_file(
        visit,
        write,
        name=name_file(f"{reader.text('topic')} {name}", file_format.suffix, visit.now),
        media_type=file_format.media_type,
        is_seekable=not file_format.is_text,
    )


def _read_format(reader: Reader) -> TableFormat:
    name = reader.text("format")
    if name not in TABLE_FORMATS:
        listed = ", ".join(TABLE_FORMATS)
        raise UsageError(f"format: a table is no {name[:40]!r}; there are {listed}.")
    return TABLE_FORMATS[name]


def _describe(visit: Visit, table: Table, file_format: TableFormat) -> dict[str, Any]:
    return {
        "tool": f"litsweep {version('litsweep')}",
        "exported_at": visit.now.isoformat(timespec="seconds"),
        "exported_by": visit.me.name,
        "format": file_format.title,
        "table": table.name,
        "filters": {name: one for name, one in visit.query.items() if name != "format"},
    }
