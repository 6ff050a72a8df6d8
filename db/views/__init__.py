"""Views for people: made from the tables on both databases, taken away before a migration.

A view is no part of a migration: `install` makes all of them after the newest one, so that they
always are what this litsweep says. Each is written once, in a module of its own here, for both
databases.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, inspect, literal

from db.views.findings_wide import FINDINGS_WIDE
from db.views.provenance import PROVENANCE
from db.views.record_card import RECORD_CARD
from db.views.review_queue import REVIEW_QUEUE
from db.views.run_receipts import RUN_RECEIPTS
from db.views.view import Query, View

__all__ = ["ALL_VIEWS", "VIEWS", "Query", "View", "install", "uninstall"]

ALL_VIEWS: Final[tuple[View, ...]] = (
    REVIEW_QUEUE,
    RECORD_CARD,
    FINDINGS_WIDE,
    RUN_RECEIPTS,
    PROVENANCE,
)
"""Every view with its comments, in the order in which they are made."""

VIEWS: Final[Mapping[str, Query]] = MappingProxyType({view.name: view.query for view in ALL_VIEWS})
"""Every view's query by name, in the order in which they are made."""


def install(conn: Connection) -> None:
    """Make all views, in place of those that are there."""
    uninstall(conn)
    for view in ALL_VIEWS:
        # Compiled for this database, the text is the driver's own: no colon of it is a parameter.
        query = view.query.compile(conn, compile_kwargs={"literal_binds": True})
        conn.exec_driver_sql(f"CREATE VIEW {view.name} AS {query}")
        if conn.dialect.supports_comments:
            _comment(conn, view)


def uninstall(conn: Connection) -> None:
    """Take our views away, those of an older litsweep too."""
    for name in reversed(inspect(conn).get_view_names()):
        if name in VIEWS:
            conn.exec_driver_sql(f"DROP VIEW {name}")


def _comment(conn: Connection, view: View) -> None:
    targets = {f"VIEW {view.name}": view.comment} | {
        f"COLUMN {view.name}.{column.name}": column.comment for column in view.columns
    }
    for target, comment in targets.items():
        conn.exec_driver_sql(f"COMMENT ON {target} IS {_literal(conn, comment)}")


def _literal(conn: Connection, words: str) -> Any:
    return literal(words).compile(conn, compile_kwargs={"literal_binds": True})
