"""How the command line speaks: results to standard output, everything else to standard error."""

import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, TypeVar

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from litsweep_app.cli.visible import visible

# Without markup and emoji codes: "[95% CI]" and ":1:" are shown as they are.
out: Final = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err: Final = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)

_PIPE_WIDTH: Final = 100_000
_Item = TypeVar("_Item")


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
    _print(err, text)


def show(text: str = "") -> None:
    """Print lines of the result."""
    _print(out, text)


def _print(console: Console, text: str) -> None:
    # A terminal breaks long lines anywhere; a pipe must get them whole.
    if console.is_terminal:
        text = "\n".join(_wrapped(line, console.width) for line in text.split("\n"))
    console.print(text)


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        width,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,  # an address or a hash is copied whole
        break_on_hyphens=False,
    )


def keep_newest(found: list[_Item], limit: int | None) -> list[_Item]:
    """Return the last ``limit`` of a list that begins with the oldest; tell if there are more."""
    if limit is None or len(found) <= limit:
        return found
    say(f"Only the newest {limit:,}; there are older ones (--limit).")
    return found[-limit:]


def show_json(value: Any) -> None:
    """Print a result for a program: UTF-8, indented, times and dates in ISO 8601."""
    out.file.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# A column of a table is made narrower than its text, but not narrower than this.
_NARROWEST: Final = 20
_BETWEEN_COLUMNS: Final = 2


def show_rows(columns: list[str], rows: list[list[Any]], *, vertical: bool = False) -> None:
    """Print rows as a table, or each row as lines of its own where a table would be unreadable.

    So it is where ``vertical`` asks for it, and on a terminal that is too narrow for the columns.
    """
    if vertical or (out.is_terminal and not _fits(columns, rows, out.width)):
        _show_vertically(columns, rows)
    else:
        show_table(columns, rows)


def _fits(columns: list[str], rows: list[list[Any]], width: int) -> bool:
    needed = 1
    for place, column in enumerate(columns):
        widest = max((_cell(row[place]).cell_len for row in rows), default=0)
        needed += max(min(widest, _NARROWEST), len(column)) + _BETWEEN_COLUMNS
    return needed <= width


def _show_vertically(columns: list[str], rows: list[list[Any]]) -> None:
    console = out if out.is_terminal else Console(file=out.file, width=_PIPE_WIDTH)
    for number, row in enumerate(rows, 1):
        console.print(Text(f"{'' if number == 1 else chr(10)}row {number}", style="bold"))
        table = Table.grid(padding=(0, _BETWEEN_COLUMNS))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for column, value in zip(columns, row, strict=True):
            table.add_row(Text(visible(column), style="dim"), _cell(value))
        console.print(table, soft_wrap=False)


def show_table(columns: list[str], rows: list[list[Any]], *, title: str | None = None) -> None:
    """Print rows under headings, folded to a terminal's width and whole in a pipe."""
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(Text(visible(column)), overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    console = out if out.is_terminal else Console(file=out.file, width=_PIPE_WIDTH)
    console.print(table, soft_wrap=False)


def _cell(value: Any) -> Text:
    if value is None:
        return Text()
    return Text(f"{value:.6g}" if isinstance(value, float) else visible(str(value)))


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar for each thing counted; yields the listener to be told of progress.

    Where standard error is no terminal, each step is a line instead.
    """
    if not err.is_terminal:
        yield _StepLines().advance
        return
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


class _StepLines:
    """Progress for a log: a line a step."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}

    def advance(self, counted: str, n_more: int, n_total: int) -> None:
        """Say how many of ``n_total`` are done now."""
        done = self._done.get(counted, 0)
        # Each topic counts anew.
        self._done[counted] = n_more if done >= n_total else done + n_more
        say(f"{counted}: {self._done[counted]} of {n_total}")
