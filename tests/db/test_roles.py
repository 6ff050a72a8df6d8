"""A reader can read and do nothing else, whatever it says; a worker changes no table."""

import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from sqlalchemy.engine import make_url

from db.connections import parse_place
from db.console import run_select
from db.contents import hash_all
from db.copying import copy_database, snapshot
from db.engine import open_database
from db.roles import Part, Role, describe_statements, find_own_role, make_roles
from db.topics import add_topic
from litsweep.errors import DatabaseError, StatementRefused, UsageError


class Roles(NamedTuple):
    """Addresses of a PostgreSQL database with one topic: its owner's, reader's and worker's."""

    owner: str
    reader: str
    worker: str
    names: tuple[str, str]


@pytest.fixture(scope="module")
def roles(server_url: str, template: str) -> Iterator[Roles]:
    """One database for all tests of this module: making one takes longer than they do."""
    tag = uuid.uuid4().hex[:8]
    url = make_url(server_url).set(database=f"litsweep_{tag}")
    address = url.render_as_string(hide_password=False)
    # Roles belong to the whole server; a quotation mark in a name must do no harm.
    names = (f'reader"{tag}', f"worker:{tag}%s")
    wanted = _both(*names, "pä'ss")
    with _connected(server_url) as conn:
        conn.execute(f"CREATE DATABASE litsweep_{tag} TEMPLATE {template}")
    database = open_database(address)
    with database.writing() as conn_:
        add_topic(conn_, name="asthma", query="x", author="A", reason="r")
    database.close()
    make_roles(address, wanted)
    yield Roles(address, _as_user(address, names[0]), _as_user(address, names[1]), names)
    with _connected(server_url) as conn:
        conn.execute(f"DROP DATABASE litsweep_{tag} WITH (FORCE)")
        for name in names:
            conn.execute(psycopg.sql.SQL("DROP ROLE {}").format(psycopg.sql.Identifier(name)))


def _both(reader: str, worker: str, password: str | None = None) -> list[Role]:
    return [
        Role(part=Part.READER, name=reader, password=password),
        Role(part=Part.WORKER, name=worker),
    ]


def _as_user(url: str, name: str) -> str:
    return make_url(url).set(username=name).render_as_string(hide_password=False)


def _connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


BREAKING_OUT = {
    "insert": "INSERT INTO topics (name, created_at) VALUES ('x', now())",
    "update": "UPDATE topics SET name = 'x'",
    "delete": "DELETE FROM topics",
    "truncate": "TRUNCATE topics CASCADE",
    "drop": "DROP TABLE topics CASCADE",
    "alter": "ALTER TABLE topics ADD COLUMN x integer",
    "create table": "CREATE TABLE mine (x integer)",
    "create temporary table": "CREATE TEMPORARY TABLE mine (x integer)",
    "create schema": "CREATE SCHEMA mine",
    "create function": "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "create extension": "CREATE EXTENSION dblink",
    "lock": "BEGIN; LOCK TABLE topics IN ACCESS EXCLUSIVE MODE",
    "for update": "SELECT * FROM topics FOR UPDATE",
    "next number": "SELECT nextval('topics_topic_id_seq')",
    "program": "COPY topics TO PROGRAM 'cat'",
    "file": "COPY topics TO '/tmp/x'",
    "copy in": "COPY topics FROM STDIN",
    "server's file": "SELECT pg_read_file('/etc/passwd')",
    "server's folder": "SELECT pg_ls_dir('.')",
    "large object out": "SELECT lo_export(1, '/tmp/x')",
    "large object in": "SELECT lo_import('/etc/passwd')",
    "large object": "SELECT lo_from_bytea(0, 'x')",
    "function in a query": "SELECT query_to_xml('SELECT pg_read_file(''x'')', true, true, '')",
    "settings": "ALTER SYSTEM SET fsync = off",
    "owner": "SET ROLE postgres",
    "session": "SET SESSION AUTHORIZATION postgres",
    "role by function": "SELECT set_config('role', 'postgres', false)",
    "superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "passwords": "SELECT rolpassword FROM pg_authid",
}


@pytest.mark.parametrize("statement", BREAKING_OUT.values(), ids=BREAKING_OUT.keys())
def test_a_reader_cannot_break_out(roles: Roles, statement: str) -> None:
    # Without the console and with all that a user may switch off by himself.
    with _connected(roles.reader) as conn:
        conn.execute("SET default_transaction_read_only = off")
        conn.execute("SET statement_timeout = 0")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)
            assert statement.startswith("COPY")
            with conn.cursor().copy(statement):
                pass
    with _connected(roles.owner) as conn:
        assert conn.execute("SELECT name FROM topics").fetchall() == [("asthma",)]


@pytest.mark.parametrize("statement", BREAKING_OUT.values(), ids=BREAKING_OUT.keys())
def test_nor_through_the_console(roles: Roles, statement: str) -> None:
    with pytest.raises(DatabaseError):
        run_select(roles.reader, statement, max_rows=5, timeout_s=10)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1; DELETE FROM topics",
        "SET default_transaction_read_only = off",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT query_to_xml('SET TRANSACTION READ WRITE', true, true, '')",
        "SELECT query_to_xml('DELETE FROM topics', true, true, '')",
        "SELECT pg_sleep(30)",
        "SELECT query_to_xml('SELECT pg_sleep(30)', true, true, '')",
        "DO $$ BEGIN DELETE FROM topics; END $$",
        "CALL nothing()",
        "EXPLAIN ANALYZE DELETE FROM topics",
    ],
)
def test_the_console_holds_the_owner_back_too(roles: Roles, statement: str) -> None:
    for url in (roles.reader, roles.owner):
        with pytest.raises(StatementRefused):
            run_select(url, statement, max_rows=5, timeout_s=1)
    assert run_select(roles.owner, "SELECT name FROM topics", max_rows=5, timeout_s=10).rows == (
        ("asthma",),
    )


def test_a_reader_reads_all_that_is_ours_and_views_to_come(roles: Roles) -> None:
    with snapshot(parse_place(roles.owner)) as conn:
        expected = hash_all(conn)
    with snapshot(parse_place(roles.reader)) as conn:
        assert hash_all(conn) == expected
        assert find_own_role(conn).is_owner is False
    with _connected(roles.owner) as connection:
        connection.execute("CREATE VIEW later AS SELECT name FROM topics")
    result = run_select(roles.reader, "SELECT name FROM later", max_rows=5, timeout_s=10)
    assert (result.rows, result.warning) == ((("asthma",),), None)


def test_select_is_all_that_a_copy_asks_for(roles: Roles, tmp_path: Any) -> None:
    tables = copy_database(roles.reader, f"sqlite:///{tmp_path}/copy.db", lambda *_: None)
    assert all(one.is_equal for one in tables)


def test_who_is_held_back_by_the_transaction_alone_is_told(roles: Roles) -> None:
    warning = run_select(roles.owner, "SELECT 1", max_rows=1, timeout_s=10).warning
    assert warning is not None
    assert "superuser" in warning
    assert "litsweep db roles" in warning


def test_a_worker_changes_no_table(roles: Roles) -> None:
    with _connected(roles.worker) as connection:
        connection.execute("CREATE TEMPORARY TABLE batch (x integer)")
        for name in ("create table", "drop", "alter", "create schema", "program", "superuser"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(BREAKING_OUT[name])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE litsweep_schema_version SET version_num = '1'")


def test_making_them_again_takes_back_what_is_too_much(roles: Roles) -> None:
    reader, worker = roles.names
    with _connected(roles.owner) as conn:
        name = psycopg.sql.Identifier(reader)
        conn.execute(psycopg.sql.SQL("GRANT DELETE ON topics TO {}").format(name))
    assert make_roles(roles.owner, _both(reader, worker)) == []
    with _connected(roles.reader) as conn:
        conn.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM topics")


def test_the_password_reaches_the_server_hashed_only(roles: Roles) -> None:
    with _connected(roles.owner) as conn:
        row = conn.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [roles.names[0]]
        ).fetchone()
        nobody = conn.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [roles.names[1]]
        ).fetchone()
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")
    assert nobody == (None,)


def test_the_statements_can_be_read_before(postgresql_url: str) -> None:
    statements = describe_statements(postgresql_url, _both("nobody_r", "nobody_w"))
    assert any(one.startswith('CREATE ROLE "nobody_r"') for one in statements)
    assert "REVOKE CREATE ON SCHEMA public FROM PUBLIC" in statements
    with _connected(postgresql_url) as conn:
        assert not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'nobody_r'").fetchall()


@pytest.mark.parametrize("reader", ["", "pg_reader", "x" * 64, "same"])
def test_what_is_no_name_is_refused(postgresql_url: str, reader: str) -> None:
    with pytest.raises(UsageError):
        make_roles(postgresql_url, _both(reader, "same"))


def test_a_mightier_role_of_that_name_is_refused(postgresql_url: str) -> None:
    owner = make_url(postgresql_url).username or "postgres"
    with pytest.raises(DatabaseError, match="may do more than it should \\(super"):
        make_roles(postgresql_url, _both(owner, "never_made"))
    with _connected(postgresql_url) as conn:
        assert not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'never_made'").fetchall()


def test_sqlite_has_none(sqlite_url: str) -> None:
    with pytest.raises(UsageError, match="has no roles"):
        make_roles(sqlite_url, _both("a", "b"))
