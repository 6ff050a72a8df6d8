"""Readings of a text that the record no longer has are stale, until it has that text again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db.engine import Database
from db.readings import list_unread
from db.records import save_records
from db.runs import close_run
from db.tables import documents, readings
from litsweep.domain.documents import DocumentKind
from litsweep.domain.generations import ReadingTask
from litsweep.domain.records import FetchedRecord, RecordSet

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def test_a_changed_text_makes_its_readings_stale_and_is_to_be_read(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
    make_set: Callable[..., RecordSet],
) -> None:
    def deliver(title: str, day: int) -> None:
        now = NOW + timedelta(days=day)
        run_id = start_run(database, (1,), now=now)
        # Its bytes differ each day, whatever it says.
        record_set = make_set(make_record(1, title=title, raw=f"{title} on {day}".encode()))
        with database.writing() as conn:
            save_records(conn, run_id, record_set, requested=(1,), now=now, tool_version="1")
            close_run(conn, run_id, now=now)

    def stale_since() -> dict[int, datetime | None]:
        with database.reading() as conn:
            rows = conn.execute(select(readings.c.document_id, readings.c.stale_since))
            return {row.document_id: row.stale_since for row in rows}

    def unread() -> list[int]:
        with database.reading() as conn:
            return list_unread(conn, topic=None, kind=DocumentKind.ABSTRACT)

    def read(document_id: int) -> None:
        with database.writing() as conn:
            conn.execute(
                readings.insert().values(
                    document_id=document_id,
                    task=ReadingTask.SUMMARY,
                    fingerprint="f",
                    way={},
                    read_at=NOW,
                    tool_version="1",
                )
            )

    deliver("As it was", 0)
    (first,) = unread()
    read(first)
    deliver("As it was", 1)  # only indexed anew
    assert (stale_since(), unread()) == ({first: None}, [])
    deliver("Corrected", 2)
    assert stale_since() == {first: NOW + timedelta(days=2)}
    (second,) = unread()
    read(second)
    deliver("As it was", 3)
    assert stale_since() == {first: None, second: NOW + timedelta(days=3)}
    assert unread() == []
    with database.reading() as conn:
        assert len(conn.execute(select(documents)).all()) == 2
