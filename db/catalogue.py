"""What there is to ask for: the tables and views, and their columns, each with its meaning.

As the schema of record says, which the database at hand was checked to have.
"""

from difflib import get_close_matches
from typing import Any

from db import views
from db.console import Result
from db.console_columns import kind_of_type
from db.tables import metadata
from litsweep.errors import UsageError


def list_tables() -> Result:
    """Return one row a view and table: name, what it is, and its meaning; views first."""
    rows = [(name, "view", _view_comment(name)) for name in views.VIEWS]
    rows += [
        (table.name, "table", table.comment or "")
        for table in sorted(metadata.tables.values(), key=lambda table: table.name)
    ]
    return Result(columns=("name", "what", "meaning"), rows=tuple(rows), is_cut=False)


def describe_table(name: str) -> Result:
    """Return one row a column of a table or view, in order: name, type, whether null, meaning.

    Raises:
        UsageError: there is no such table or view; the message offers names like it.
    """
    if name in metadata.tables:
        rows = [_describe(column, column.comment or "") for column in metadata.tables[name].columns]
    elif name in views.VIEWS:
        comments = _column_comments(name)
        selected = views.VIEWS[name].selected_columns
        rows = [_describe(column, comments.get(column.name, "")) for column in selected]
    else:
        near = get_close_matches(name, [*views.VIEWS, *metadata.tables])
        offer = f"Did you mean {', '.join(near)}?" if near else "`litsweep sql` lists all."
        raise UsageError(f"There is no table or view {name!r}. {offer}")
    return Result(
        columns=("column", "type", "points_at", "meaning"), rows=tuple(rows), is_cut=False
    )


def _describe(column: Any, comment: str) -> tuple[str, str, str | None, str]:
    keys = getattr(column, "foreign_keys", ())
    points_at = ", ".join(sorted({key.column.table.name for key in keys})) or None
    return (column.name, kind_of_type(column.type).value, points_at, comment)


def _view_comment(name: str) -> str:
    return next(view.comment for view in views.ALL_VIEWS if view.name == name)


def _column_comments(name: str) -> dict[str, str]:
    columns = (view.columns for view in views.ALL_VIEWS if view.name == name)
    return {column.name: column.comment for column in next(columns, ())}
