import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from db.connections import parse_place, writer_engine
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


# --- the search index and the views -------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM record_words WHERE record_words MATCH 'x'",
        "SELECT * FROM record_words('title : x OR \"a b\" NOT c*')",
        "SELECT highlight(record_words, 0, '[', ']'), bm25(record_words), "
        "snippet(record_words, 1, '', '', '', 8) FROM record_words "
        "WHERE record_words MATCH 'x' ORDER BY rank",
        "SELECT r.title FROM records r JOIN record_words w ON r.record_id = w.rowid & 4294967295 "
        "WHERE record_words MATCH 'x'",
    ],
)
def test_the_search_index_can_be_asked(sqlite_url: str, statement: str) -> None:
    assert run_select(sqlite_url, statement, max_rows=5, timeout_s=10).rows == ()


def test_views_and_json_can_be_asked(url: str) -> None:
    engine = writer_engine(parse_place(url))
    with engine.begin() as conn:
        conn.execute(text("CREATE VIEW topic_names AS SELECT name FROM topics"))
    engine.dispose()
    for statement in (
        "SELECT count(*) FROM topic_names",
        "SELECT count(*) FROM (SELECT * FROM topic_names UNION ALL SELECT 'x' LIMIT 3) AS t",
    ):
        assert run_select(url, statement, max_rows=5, timeout_s=10).rows == ((3,),)


def test_json_lists_can_be_unfolded(sqlite_url: str) -> None:
    statement = "SELECT value FROM json_each('[1, 2]') UNION ALL SELECT 3 FROM json_tree('1')"
    assert run_select(sqlite_url, statement, max_rows=5, timeout_s=10).rows == ((1,), (2,), (3,))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO record_words(record_words) VALUES('rebuild')",
        "INSERT INTO record_words(record_words) VALUES('delete-all')",
        "DELETE FROM record_words_data",
        "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'record_words', 'row')",
        "SELECT * FROM pragma_query_only",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA data_version = 3",
        "REINDEX",
        "ANALYZE",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "SAVEPOINT here",
        "UPDATE sqlite_master SET sql = ''",
        "ALTER TABLE topics RENAME TO gone",
        "CREATE TEMP TRIGGER t AFTER INSERT ON topics BEGIN SELECT 1; END",
    ],
)
def test_sqlites_lesser_known_ways_out_are_closed(
    sqlite_url: str, statement: str, tmp_path: Path
) -> None:
    before = (tmp_path / "litsweep.db").read_bytes()
    with pytest.raises((StatementRefused, UsageError)):
        run_select(sqlite_url, statement, max_rows=5, timeout_s=10)
    assert (tmp_path / "litsweep.db").read_bytes() == before


@pytest.mark.parametrize(
    "call", ["writefile('x', 'y')", "readfile('/etc/passwd')", "edit('x')", "fts3_tokenizer('x')"]
)
def test_functions_that_touch_files_are_not_there(sqlite_url: str, call: str) -> None:
    with pytest.raises((StatementRefused, UsageError)):
        run_select(sqlite_url, f"SELECT {call}", max_rows=5, timeout_s=10)


# --- results that would fill the memory ----------------------------------------------------

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "


def test_a_huge_result_is_cut_before_it_fills_the_memory(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.console._MAX_RESULT_BYTES", 1_000_000)
    wide = "replace(hex(zeroblob(50000)), '0', 'x')" if "sqlite" in url else "repeat('x', 100000)"
    statement = f"{NUMBERS.format(1000)} SELECT i, {wide} FROM n"
    result = run_select(url, statement, max_rows=1000, timeout_s=20)
    assert (len(result.rows), result.is_cut) == (10, True)
    narrow = run_select(url, f"{NUMBERS.format(2500)} SELECT i FROM n", max_rows=2500, timeout_s=20)
    assert (len(narrow.rows), narrow.is_cut) == (2500, False)


def test_a_huge_value_is_refused_on_postgresql_too(postgresql_url: str) -> None:
    with pytest.raises(UsageError, match="too big"):
        run_select(postgresql_url, "SELECT repeat('x', 10000001)", max_rows=5, timeout_s=20)


@pytest.mark.parametrize("start", ["SELECT i", "SELECT 2 * i"])
def test_rows_without_end_are_cut_and_not_waited_for(url: str, start: str) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    result = run_select(url, f"{endless} {start} FROM n", max_rows=50, timeout_s=20)
    assert (len(result.rows), result.is_cut) == (50, True)


def test_only_a_server_without_roles_is_warned_of(url: str) -> None:
    warning = run_select(url, "SELECT 1", max_rows=1, timeout_s=10).warning
    assert (warning is None) == url.startswith("sqlite")
