import sqlite3
from pathlib import Path

import pytest

from db.console import run_select
from db.engine import Database, open_database
from db.topics import add_topic
from litsweep.errors import DatabaseError, DatabaseNotReady, StatementRefused, UsageError

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def url(database: Database, database_url: str) -> str:
    """Address of a database with three topics."""
    with database.writing() as conn:
        for name in ("asthma", "copd", "100% α"):
            add_topic(conn, name=name, query="x", author="A", reason="r")
    return database_url


def test_a_query_gives_its_columns_and_rows(url: str) -> None:
    statement = "SELECT name, topic_id AS number FROM topics ORDER BY topic_id;"
    result = run_select(url, statement, max_rows=10, timeout_s=10)
    assert result.columns == ("name", "number")
    assert result.rows == (("asthma", 1), ("copd", 2), ("100% α", 3))
    assert not result.is_cut


def test_rows_beyond_the_limit_are_cut_and_told(url: str) -> None:
    statement = "SELECT name FROM topics ORDER BY topic_id"
    result = run_select(url, statement, max_rows=2, timeout_s=10)
    assert (result.rows, result.is_cut) == ((("asthma",), ("copd",)), True)
    assert not run_select(url, statement, max_rows=3, timeout_s=10).is_cut


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM topics WHERE name LIKE '%'",
        "WITH t AS (SELECT * FROM topics) SELECT count(*) FROM t -- and a remark",
        "VALUES (3)",
        "SELECT count(DISTINCT name) FROM topics WHERE name <> ';'",
    ],
)
def test_whatever_reads_is_run(url: str, statement: str) -> None:
    assert run_select(url, statement, max_rows=5, timeout_s=10).rows == ((3,),)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM topics",
        "  \n delete FROM topics",
        "UPDATE topics SET name = 'x'",
        "INSERT INTO topics (name, created_at) VALUES ('x', '2026-01-01')",
        "DROP TABLE topics",
        "CREATE TABLE x (y INTEGER)",
        "CREATE TEMPORARY TABLE x (y INTEGER)",
        "SELECT 1; DELETE FROM topics",
        "BEGIN",
        "COMMIT",
        "VACUUM",
    ],
)
def test_whatever_writes_is_refused(url: str, statement: str) -> None:
    with pytest.raises(StatementRefused, match="Only one query that reads"):
        run_select(url, statement, max_rows=5, timeout_s=10)
    count = run_select(url, "SELECT count(*) FROM topics", max_rows=5, timeout_s=10)
    assert count.rows == ((3,),)


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH 'other.db' AS other",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "VACUUM INTO 'copy.db'",
        "SELECT load_extension('x')",
    ],
)
def test_sqlites_own_ways_out_are_closed(sqlite_url: str, statement: str, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(StatementRefused):
        run_select(sqlite_url, statement, max_rows=5, timeout_s=10)
    assert set(tmp_path.iterdir()) <= before | {
        tmp_path / "litsweep.db-wal",
        tmp_path / "litsweep.db-shm",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "WITH gone AS (DELETE FROM topics RETURNING *) SELECT * FROM gone",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT nextval('topics_topic_id_seq')",
        "SELECT * FROM topics FOR UPDATE",
        "COPY topics TO PROGRAM 'cat'",
        "SET statement_timeout = 0",
    ],
)
def test_postgresqls_own_ways_out_are_closed(postgresql_url: str, statement: str) -> None:
    with pytest.raises(StatementRefused):
        run_select(postgresql_url, statement, max_rows=5, timeout_s=10)


@pytest.mark.parametrize(
    "statement, named",
    [
        ("SELECT nope FROM topics", "nope"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FRM topics", "FRM|topics"),
        ("SELECT (1", "incomplete|end of input"),
        ("", "no statement"),
        (" ; ", "no statement"),
    ],
)
def test_a_mistake_is_named(url: str, statement: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        run_select(url, statement, max_rows=5, timeout_s=10)


def test_a_query_without_end_is_stopped(url: str) -> None:
    with pytest.raises(StatementRefused, match=r"stopped after 0\.3 s"):
        run_select(url, ENDLESS, max_rows=5, timeout_s=0.3)


def test_a_value_that_would_fill_the_memory_is_refused(sqlite_url: str) -> None:
    with pytest.raises(UsageError, match="too big"):
        run_select(sqlite_url, "SELECT randomblob(100000000)", max_rows=5, timeout_s=10)


def test_compressed_bytes_come_as_bytes(sqlite_url: str) -> None:
    result = run_select(sqlite_url, "SELECT x'00ff' AS raw_xml", max_rows=5, timeout_s=10)
    assert result.rows == ((b"\x00\xff",),)


def test_a_remark_alone_is_no_statement(sqlite_url: str) -> None:
    with pytest.raises(UsageError, match="no statement"):
        run_select(sqlite_url, "-- nothing", max_rows=5, timeout_s=10)


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotReady):
        run_select(f"sqlite:///{tmp_path}/none.db", "SELECT 1", max_rows=1, timeout_s=1)
    assert list(tmp_path.iterdir()) == []


def test_the_console_reads_while_a_sweep_writes(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
        result = run_select(sqlite_url, "SELECT count(*) FROM topics", max_rows=1, timeout_s=1)
    assert result.rows == ((0,),)
    database.close()


def test_a_locked_out_writer_is_told_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.connections.BUSY_TIMEOUT_S", 0)
    monkeypatch.setattr("db.engine._BUSY_PAUSES_S", (0.01,))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = open_database(sqlite_url)
    with pytest.raises(DatabaseError, match="kept busy"), database.writing():
        pass
    other.execute("ROLLBACK")
    other.close()
    with database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
    database.close()
