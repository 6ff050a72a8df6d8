"""`litsweep db`: kept, copied, brought back; and a newer database is touched by no command."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.schema import REVISIONS
from tests.cli.conftest import N_RECORDS, Litsweep


def count(path: Path, table: str = "records") -> int:
    with closing(sqlite3.connect(path)) as conn:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_kept_and_brought_back(filled: Path, litsweep: Litsweep) -> None:
    done = litsweep("db", "backup", "kept.db")
    assert (done.code, count(filled / "kept.db")) == (0, N_RECORDS), done.said
    assert "it is sound" in done.err
    again = litsweep("db", "backup", "kept.db")
    assert (again.code, "--replace" in again.err) == (2, True)
    with closing(sqlite3.connect(filled / "litsweep.db")) as conn:
        conn.execute("UPDATE topics SET name = 'changed'")
        conn.commit()
    refused = litsweep("db", "restore", "kept.db")
    assert (refused.code, "--replace" in refused.err) == (2, True)
    done = litsweep("db", "restore", "kept.db", "--replace")
    assert done.code == 0, done.said
    assert "kept as" in done.err
    assert "everything" in litsweep("topic", "list").said


def test_copied_and_compared(filled: Path, litsweep: Litsweep) -> None:
    done = litsweep("db", "copy", "--to", f"sqlite:///{filled}/copy.db")
    assert done.code == 0, done.said
    assert "DIFFERS" not in done.out
    lines = [line.split() for line in done.out.splitlines()]
    (records,) = [line for line in lines if line[:1] == ["records"]]
    assert records[1:3] == [str(N_RECORDS)] * 2
    assert records[-1] == "equal"
    assert "rows copied: " in done.err
    assert len(done.err.splitlines()) < 50


def test_checked(filled: Path, litsweep: Litsweep) -> None:
    done = litsweep("db", "check")
    assert done.code == 0, done.said
    assert "ready and sound" in done.err
    with closing(sqlite3.connect(filled / "litsweep.db")) as conn:
        conn.execute("DELETE FROM record_words")
        conn.commit()
    done = litsweep("db", "check")
    assert done.code == 1
    assert "litsweep db reindex" in done.err
    assert litsweep("db", "reindex").code == 0
    assert litsweep("db", "check").code == 0


def test_a_damaged_database_is_checked(project: Path, litsweep: Litsweep) -> None:
    (project / "litsweep.db").write_bytes(b"These are notes. " * 100)
    done = litsweep("db", "check")
    assert done.code == 1
    assert "restore" in done.err


def test_sqlite_has_no_roles(project: Path, litsweep: Litsweep) -> None:
    done = litsweep("db", "roles")
    assert (done.code, "has no roles" in done.err) == (2, True)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_password_that_cannot_be_read_is_never_repeated(
    project: Path, litsweep: Litsweep, content: bytes | None
) -> None:
    path = project / "password"
    if content is not None:
        path.write_bytes(content)
    done = litsweep("db", "roles", "--password-file", path)
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert str(path) in done.err


def test_sql_asks_the_readers_database(
    filled: Path, litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(filled / "litsweep.db", filled / "reader.db")
    with closing(sqlite3.connect(filled / "reader.db")) as conn:
        conn.execute("UPDATE topics SET name = 'as the reader sees it'")
        conn.commit()
    monkeypatch.setenv("LITSWEEP_READER_DATABASE_URL", f"sqlite:///{filled}/reader.db")
    assert "as the reader sees it" in litsweep("sql", "SELECT name FROM topics").out


COMMANDS = (
    "topic list",
    "topic add x --query asthma",
    "sweep --topic everything --no-read",
    "backfill everything --since 2026-01-01",
    "load kept.nbib --topic everything",
    "read",
    "reread --topic everything",
    "route 12345",
    "search asthma",
    "show 12345",
    "sql SELECT+1",
    "runs",
    "digest",
    "alerts",
    "lag",
    "loads",
    "duplicates list",
    "db upgrade",
    "db check",
    "db reindex",
    "db backup kept.db",
    "db copy --to sqlite:///other.db",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_database_is_touched_by_no_command(
    filled: Path, litsweep: Litsweep, command: str
) -> None:
    path = filled / "litsweep.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE litsweep_schema_version SET version_num = '9999'")
        conn.commit()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (filled / "kept.nbib").write_text("PMID- 1\nTI  - T\n")
    before = path.read_bytes()
    done = litsweep(*(word.replace("+", " ") for word in command.split(" ")))
    assert done.code != 0
    assert "Traceback" not in done.err
    assert "9999" in done.err, done.said
    assert "Install" in done.err
    assert REVISIONS[-1] in done.err or command == "db check"
    assert path.read_bytes() == before
    assert {name.name for name in filled.glob("*.db")} == {"litsweep.db"}
