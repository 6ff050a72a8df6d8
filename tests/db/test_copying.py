"""A copy holds what the source holds, on either database, or it is not there at all."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from db import schema
from db.connections import parse_place
from db.contents import Content, Hasher, hash_all, iter_rows
from db.copying import COMPARED, COPIED, copy_database, snapshot
from db.engine import Database, open_database
from db.tables import metadata, record_versions, records, request_slots
from db.topics import add_topic, list_topics
from litsweep.errors import DatabaseError, DatabaseTooNew, UsageError


def unheard(counted: str, n_more: int, n_total: int) -> None:
    pass


def hashes(url: str) -> dict[str, Content]:
    with snapshot(parse_place(url)) as conn:
        return hash_all(conn)


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with snapshot(parse_place(url)) as conn:
        return [tuple(row) for row in conn.execute(text(query))]


def on_file(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def source(filled_file: Path, tmp_path: Path) -> Path:
    """A filled file in which rows point at later rows of their own table."""
    path = Path(shutil.copy(filled_file, tmp_path / "source.db"))
    on_file(
        path,
        "UPDATE records SET duplicate_of_id = (SELECT max(record_id) FROM records) "
        "WHERE record_id = 1",
        "UPDATE readings SET superseded_by_id = (SELECT max(reading_id) FROM readings) "
        "WHERE reading_id = 1",
    )
    return path


def test_there_and_back_again_nothing_is_changed(
    source: Path, empty_postgresql_url: str, tmp_path: Path
) -> None:
    origin, back = f"sqlite:///{source}", f"sqlite:///{tmp_path}/back.db"
    there = copy_database(origin, empty_postgresql_url, unheard)
    again = copy_database(empty_postgresql_url, back, unheard)
    expected = hashes(origin)
    assert {one.name: one.target for one in there} == expected
    assert {one.name: one.target for one in again} == expected
    assert hashes(empty_postgresql_url) == hashes(back) == expected
    assert set(expected) == set(metadata.tables)
    assert expected["records"].n_rows == 42
    assert ask(back, "SELECT raw FROM record_versions ORDER BY 1") == ask(
        origin, "SELECT raw FROM record_versions ORDER BY 1"
    )
    assert {path.name for path in tmp_path.iterdir()} >= {"back.db", "source.db"}
    assert not [
        path for path in tmp_path.iterdir() if "part" in path.name or "back.db-" in path.name
    ]


def test_a_copy_can_be_used_like_its_source(
    source: Path, empty_postgresql_url: str, tmp_path: Path
) -> None:
    urls = (empty_postgresql_url, f"sqlite:///{tmp_path}/copy.db")
    for url in urls:
        copy_database(f"sqlite:///{source}", url, unheard)
        database = open_database(url)
        with database.writing() as conn:  # its numbers go on where the source's end
            add_topic(conn, name="new", query="x", author="A", reason="r")
        with database.reading() as conn:
            assert len(list_topics(conn)) == 2
            versions = conn.scalars(record_versions.select().limit(3)).all()
            assert len(versions) == 3
            assert conn.execute(text("SELECT count(*) FROM record_words")).scalar_one() == 42
        database.close()


def test_both_databases_order_and_hash_alike(database: Database) -> None:
    names = ["b", "B", "ä", "a-b", "ab", "é", "Z", "α"]
    with database.writing() as conn:
        conn.execute(insert(request_slots), [{"name": name, "next_start": 0.1} for name in names])
    with database.reading() as conn:
        rows = [row for batch in iter_rows(conn, request_slots) for row in batch]
        assert [name for name, _ in rows] == sorted(names, key=str.encode)
        assert hash_all(conn)["request_slots"].sha256[:7] == "d2e9337"


def _hash_details(details: str) -> Content:
    place = list(records.columns.keys()).index("details")
    hasher = Hasher(records)
    hasher.add([tuple(details if n == place else None for n in range(len(records.columns)))])
    return hasher.content()


def test_json_is_compared_by_what_it_says() -> None:
    written = '{"b": 1e+23, "a": [0.50, 1.0, "\\u00e9"]}'
    of_postgresql = '{"a": [0.50, 1.0, "é"], "b": 100000000000000000000000}'
    assert _hash_details(written) == _hash_details(of_postgresql)
    assert _hash_details(written) != _hash_details(written.replace("0.50", "0.51"))
    assert _hash_details('{"a": 1e999}') == _hash_details('{"a": 10e998}')


def test_who_writes_meanwhile_is_not_in_the_copy(source: Path, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{source}")
    added: list[object] = []

    def write(counted: str, n_more: int, n_total: int) -> None:
        if not added:
            with database.writing() as conn:
                added.append(add_topic(conn, name="new", query="x", author="A", reason="r"))

    tables = copy_database(f"sqlite:///{source}", f"sqlite:///{tmp_path}/copy.db", write)
    database.close()
    assert all(one.is_equal for one in tables)
    assert ask(f"sqlite:///{source}", "SELECT count(*) FROM topics") == [(2,)]
    assert ask(f"sqlite:///{tmp_path}/copy.db", "SELECT count(*) FROM topics") == [(1,)]


@pytest.mark.parametrize("counted", [COPIED, COMPARED])
def test_an_interrupted_copy_is_no_database(source: Path, empty_url: str, counted: str) -> None:
    def break_off(at: str, n_more: int, n_total: int) -> None:
        if at == counted:
            raise KeyboardInterrupt

    before = {path.name for path in source.parent.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        copy_database(f"sqlite:///{source}", empty_url, break_off)
    assert schema.check(empty_url) is schema.SchemaState.MISSING
    after = {path.name for path in source.parent.iterdir()}
    assert after - before <= {"source.db-wal", "source.db-shm"}
    copy_database(f"sqlite:///{source}", empty_url, unheard)
    assert hashes(empty_url) == hashes(f"sqlite:///{source}")


def test_progress_counts_every_row_twice(source: Path, tmp_path: Path) -> None:
    heard = {COPIED: 0, COMPARED: 0}

    def hear(counted: str, n_more: int, n_total: int) -> None:
        heard[counted] += n_more
        assert heard[counted] <= n_total

    tables = copy_database(f"sqlite:///{source}", f"sqlite:///{tmp_path}/copy.db", hear)
    n_rows = sum(one.source.n_rows for one in tables)
    assert heard == {COPIED: n_rows, COMPARED: n_rows}


def test_rows_are_never_copied_onto_rows(source: Path, database_url: str) -> None:
    database = open_database(database_url)
    with database.writing() as conn:
        add_topic(conn, name="mine", query="x", author="A", reason="r")
    database.close()
    with pytest.raises(UsageError, match=r"holds rows already \(topics, search_strategies"):
        copy_database(f"sqlite:///{source}", database_url, unheard)
    assert ask(database_url, "SELECT name FROM topics") == [("mine",)]


def test_an_empty_database_may_be_there_already(source: Path, database_url: str) -> None:
    copy_database(f"sqlite:///{source}", database_url, unheard)
    assert hashes(database_url) == hashes(f"sqlite:///{source}")


def test_a_database_is_not_copied_into_itself(source: Path) -> None:
    with pytest.raises(UsageError, match="into itself"):
        copy_database(f"sqlite:///{source}", f"sqlite:///{source}", unheard)


def test_a_newer_target_is_refused(source: Path, database_url: str) -> None:
    newer = open_database(database_url)
    with newer.writing() as conn:
        conn.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    newer.close()
    with pytest.raises(DatabaseTooNew, match=f"9999.*up to {schema.REVISIONS[-1]}"):
        copy_database(f"sqlite:///{source}", database_url, unheard)


def test_a_copy_that_differs_is_not_kept(source: Path, sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    on_file(
        path,
        "CREATE TRIGGER meddle AFTER INSERT ON topics BEGIN "
        "UPDATE topics SET name = name || '!'; END",
        "CREATE TRIGGER lose AFTER INSERT ON record_authors WHEN new.position = 1 BEGIN "
        "DELETE FROM record_authors WHERE position = 1; END",
    )
    with pytest.raises(DatabaseError, match=r"differs from its source in .*topics.*not kept"):
        copy_database(f"sqlite:///{source}", sqlite_url, unheard)
    assert ask(sqlite_url, "SELECT count(*) FROM topics") == [(0,)]


@pytest.mark.parametrize(
    "change, named",
    [
        ("UPDATE records SET title = 'a' || char(0) || 'b' WHERE record_id = 7", "records.title"),
        (
            "UPDATE records SET title = CAST(x'61ff62' AS TEXT) WHERE record_id = 7",
            "records.title",
        ),
        (
            'UPDATE records SET details = \'{"a": ["\\u0000"]}\' WHERE record_id = 7',
            "records.details",
        ),
        (
            'UPDATE records SET details = \'{"a": "\\ud800"}\' WHERE record_id = 7',
            "records.details",
        ),
    ],
    ids=["nul", "no utf-8", "nul in json", "half a pair in json"],
)
def test_what_postgresql_cannot_hold_is_named(
    source: Path, empty_postgresql_url: str, change: str, named: str
) -> None:
    on_file(source, change)
    with pytest.raises(DatabaseError, match=f"{named} of the row with record_id = 7 holds"):
        copy_database(f"sqlite:///{source}", empty_postgresql_url, unheard)
    assert schema.check(empty_postgresql_url) is schema.SchemaState.MISSING


def test_a_text_about_nul_is_no_nul(source: Path, empty_postgresql_url: str) -> None:
    details = json.dumps({"a": "\\u0000"})
    with closing(sqlite3.connect(source)) as connection:
        connection.execute(
            "UPDATE records SET title = ?, details = ? WHERE record_id = 7", ("\\u0000", details)
        )
        connection.commit()
    copy_database(f"sqlite:///{source}", empty_postgresql_url, unheard)
    found = ask(empty_postgresql_url, "SELECT title, details FROM records WHERE record_id = 7")
    assert found == [("\\u0000", {"a": "\\u0000"})]


def test_what_the_target_refuses_is_named(source: Path, empty_postgresql_url: str) -> None:
    on_file(source, f"UPDATE topics SET name = '{'x' * 200}'")  # SQLite minds no lengths
    with pytest.raises(DatabaseError, match=r"table topics.*too long"):
        copy_database(f"sqlite:///{source}", empty_postgresql_url, unheard)
    assert schema.check(empty_postgresql_url) is schema.SchemaState.MISSING
