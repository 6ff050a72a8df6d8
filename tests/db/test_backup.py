"""A backup is whole or it is not there; a restore changes nothing before it can succeed."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from db import backup, schema
from db.backup import Backup, Restored, back_up
from db.connections import parse_place
from db.contents import Content, hash_all
from db.copying import copy_database, snapshot
from db.engine import Database, open_database
from db.tables import search_runs, topics
from db.topics import add_topic
from litsweep.errors import DatabaseError, DatabaseTooNew, StorageFull, UsageError
from tests.fakes.busy_writer import PREFIX, writing_process


def unheard(counted: str, n_more: int, n_total: int) -> None:
    pass


def save(url: str, path: Path, *, replace: bool = False) -> Backup:
    return back_up(url, path, replace=replace, listener=unheard)


def restore(url: str, path: Path, *, replace: bool = False, is_alive: bool = False) -> Restored:
    return backup.restore(
        url,
        path,
        replace=replace,
        is_owner_alive=lambda owner, since: is_alive,
        listener=unheard,
    )


def hashes(url: str | Path) -> dict[str, Content]:
    with snapshot(parse_place(url if isinstance(url, str) else f"sqlite:///{url}")) as conn:
        return hash_all(conn)


def names(folder: Path) -> set[str]:
    """Names in a folder, but for what SQLite keeps beside an open file."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


class Kept(NamedTuple):
    url: str
    file: Path


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest, filled_file: Path, tmp_path: Path) -> str:
    """Address of a database with all that a review holds, on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(filled_file, tmp_path / 'litsweep.db')}"
    url = str(request.getfixturevalue("postgresql_url"))
    copy_database(f"sqlite:///{filled_file}", url, unheard)
    return url


@pytest.fixture
def kept(filled_file: Path, tmp_path: Path) -> Kept:
    """A filled SQLite database, and its backup."""
    url = f"sqlite:///{shutil.copy(filled_file, tmp_path / 'litsweep.db')}"
    return Kept(url, save(url, tmp_path / "backup.db").path)


def add(url: str, name: str) -> None:
    database = open_database(url)
    with database.writing() as conn:
        add_topic(conn, name=name, query="x", author="A", reason="r")
    database.close()


# --- making one ---------------------------------------------------------------------------


def test_a_backup_is_one_sound_file_that_holds_everything(filled_url: str, tmp_path: Path) -> None:
    made = save(filled_url, tmp_path / "backup.db")
    assert hashes(made.path) == hashes(filled_url)
    assert made.n_bytes == made.path.stat().st_size
    assert made.n_rows == sum(one.n_rows for one in hashes(filled_url).values())
    assert made.path.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(f"file:{made.path}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert names(tmp_path) <= {"backup.db", "litsweep.db"}
    open_database(f"sqlite:///{made.path}").close()


def test_a_backup_is_made_while_another_process_writes(filled_url: str, tmp_path: Path) -> None:
    counts = []
    with writing_process(filled_url):
        for number in range(3):
            made = save(filled_url, tmp_path / f"{number}.db")
            counts.append(_count_written(made.path))
    assert counts == sorted(counts)
    assert counts[0] >= 1
    assert _count_written(filled_url) >= counts[-1]


def _count_written(url: str | Path) -> int:
    with snapshot(parse_place(url if isinstance(url, str) else f"sqlite:///{url}")) as conn:
        found = conn.execute(
            text(
                "SELECT name, version FROM topics LEFT JOIN search_strategies USING (topic_id) "
                f"WHERE name LIKE '{PREFIX}%'"
            )
        ).all()
    # A number each without a gap, none without its strategy: no transaction is cut.
    assert {name for name, _ in found} == {f"{PREFIX}{n + 1}" for n in range(len(found))}
    assert all(version == 1 for _, version in found)
    return len(found)


def test_the_writer_is_not_held_up(kept: Kept, tmp_path: Path) -> None:
    """A writer that began before the backup ends after it, and is not in it."""
    database = open_database(kept.url)
    with database.writing() as conn:
        add_topic(conn, name="late", query="x", author="A", reason="r")
        save(kept.url, tmp_path / "second.db")
    database.close()
    assert hashes(tmp_path / "second.db") == hashes(kept.file)
    assert hashes(kept.url) != hashes(kept.file)


def test_an_older_backup_is_only_replaced_when_asked(kept: Kept) -> None:
    before = kept.file.read_bytes()
    add(kept.url, "new")
    with pytest.raises(UsageError, match=r"there already.*--replace"):
        save(kept.url, kept.file)
    assert kept.file.read_bytes() == before
    save(kept.url, kept.file, replace=True)
    assert hashes(kept.file) == hashes(kept.url)


@pytest.mark.parametrize(
    "name, error",
    [
        ("litsweep.db", "the database itself"),
        (".", "is a folder"),
        ("nowhere/x.db", "folder exists"),
    ],
)
def test_a_place_for_no_backup(kept: Kept, tmp_path: Path, name: str, error: str) -> None:
    before = hashes(kept.url)
    with pytest.raises((UsageError, DatabaseError), match=error):
        save(kept.url, tmp_path / name, replace=True)
    assert hashes(kept.url) == before


def test_too_little_room_is_seen_before(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(StorageFull, match="has 1 MB free, and the copy needs"):
        save(kept.url, tmp_path / "second.db")
    assert names(tmp_path) == {"litsweep.db", "backup.db"}


def test_a_disk_that_fills_up_leaves_no_backup(filled_url: str, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from db.backup import back_up\n"
        "back_up(sys.argv[1], Path(sys.argv[2]), replace=False, listener=lambda *_: None)"
    )
    before = names(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", script, filled_url, tmp_path / "backup.db"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith("litsweep.errors.StorageFull"), done.stderr
    assert names(tmp_path) == before
    assert hashes(filled_url)["records"].n_rows == 42


# --- bringing it back ---------------------------------------------------------------------


def test_what_comes_back_is_what_was_kept(filled_url: str, empty_url: str, tmp_path: Path) -> None:
    expected = hashes(filled_url)
    made = save(filled_url, tmp_path / "backup.db")
    done = restore(empty_url, made.path)
    assert hashes(empty_url) == expected
    assert (done.n_rows, done.kept_aside) == (made.n_rows, None)
    add(empty_url, "new")
    assert hashes(made.path) == expected


def test_the_database_before_is_kept_aside(kept: Kept, tmp_path: Path) -> None:
    expected = hashes(kept.url)
    add(kept.url, "made after the backup")
    later = hashes(kept.url)
    with pytest.raises(UsageError, match=r"may hold rows. With --replace"):
        restore(kept.url, kept.file)
    assert hashes(kept.url) == later
    aside = restore(kept.url, kept.file, replace=True).kept_aside
    assert aside is not None
    assert hashes(kept.url) == expected
    assert hashes(aside) == later
    assert names(tmp_path) == {"litsweep.db", "backup.db", aside.name}


def test_an_empty_database_gives_way_unasked(
    kept: Kept, migrated_file: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'empty.db')}"
    restore(url, kept.file)
    assert hashes(url) == hashes(kept.file)


def test_a_writer_at_work_is_not_cut_off(kept: Kept) -> None:
    database = open_database(kept.url)
    with database.writing() as conn:
        add_topic(conn, name="new", query="x", author="A", reason="r")
        with pytest.raises(DatabaseError, match="open in another process"):
            restore(kept.url, kept.file, replace=True)
    with database.reading() as conn:
        assert conn.scalar(text("SELECT count(*) FROM topics WHERE name = 'new'")) == 1
    database.close()


def test_a_sweep_between_two_batches_is_not_cut_off(kept: Kept) -> None:
    database = open_database(kept.url)
    with database.writing() as conn:
        conn.execute(search_runs.update().values(status="running", finished_at=None))
    database.close()
    with pytest.raises(DatabaseError, match="at work for here/1/1"):
        restore(kept.url, kept.file, replace=True, is_alive=True)
    restore(kept.url, kept.file, replace=True, is_alive=False)  # it died


def test_a_damaged_database_can_be_replaced(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "litsweep.db"
    expected = hashes(kept.file)
    path.write_bytes(b"not a database at all, " * 1000)
    path.with_name("litsweep.db-wal").write_bytes(b"what belonged to it")
    with pytest.raises(UsageError, match="--replace"):
        restore(kept.url, kept.file)
    aside = restore(kept.url, kept.file, replace=True).kept_aside
    assert aside is not None
    assert aside.read_bytes().startswith(b"not a database")
    assert hashes(kept.url) == expected
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"what belonged to it"


def test_rows_of_a_server_are_never_replaced(
    kept: Kept, postgresql_url: str, filled_file: Path
) -> None:
    add(postgresql_url, "mine")
    with pytest.raises(UsageError, match="holds rows already"):
        restore(postgresql_url, kept.file)
    with pytest.raises(UsageError, match=r"is not replaced. Make an empty one"):
        restore(postgresql_url, kept.file, replace=True)
    with snapshot(parse_place(postgresql_url)) as conn:
        assert conn.scalars(topics.select().with_only_columns(topics.c.name)).all() == ["mine"]


# --- what is no backup --------------------------------------------------------------------


@pytest.fixture
def untouched(kept: Kept, tmp_path: Path) -> Iterator[Kept]:
    """A database and its backup: the database is the same after the test."""
    before = hashes(kept.url)
    yield kept
    assert hashes(kept.url) == before
    assert not [name for name in names(tmp_path) if "part" in name or "before" in name]


def test_a_cut_backup_is_refused(untouched: Kept) -> None:
    os.truncate(untouched.file, untouched.file.stat().st_size // 2)
    with pytest.raises(DatabaseError, match=r"damaged|not a database"):
        restore(untouched.url, untouched.file, replace=True)


def test_a_backup_with_a_changed_page_is_refused(untouched: Kept) -> None:
    size = untouched.file.stat().st_size
    with untouched.file.open("r+b") as file:
        for place in range(40_960, size - 4096, 40_960):
            file.seek(place)
            file.write(b"\xff" * 64)
    with pytest.raises(DatabaseError, match=r"damaged|not a database"):
        restore(untouched.url, untouched.file, replace=True)


@pytest.mark.parametrize("content", [b"", b"These are notes. " * 100], ids=["empty", "notes"])
def test_another_file_is_refused(untouched: Kept, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"notes\.txt is (no backup|not a database)"):
        restore(untouched.url, path, replace=True)


def test_a_missing_file_and_the_database_itself_are_refused(untouched: Kept) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        restore(untouched.url, untouched.file.with_name("none.db"), replace=True)
    path = Path(untouched.url.removeprefix("sqlite:///"))
    with pytest.raises(UsageError, match="the database itself"):
        restore(untouched.url, path, replace=True)


def test_a_newer_backup_is_refused(untouched: Kept) -> None:
    with closing(sqlite3.connect(untouched.file)) as connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
        connection.commit()
    with pytest.raises(DatabaseTooNew, match=r"its schema is 9999.*Install the newer litsweep"):
        restore(untouched.url, untouched.file, replace=True)


def test_an_older_backup_is_upgraded_on_the_way(kept: Kept, empty_url: str) -> None:
    schema.downgrade(f"sqlite:///{kept.file}", "0003")
    with closing(sqlite3.connect(kept.file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    before = kept.file.read_bytes()
    restore(empty_url, kept.file)
    assert kept.file.read_bytes() == before
    assert schema.check(empty_url) is schema.SchemaState.CURRENT
    # What the newest revision brought, and what follows from it.
    later = {"screening_decisions", "decision_imports", "document_embeddings", "topic_records"}
    found, expected = hashes(empty_url), hashes(kept.url)
    assert {name: found[name] for name in found if name not in later} == {
        name: expected[name] for name in expected if name not in later
    }


def test_an_opened_restored_database_is_written_to_as_before(kept: Kept) -> None:
    restore(kept.url, kept.file, replace=True)
    database: Database = open_database(kept.url)
    with database.writing() as conn:
        assert conn.scalar(text("PRAGMA journal_mode")) == "wal"
        add_topic(conn, name="new", query="x", author="A", reason="r")
    database.close()
