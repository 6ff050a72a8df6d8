"""Databases as an older migration made them, with rows that are written as plain SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from db import schema
from db.connections import parse_place, writer_engine


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Open a database of any revision, for one transaction."""
    engine: Engine = writer_engine(parse_place(url))
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def make_older(url: str, revision: str, rows: str) -> None:
    """Make a database of ``revision`` at ``url``, with ``rows``: statements that end lines by ;."""
    schema.upgrade(url, revision)
    with connected(url) as conn:
        for statement in rows.split(";\n"):
            if statement.strip():
                conn.execute(text(statement.replace(":", "\\:")))
