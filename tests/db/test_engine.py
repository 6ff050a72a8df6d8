import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from db import schema
from db.connections import parse_place
from db.engine import Database, open_database
from db.tables import topics
from db.topics import add_topic, list_topics
from litsweep.errors import (
    DatabaseError,
    DatabaseNotReady,
    DatabaseTooNew,
    LitsweepError,
    SettingsError,
    StorageFull,
)


def add(database: Database, name: str) -> None:
    with database.writing() as conn:
        add_topic(conn, name=name, query="x", author="A", reason="r")


def names(database: Database) -> list[str]:
    with database.reading() as conn:
        return [topic.name for topic in list_topics(conn)]


def test_a_block_is_kept_whole(database: Database) -> None:
    add(database, "asthma")
    assert names(database) == ["asthma"]


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_nothing(
    database: Database, interruption: type[BaseException]
) -> None:
    with pytest.raises(interruption), database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
        raise interruption
    assert names(database) == []
    add(database, "copd")
    assert names(database) == ["copd"]


def test_a_reading_connection_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError), database.reading() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
    assert names(database) == []


def test_a_reading_block_sees_one_state(database: Database) -> None:
    with database.reading() as conn:
        assert list_topics(conn) == []
        add(database, "asthma")
        assert list_topics(conn) == []
    assert names(database) == ["asthma"]


def test_a_missing_database_says_what_to_run(empty_url: str) -> None:
    with pytest.raises(DatabaseNotReady, match="litsweep init"):
        open_database(empty_url)


def test_create_makes_a_database_and_leaves_one_that_is_there(empty_url: str) -> None:
    first = open_database(empty_url, create=True)
    add(first, "asthma")
    first.close()
    second = open_database(empty_url, create=True)
    assert names(second) == ["asthma"]
    second.close()


def test_an_older_database_says_what_to_run(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "later"))
    for create in (False, True):
        with pytest.raises(DatabaseNotReady, match="litsweep db upgrade"):
            open_database(database_url, create=create)


def test_a_newer_database_is_refused_and_left_alone(database: Database, database_url: str) -> None:
    with database.writing() as conn:
        conn.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = 'f00'"))
    for refused in (open_database, schema.upgrade):
        with pytest.raises(DatabaseTooNew, match="newer litsweep"):
            refused(database_url)
    assert schema.current_revision(database_url) == "f00"


def test_sqlite_writers_do_not_lose_updates_nor_meet_locks(sqlite_database: Database) -> None:
    # Read, then write: what SQLite's own BEGIN either loses or refuses under concurrency.
    add(sqlite_database, "0")

    def count_up(_: int) -> None:
        with sqlite_database.writing() as conn:
            number = conn.scalar(select(func.max(topics.c.name)))
            conn.execute(topics.update().values(name=f"{int(number or 0) + 1:05}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(60)))
    assert names(sqlite_database) == ["00060"]


def test_two_processes_write_one_sqlite_file(sqlite_database: Database, sqlite_url: str) -> None:
    script = f"""
from db.engine import open_database
from db.topics import add_topic
database = open_database({sqlite_url!r})
for number in range(25):
    with database.writing() as conn:
        add_topic(conn, name=f"child {{number}}", query="x", author="A", reason="r")
"""
    child = subprocess.Popen([sys.executable, "-c", script])
    while not names(sqlite_database):  # so that both are at work at the same time
        assert child.poll() is None
    for number in range(25):
        add(sqlite_database, f"parent {number}")
    assert child.wait() == 0
    assert len(names(sqlite_database)) == 50


def test_postgresql_writers_take_turns(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    add(database, "0")

    def count_up(_: int) -> None:
        with database.writing() as conn:
            number = conn.scalar(select(func.max(topics.c.name)))
            conn.execute(topics.update().values(name=f"{int(number or 0) + 1:05}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(20)))
    assert names(database) == ["00020"]
    database.close()


def test_a_full_sqlite_database_keeps_what_it_has(
    sqlite_database: Database, sqlite_url: str
) -> None:
    add(sqlite_database, "asthma")
    with pytest.raises(StorageFull, match="Free some space"), sqlite_database.writing() as conn:
        # SQLite answers a database at its page limit as it answers a full disk.
        n_pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {n_pages + 5}")
        add_topic(conn, name="copd", query="x" * 100_000, author="A", reason="r")
    assert names(sqlite_database) == ["asthma"]
    add(sqlite_database, "copd")
    with sqlite_database.reading() as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, not a database. " * 100)
    with pytest.raises(DatabaseError, match=r"notes\.txt is not a database"):
        open_database(f"sqlite:///{path}")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"there is no folder .*nowhere"):
        open_database(f"sqlite:///{tmp_path}/nowhere/litsweep.db", create=True)


def test_another_programs_table_does_not_make_a_database_ours(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('their own')")
    connection.close()
    with pytest.raises(DatabaseNotReady):
        open_database(f"sqlite:///{path}")
    database = open_database(f"sqlite:///{path}", create=True)
    add(database, "asthma")
    assert names(database) == ["asthma"]
    database.close()


def test_a_relative_path_counts_from_the_folder_at_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database("sqlite:///litsweep.db", create=True)
    monkeypatch.chdir(tmp_path.parent)
    add(database, "asthma")
    assert (tmp_path / "litsweep.db").is_file()
    assert database.place == str(tmp_path / "litsweep.db")
    database.close()


def test_odd_characters_in_a_path_are_fine(tmp_path: Path) -> None:
    folder = tmp_path / "résumé 100% #1?"
    folder.mkdir()
    database = open_database(f"sqlite:///{folder}/lit sweep.db".replace("?", "%3F"), create=True)
    add(database, "asthma")
    assert names(database) == ["asthma"]
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=ro",
        "mysql://u:secret@host/db",
        "litsweep.db",
        "postgresql+asyncpg://u:secret@host/db",
        "",
    ],
)
def test_an_address_of_another_kind_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match="database_url") as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg")
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        with pytest.raises(DatabaseError, match="cannot be reached") as caught:
            open_database(f"{scheme}://me:secret@127.0.0.1:9/litsweep")
        assert "secret" not in str(caught.value)
        assert "me:***@127.0.0.1:9/litsweep" in str(caught.value)


def test_a_server_without_the_database_says_how_to_make_it(postgresql_url: str) -> None:
    with pytest.raises(DatabaseNotReady, match="createdb"):
        open_database(postgresql_url.replace("/litsweep_", "/nowhere_"))


def test_the_password_is_in_no_repr() -> None:
    pytest.importorskip("psycopg")
    place = parse_place("postgresql://me:secret@127.0.0.1/litsweep")
    assert "secret" not in f"{Database(place)!r} {place}"


def test_no_error_of_sqlalchemy_escapes(database: Database) -> None:
    for statement in ("SELECT nope", "INSERT INTO topics (name) VALUES (NULL)"):
        with pytest.raises(LitsweepError), database.writing() as conn:
            conn.execute(text(statement))
