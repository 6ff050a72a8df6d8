"""``litsweep sql``: one SELECT on the results database; nothing can be changed by it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from db import catalogue
from db.console import Result, run_select
from db.console_columns import read_columns
from litsweep.errors import UsageError
from litsweep.settings import load_settings
from litsweep_app.cli.console import out, say, show_json, show_rows
from litsweep_app.cli.sql_formats import Columns, to_csv, to_records, to_rows, write_parquet

_STANDARD_INPUT = "-"


def sql(
    statement: Annotated[
        str | None,
        typer.Argument(help="One SELECT; - reads it from standard input. None: list the tables."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the SELECT from this file.")
    ] = None,
    describe: Annotated[
        str | None,
        typer.Option("--describe", metavar="TABLE", help="List a table's or view's columns."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, exact.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FILE", help="Write a typed Parquet file."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let --parquet replace a file that is there.")
    ] = False,
    vertical: Annotated[
        bool,
        typer.Option("--vertical", "-x", help="One line a value; so, too, where a table is wide."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most.")] = 100_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds it may take.")] = 60.0,
) -> None:
    """Run one SELECT on the results database; nothing can be changed by it.

    Without a statement the tables and views are listed, each with its meaning.
    """
    _refuse_several("--csv --json --parquet --vertical", (csv, as_json, parquet, vertical))
    _refuse_several("a statement, --file, --describe", (statement, file, describe))
    asked = _read_statement(statement, file)
    found = _look_up(asked, describe, limit, timeout)
    columns = read_columns(found)
    if csv:
        out.file.write(to_csv(columns))
    elif as_json:
        show_json(to_records(columns))
    elif parquet is not None:
        write_parquet(columns, parquet, replace=replace)
        say(f"{len(found.rows):,} rows written to {parquet}.")
    else:
        _show(columns, vertical)
    if found.is_cut:
        say(f"Cut after {len(found.rows):,} rows; there are more (--limit).")


def _refuse_several(names: str, given: Sequence[object]) -> None:
    if sum(one is not None and one is not False for one in given) > 1:
        raise UsageError(f"Choose one of {names}.")


def _read_statement(statement: str | None, file: Path | None) -> str | None:
    if statement == _STANDARD_INPUT or (file and str(file) == _STANDARD_INPUT):
        return sys.stdin.read()
    if file is None:
        return statement
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{file} cannot be read: {reason}.") from error


def _look_up(statement: str | None, describe: str | None, limit: int, timeout: float) -> Result:
    if describe is not None:
        return catalogue.describe_table(describe)
    if statement is None:
        say("Tables and views; `litsweep sql --describe NAME` lists the columns of one.")
        return catalogue.list_tables()
    settings = load_settings()
    url = settings.reader_database_url or settings.database_url
    found = run_select(url, statement, max_rows=limit, timeout_s=timeout)
    if found.warning:
        say(found.warning)
    return found


def _show(columns: Columns, vertical: bool) -> None:
    rows = to_rows(columns)
    show_rows([column.name for column in columns], rows, vertical=vertical)
    if not rows:
        say("No rows.")
