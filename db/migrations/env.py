"""Alembic's entry: runs migrations over the connection of ``db.schema``, or its own.

Its own is for developers: ``alembic check`` and ``alembic revision --autogenerate`` use the
database of the settings.
"""

from alembic import context
from sqlalchemy import Connection

from db import views
from db.connections import parse_place, writer_engine
from db.schema import REVISIONS, VERSION_TABLE
from db.tables import metadata
from litsweep.settings import load_settings


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,  # SQLite alters most things only by rebuilding the table
        include_name=_is_ours,
    )
    with context.begin_transaction():
        # SQLite rebuilds no table that a view speaks of.
        views.uninstall(connection)
        context.run_migrations()
        if context.get_context().get_current_revision() == REVISIONS[-1]:
            views.install(connection)


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    # The database may be shared with another program; its tables are not ours to compare.
    return kind != "table" or name in metadata.tables


def _main() -> None:
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is not None:
        _run(connection)
        return
    place = parse_place(load_settings().database_url)
    with writer_engine(place, has_foreign_keys=False).begin() as own_connection:
        _run(own_connection)


_main()
