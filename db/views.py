"""Views for people: made from the tables on both databases, taken away before a migration.

A view is no part of a migration: `install` makes all of them after the newest one, so that they
always are what this litsweep says.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Select, inspect, text

VIEWS: Final[Mapping[str, Select[Any]]] = MappingProxyType({})
"""Every view's query by name, in the order in which they are made."""


def install(conn: Connection) -> None:
    """Make all views, in place of those that are there."""
    uninstall(conn)
    for name, query in VIEWS.items():
        compiled = query.compile(conn, compile_kwargs={"literal_binds": True})
        conn.execute(text(f"CREATE VIEW {name} AS {str(compiled).replace(':', chr(92) + ':')}"))


def uninstall(conn: Connection) -> None:
    """Take our views away, those of an older litsweep too."""
    for name in reversed(inspect(conn).get_view_names()):
        if name in VIEWS:
            conn.execute(text(f"DROP VIEW {name}"))
