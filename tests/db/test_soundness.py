import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from db import schema, views
from db.connections import parse_place, writer_engine
from db.engine import Database, open_database
from db.schema import SchemaState
from db.soundness import examine, measure_size, reindex
from db.tables import topics


def run(url: str, *statements: str) -> None:
    engine = writer_engine(parse_place(url), has_foreign_keys=False)
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


def complaints(url: str) -> list[str]:
    return [f"{fault.what} {fault.way_out}" for fault in examine(url).faults]


@pytest.fixture
def a_view(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One view, whatever the others are."""
    view = views.View(
        name="topic_names", query=select(topics.c.name), comment="Names of topics.", columns=()
    )
    monkeypatch.setattr(views, "ALL_VIEWS", (view,))
    monkeypatch.setattr(views, "VIEWS", {view.name: view.query})
    yield


def test_a_filled_database_is_sound_and_counted(filled_database: Database, filled_url: str) -> None:
    found = examine(filled_url)
    assert found.faults == ()
    assert (found.state, found.revision) == (SchemaState.CURRENT, schema.REVISIONS[-1])
    assert found.n_rows["records"] == 42
    with filled_database.reading() as conn:
        assert measure_size(conn, parse_place(filled_url)) > 100_000


def test_a_missing_an_older_and_a_newer_one(empty_url: str) -> None:
    assert "litsweep init" in complaints(empty_url)[0]
    schema.upgrade(empty_url, "0003")
    assert "its schema is 0003). Run `litsweep db upgrade`" in complaints(empty_url)[0]
    schema.upgrade(empty_url)
    assert complaints(empty_url) == []
    run(empty_url, f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    found = examine(empty_url)
    assert found.state is SchemaState.NEWER
    assert "9999" in found.faults[0].what


def test_a_lost_view_comes_back_with_an_upgrade(database_url: str, a_view: None) -> None:
    assert complaints(database_url)[0].startswith("There is no view topic_names. Run `litsweep db")
    schema.upgrade(database_url)
    assert complaints(database_url) == []


def test_a_view_that_cannot_be_read(sqlite_url: str, a_view: None) -> None:
    run(sqlite_url, "CREATE VIEW topic_names AS SELECT name FROM nowhere")
    assert "topic_names" in complaints(sqlite_url)[0]


def test_a_lost_table_is_named(database_url: str) -> None:
    run(database_url, "DROP TABLE alerts")
    (said,) = complaints(database_url)
    assert said.startswith("There is no table alerts. Restore a backup")


def test_rows_without_parents_are_named(sqlite_url: str) -> None:
    run(
        sqlite_url,
        "INSERT INTO search_hits (search_run_id, pmid, origin, state) "
        "VALUES (99, 1, 'search', 'pending')",
    )
    assert "A row of search_hits" in complaints(sqlite_url)[0]
    assert "missing row of search_runs" in complaints(sqlite_url)[0]


def test_damaged_pages_are_named(filled_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(filled_file, tmp_path / "damaged.db"))
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_records_doi'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 100)
        file.write(b"\x00" * (size - 100))
    (said, *_) = complaints(f"sqlite:///{path}")
    assert said.startswith("The file is damaged")
    assert "litsweep db restore" in said


def test_what_the_server_did_not_confirm_is_named(postgresql_url: str) -> None:
    rule = "ALTER TABLE topics ADD CONSTRAINT long_name CHECK (length(name) > 1) NOT VALID"
    run(postgresql_url, rule)
    assert "constraint long_name" in complaints(postgresql_url)[0]


def test_a_search_index_that_lost_records_is_made_anew(
    filled_database: Database, filled_url: str
) -> None:
    run(filled_url, "DELETE FROM record_words")
    assert any("Run `litsweep db reindex`" in said for said in complaints(filled_url))
    assert reindex(filled_url) == 42
    assert complaints(filled_url) == []
    run(filled_url, "DROP TABLE record_words")
    assert any("There is no search index" in said for said in complaints(filled_url))
    assert reindex(filled_url) == 42


def test_words_and_marks_that_somebody_else_changed_are_found_and_mended(filled_url: str) -> None:
    run(filled_url, "UPDATE records SET title = 'Quenched' WHERE record_id = 7")
    run(filled_url, "UPDATE topic_records SET is_screened = true WHERE record_id IN (8, 9)")
    words, marks = complaints(filled_url)
    assert words.startswith("The search index has other words of 1 records than they have.")
    assert marks.startswith("The queue's marks of 2 records are not what was decided.")
    assert reindex(filled_url) == 42
    assert complaints(filled_url) == []


def test_looking_changes_nothing(filled_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(filled_file, tmp_path / "looked_at.db"))
    before = path.read_bytes()
    examine(f"sqlite:///{path}")
    assert path.read_bytes() == before
    open_database(f"sqlite:///{path}").close()
