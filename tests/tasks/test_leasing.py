"""One worker in this process: signs of life, poisonous documents, leases lost meanwhile."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import leases
from db.engine import Database, open_database
from db.reading_runs import get_reading_run
from db.records import save_records
from db.tables import reading_leases, readings
from db.waiting import Scope
from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.readings import Reading
from litsweep.domain.records import FetchedRecord, RecordSet
from litsweep.errors import DatabaseError, ModelError
from litsweep.models.loading import Availability
from litsweep.reading.summarize import summarize_abstracts
from tasks import leasing, read, ways
from tasks.policies import this_process
from tests.db.conftest import NOW, make_record, make_set, start_run

__all__ = ["make_record", "make_set", "start_run"]

SCOPE = Scope(kind=DocumentKind.ABSTRACT, topic=None, choice=None)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'results.db'}"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    monkeypatch.setenv("LITSWEEP_SUMMARY_MODEL", "none")
    monkeypatch.setattr(
        ways, "is_available", lambda *_: Availability(is_available=False, reason="")
    )
    opened = open_database(url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def stored(
    database: Database,
    start_run: Callable[..., int],
    make_set: Callable[..., RecordSet],
    make_record: Callable[..., FetchedRecord],
) -> None:
    """Three abstracts, unread."""
    run_id = start_run(database, (1, 2, 3))
    found = make_set(*(make_record(pmid, title=f"Title {pmid}") for pmid in (1, 2, 3)))
    with database.writing() as conn:
        save_records(conn, run_id, found, requested=(1, 2, 3), now=NOW, tool_version="0")


def outcomes(database: Database) -> list[str | None]:
    with database.reading() as conn:
        return list(conn.scalars(select(readings.c.failure).order_by(readings.c.document_id)))


def drain(size: int = 10) -> list[int]:
    """Read what waits, and return how many failed of each batch."""
    run_id, terms = read.open_run(SCOPE, datetime.now(UTC))
    with leasing.holding_leases():
        return [
            read.read_batch.fn(batch, run_id) for batch in leasing.lease_batches(SCOPE, terms, size)
        ]


@pytest.mark.usefixtures("stored")
def test_a_document_that_breaks_the_reading_costs_only_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(documents: Sequence[Document], **options: Any) -> list[Reading]:
        if any(document.title == "Title 2" for document in documents):
            raise ZeroDivisionError("a rule divided by nothing")
        return summarize_abstracts(documents, **options)

    monkeypatch.setitem(read._READ_BY, DocumentKind.ABSTRACT, stumble)
    for n_failed in ([1], [1], [1], []):
        assert drain() == n_failed
    good, *others = outcomes(database)
    assert (good, others[-1]) == (None, None)
    assert others[:3] == ["It could not be read: ZeroDivisionError: a rule divided by nothing"] * 3
    (held,) = read.list_quarantined(None)
    assert held.pmid == 2


@pytest.mark.usefixtures("stored")
def test_what_was_taken_over_is_not_stored(database: Database) -> None:
    run_id, terms = read.open_run(SCOPE, datetime.now(UTC))
    (batch,) = [next(leasing.lease_batches(SCOPE, terms, 10))]
    with database.writing() as conn:
        leases.free_dead_leases(
            conn, SCOPE.kind, is_owner_alive=lambda *_: False, now=datetime.now(UTC)
        )
        leases.lease(
            conn,
            SCOPE,
            batch[:1],
            terms,
            owner="another/1/1",
            lasting=timedelta(hours=1),
            now=datetime.now(UTC),
        )
    assert read.read_batch.fn(batch, run_id) == 0
    assert outcomes(database) == []
    with database.reading() as conn:
        assert get_reading_run(conn, run_id).n_documents == 0
        owners = conn.scalars(select(reading_leases.c.owner).where(reading_leases.c.owner != ""))
        assert owners.all() == ["another/1/1"]


@pytest.mark.usefixtures("stored")
def test_leases_are_given_back_when_the_worker_stops(database: Database) -> None:
    for stop, n_lost in ((KeyboardInterrupt, []), (ModelError, [1, 1, 1])):
        with pytest.raises(stop), leasing.holding_leases():
            _, terms = read.open_run(SCOPE, datetime.now(UTC))
            next(leasing.lease_batches(SCOPE, terms, 10))
            raise stop
        with database.reading() as conn:
            rows = conn.execute(select(reading_leases.c.owner, reading_leases.c.n_lost)).all()
        assert [row.n_lost for row in rows if row.owner == ""] == n_lost
        assert len(rows) == len(n_lost)


@pytest.mark.usefixtures("stored")
def test_a_worker_gives_signs_of_life_whatever_the_database_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_LEASE_MINUTES", "0.0004")
    n_signs, n_renewals, is_enough, renew = [0], [0], threading.Event(), leases.renew

    def count(*args: Any, **options: Any) -> int:
        n_signs[0] += 1
        if n_signs[0] == 1:
            raise DatabaseError("The disk is gone for a moment.")
        n_held = renew(*args, **options)
        # The first that finds leases may have looked at its clock before they were taken.
        n_renewals[0] += n_held > 0
        if n_renewals[0] > 2:
            is_enough.set()
        return n_held

    monkeypatch.setattr(leases, "renew", count)
    with leasing.holding_leases():
        _, terms = read.open_run(SCOPE, datetime.now(UTC))
        next(leasing.lease_batches(SCOPE, terms, 10))
        assert is_enough.wait(60)
        with database.reading() as conn:
            rows = conn.execute(select(reading_leases)).all()
        assert all(row.owner == this_process() for row in rows)
        assert all(row.renewed_at >= row.leased_at for row in rows)
