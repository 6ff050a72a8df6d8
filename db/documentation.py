"""``docs/database.md``: the schema and the views as a page, generated from their own comments.

``python -m db.documentation > docs/database.md`` writes it; a test keeps the page true. Nothing is
said here that the tables and views do not say themselves, but for what the databases differ in.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, Enum, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from db.tables import (
    checking,
    entries,
    identification,
    loading,
    machine_texts,
    people,
    reading,
    retrieval,
    screening,
    surveillance,
    telling,
)
from db.views import ALL_VIEWS, View

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]

GROUPS: Final = {
    "Identification": (identification, entries, surveillance, loading),
    "Retrieval": (retrieval,),
    "Reading": (reading, machine_texts),
    "Checking": (checking,),
    "Screening and eligibility": (screening,),
    "The desk's people": (people,),
    "Telling people": (telling,),
}
"""The files of ``db.tables`` by the heading of the page that they come under."""

_INTRODUCTION: Final = """\
# The results database

Generated from `db/tables/` and `db/views/` by `make docs`; do not edit.

The schema is the same on SQLite and on PostgreSQL. Types are PostgreSQL's; on SQLite a time is ISO
8601 text in UTC of fixed width (`2026-11-22T04:30:00.000000+00:00`), a date is `YYYY-MM-DD`,
`JSONB` is JSON text, `BYTEA` a BLOB, and a Boolean 0 or 1. A column may be null only where the
table says so. Rows are added and not changed, but for the few that `db/tables/__init__.py` names.
`litsweep sql` runs queries read-only; worked ones are in [queries.md](queries.md).

People ask the [views](#views). The full-text index (`record_words`) is `litsweep search`'s own.
"""


def list_groups() -> dict[str, list[Table]]:
    """Return the tables by heading, each file's in its own order."""
    return {
        heading: [one for file in files for one in vars(file).values() if isinstance(one, Table)]
        for heading, files in GROUPS.items()
    }


def write_page() -> str:
    """Return the whole page as Markdown."""
    parts = [_INTRODUCTION]
    for group, tables in list_groups().items():
        parts += [f"## {group}\n", _write_diagram(tables)]
        parts += [_write_table(table) for table in tables]
    parts += ["## Views\n", *(_write_view(view) for view in ALL_VIEWS)]
    return "\n".join(parts)


def _write_diagram(tables: list[Table]) -> str:
    """Return an entity-relationship diagram of the keys; a child points at its parents."""
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        lines += [f"    {table.name} {{", *_diagram_keys(table), "    }"]
    for table in tables:
        lines += _diagram_links(table)
    return "\n".join([*lines, "```", ""])


def _diagram_keys(table: Table) -> Iterator[str]:
    for column in table.columns:
        roles = [
            role
            for role, has in (("PK", column.primary_key), ("FK", bool(column.foreign_keys)))
            if has
        ]
        if roles:
            kind = _write_type(column).split("(")[0].lower()
            yield f"        {kind} {column.name} {', '.join(roles)}"


def _diagram_links(table: Table) -> list[str]:
    links = []
    for key in table.foreign_key_constraints:
        own = [table.c[name] for name in key.column_keys]
        parent = "|o" if any(column.nullable for column in own) else "||"
        child = "o|" if _is_unique(table, key.column_keys) else "o{"
        name = key.column_keys[0]
        links.append(f"    {key.referred_table.name} {parent}--{child} {table.name} : {name}")
    return sorted(links)


def _is_unique(table: Table, columns: Sequence[str]) -> bool:
    keys = [{column.name for column in table.primary_key.columns}]
    keys += [{one.name for one in key.columns} for key in _constraints(table, UniqueConstraint)]
    return any(key <= set(columns) for key in keys)


def _write_table(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {_write_type(column)} | {'yes' if column.nullable else ''} | "
        f"{_write_keys(column)} | {_escape(_explain(column))} |"
        for column in table.columns
    ]
    head = ["| column | type | null | keys | |", "|---|---|---|---|---|"]
    return "\n".join(
        [f"### `{table.name}`\n", f"{table.comment}\n", *head, *rows, "", *_list_rules(table)]
    )


def _write_type(column: Column[Any]) -> str:
    return column.type.compile(_DIALECT).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")


def _write_keys(column: Column[Any]) -> str:
    keys = ["primary"] if column.primary_key else []
    keys += ["unique"] if column.unique else []
    targets = {key.column.table.name for key in column.foreign_keys}
    return ", ".join([*keys, *(f"→ [{name}](#{name})" for name in sorted(targets))])


def _explain(column: Column[Any]) -> str:
    comment = str(column.comment)
    if isinstance(column.type, Enum):
        comment += " One of " + ", ".join(f"`{word}`" for word in column.type.enums) + "."
    return comment


def _list_rules(table: Table) -> Iterator[str]:
    """Yield what the database refuses, and what it looks up quickly, one line each."""
    for key in _constraints(table, UniqueConstraint):
        if len(key.columns) > 1:
            yield f"- unique: {_names(key.columns)}"
    for parent in _constraints(table, ForeignKeyConstraint):
        if len(parent.columns) > 1:
            yield f"- in `{parent.referred_table.name}` together: {_names(parent.columns)}"
    for check in _checks(table):
        yield f"- check `{check.name}`: `{check.sqltext}`"
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        kind = "unique index" if index.unique else "index"
        where = index.dialect_options["sqlite"].get("where")
        yield f"- {kind}: {_names(index.columns)}" + ("" if where is None else f" where `{where}`")
    yield ""


def _checks(table: Table) -> list[CheckConstraint]:
    """Return the checks of the table and of its columns, but for those that a type brings."""
    of_columns = [one for column in table.columns for one in column.constraints]
    found = [*table.constraints, *of_columns]
    checks = [one for one in found if isinstance(one, CheckConstraint)]
    states = {column.name for column in table.columns if isinstance(column.type, Enum)}
    own = [one for one in checks if str(one.name).removeprefix(f"ck_{table.name}_") not in states]
    return sorted(own, key=lambda one: str(one.name))


def _constraints(table: Table, kind: type[Any]) -> list[Any]:
    found = (one for one in table.constraints if isinstance(one, kind))
    return sorted(found, key=lambda one: [column.name for column in one.columns])


def _names(columns: Any) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)


def _write_view(view: View) -> str:
    rows = [f"| `{column.name}` | {_escape(column.comment)} |" for column in view.columns]
    head = ["| column | |", "|---|---|"]
    return "\n".join([f"### `{view.name}`\n", f"{view.comment}\n", *head, *rows, ""])


def _escape(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(write_page())
