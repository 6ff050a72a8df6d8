"""How the command line speaks: results to standard output, everything else to standard error."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

out: Final = Console(soft_wrap=True, highlight=False)
err: Final = Console(stderr=True, soft_wrap=True, highlight=False)


class Exit(IntEnum):
    """What the process ends with."""

    DONE = 0
    """All that was asked was done."""
    INCOMPLETE = 1
    """Something is missing or failed; what was done is kept."""
    USAGE = 2
    """The command cannot be run as it was given."""
    INTERRUPTED = 130
    """Ctrl-C (128 + SIGINT, as shells count)."""


def say(text: str) -> None:
    """Tell the person what is going on."""
    err.print(escape(text))


def show(text: str = "") -> None:
    """Print a line of the result."""
    out.print(escape(text))


def show_json(value: Any) -> None:
    """Print a result for a program: UTF-8, indented, times and dates in ISO 8601."""
    out.file.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def show_table(columns: list[str], rows: list[list[Any]], *, title: str | None = None) -> None:
    """Print rows under headings; None is shown as nothing."""
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    out.print(table, soft_wrap=False)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar for each thing counted; yields the listener to be told of progress."""
    bars: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:

        def advance(counted: str, n_more: int, n_total: int) -> None:
            bar = bars.get(counted)
            # Each topic counts anew: a bar that is full belongs to the one before.
            if bar is None or progress.tasks[bar].finished:
                bar = bars[counted] = progress.add_task(counted, total=n_total)
            progress.advance(bar, n_more)

        yield advance
