"""No transaction is open while NCBI is asked, or while a reply of it is parsed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, func, select

from db import topics
from db.engine import Database, open_database
from db.tables import records
from db.windows import DueSearch
from litsweep.domain.strategies import DateField, DateWindow, SearchRoute
from tasks import identify
from tests.fakes.dated_records import dated_record
from tests.fakes.echoing_ncbi import SEARCH, echoing

_DAY = date(2026, 11, 20)
_WINDOW = DateWindow(date_field=DateField.CRDT, first_day=_DAY, last_day=_DAY)
_RECORDS = f"<PubmedArticleSet>{dated_record(1, _DAY)}{dated_record(2, _DAY)}</PubmedArticleSet>"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/results.db"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    monkeypatch.setenv("NCBI_API_KEY", "0")
    monkeypatch.setenv("NCBI_EMAIL", "somebody@example.org")
    monkeypatch.setenv("LITSWEEP_RETRIES", "0")
    opened = open_database(url, create=True)
    with opened.writing() as conn:
        topics.add_topic(conn, name="asthma", query="asthma", author="A", reason="first")
    yield opened
    opened.close()


def test_a_sweep_asks_and_parses_outside_of_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_open, seen = 0, dict.fromkeys(("send", "parse_record_set"), 0)
    write = Database.writing

    @contextmanager
    def writing(self: Database) -> Iterator[Connection]:
        nonlocal n_open
        with write(self) as conn:
            n_open += 1
            try:
                yield conn
            finally:
                n_open -= 1

    def guard(owner: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def guarded(*args: Any, **options: Any) -> Any:
            assert not n_open, f"{name} inside of a transaction"
            seen[name] += 1
            return original(*args, **options)

        monkeypatch.setattr(owner, name, guarded)

    monkeypatch.setattr(Database, "writing", writing)
    guard(httpx.Client, "send")
    guard(identify, "parse_record_set")
    with echoing(esearch=SEARCH.replace("translated", "asthma 2026"), efetch=_RECORDS) as address:
        monkeypatch.setenv("LITSWEEP_EUTILS_URL", address)
        run = identify.open_run("asthma", DueSearch(route=SearchRoute.CREATED, window=_WINDOW))
        identify.search.fn(run)
        assert identify.fetch_batch.fn(run, [1, 2]) == 2
        assert identify.close_run(run).n_new == 2
        # Whoever did not hear of the first end, asks for it once more.
        assert identify.close_run(run).n_new == 2
    assert all(seen.values())
    with database.reading() as conn:
        assert conn.scalar(select(func.count()).select_from(records)) == 2
