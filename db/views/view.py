"""What a view is made of: its columns, each with its meaning, and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, CompoundSelect, Label, Select

Query = Select[Any] | CompoundSelect[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """A column of a view: its name, what it holds, and how it is had."""

    name: str
    comment: str
    expression: ColumnElement[Any]

    @property
    def labelled(self) -> Label[Any]:
        """The expression under the column's name."""
        return self.expression.label(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view with the meaning of its rows and of its columns, in their order."""

    name: str
    comment: str
    columns: tuple[ViewColumn, ...]
    query: Query


def column(name: str, expression: ColumnElement[Any], comment: str) -> ViewColumn:
    """Return a column of a view."""
    return ViewColumn(name=name, comment=comment, expression=expression)


def same(source: Column[Any], name: str | None = None) -> ViewColumn:
    """Return a table's column as it is, with its own comment; ``name`` is another name."""
    return ViewColumn(name=name or source.name, comment=source.comment or "", expression=source)


def make_view(
    name: str,
    comment: str,
    columns: tuple[ViewColumn, ...],
    build: Callable[[tuple[Label[Any], ...]], Query],
) -> View:
    """Return a view whose query ``build`` makes of the columns."""
    query = build(tuple(one.labelled for one in columns))
    return View(name=name, comment=comment, columns=columns, query=query)
