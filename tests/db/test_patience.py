"""How long PostgreSQL is waited for, what it ends, and which error says so."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from db import engine, schema
from db.connections import Limits
from db.engine import Database, open_database
from litsweep.errors import DatabaseBusy, DatabaseError, DatabaseUnreachable

BRIEF = Limits(statement_s=0.2)


@contextmanager
def opened(url: str, limits: Limits) -> Iterator[Database]:
    database = open_database(url, limits=limits)
    try:
        yield database
    finally:
        database.close()


def shown(conn: Connection, setting: str) -> str:
    return str(conn.scalar(text(f"SHOW {setting}")))


def test_a_statement_that_takes_too_long_is_ended_and_said(postgresql_url: str) -> None:
    with opened(postgresql_url, BRIEF) as database:
        with (
            pytest.raises(DatabaseError, match="database_timeout_seconds") as caught,
            database.reading() as conn,
        ):
            conn.execute(text("SELECT pg_sleep(20)"))
        assert not isinstance(caught.value, DatabaseUnreachable | DatabaseBusy)
        with database.reading() as conn:
            assert conn.scalar(text("SELECT 1")) == 1


def test_a_transaction_that_stands_idle_is_ended_and_frees_the_writers(
    postgresql_url: str,
) -> None:
    with (
        opened(postgresql_url, BRIEF) as database,
        opened(postgresql_url, Limits()) as other,
        pytest.raises(DatabaseError),
        database.writing() as conn,
    ):
        time.sleep(0.5)  # as a process that was stopped does
        with other.writing() as second:
            assert second.scalar(text("SELECT 1")) == 1
        conn.execute(text("SELECT 1"))


def test_what_may_take_long_has_no_limit(postgresql_url: str) -> None:
    with opened(postgresql_url, Limits()) as database, database.writing() as conn:
        assert shown(conn, "statement_timeout") == "0"
        assert shown(conn, "idle_in_transaction_session_timeout") == "0"


def test_the_address_has_the_last_word(postgresql_url: str) -> None:
    joint = "&" if "?" in postgresql_url else "?"
    url = f"{postgresql_url}{joint}options=-c%20statement_timeout%3D7s"
    with opened(url, BRIEF) as database, database.reading() as conn:
        assert shown(conn, "statement_timeout") == "7s"
        assert shown(conn, "idle_in_transaction_session_timeout") == "200ms"


def test_a_connection_that_is_lost_is_said_to_be(postgresql_url: str) -> None:
    with opened(postgresql_url, Limits()) as database:
        with (
            pytest.raises(DatabaseUnreachable, match="cannot be reached"),
            database.writing() as conn,
            database.beside_writers() as other,
        ):
            own = conn.scalar(text("SELECT pg_backend_pid()"))
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            conn.execute(text("SELECT 1"))
        with database.writing() as conn:
            assert conn.scalar(text("SELECT 1")) == 1


def test_a_writer_who_waits_too_long_says_that_another_is_busy(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_S", 0.2)
    with (
        opened(postgresql_url, Limits()) as first,
        opened(postgresql_url, Limits()) as second,
        first.writing(),
        pytest.raises(DatabaseBusy, match="Let the other command finish"),
        second.writing(),
    ):
        raise AssertionError("two writers at once")


def test_a_server_that_comes_back_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.db", create=True)
    patient = Database(database._place, Limits(reconnecting_s=60))
    connect, refusals = engine._connect_once, [1, 2]

    def refuse(to: Engine) -> Connection:
        if refusals:
            refusals.pop()
            raise OperationalError("", {}, Exception("connection refused"))
        return connect(to)

    monkeypatch.setattr(engine, "_connect_once", refuse)
    monkeypatch.setattr("db.engine.time.sleep", lambda _seconds: None)
    with patient.reading() as conn:
        assert conn.scalar(text("SELECT 1")) == 1
    refusals += [1]
    with pytest.raises(DatabaseUnreachable), database.reading():
        raise AssertionError("a command does not wait")
    patient.close()
    database.close()
