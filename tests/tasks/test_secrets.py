"""The API key and the e-mail, sought in all that a sweep leaves: rows, files, logs, errors."""

import logging
import traceback
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db import topics
from db.engine import Database, open_database
from db.tables import metadata
from db.windows import DueSearch
from litsweep.domain.strategies import SearchRoute
from litsweep.errors import LitsweepError
from tasks import identify
from tests.fakes.echoing_ncbi import OUTAGE, RECORDS, REFUSAL, SEARCH, echoing

KEY = "0123456789abcdef0123456789abcdef4242"
EMAIL = "somebody.private@example.org"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'litsweep.db'}"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    monkeypatch.setenv("NCBI_EMAIL", EMAIL)
    monkeypatch.setenv("LITSWEEP_RETRIES", "0")
    opened = open_database(url, create=True)
    with opened.writing() as conn:
        topics.add_topic(
            conn, name="asthma", query="asthma", author="A", reason="first", now=datetime.now(UTC)
        )
    yield opened
    opened.close()


@pytest.fixture
def open_run(database: Database, caplog: pytest.LogCaptureFixture) -> Callable[[], int]:
    caplog.set_level(logging.DEBUG)
    due = DueSearch(route=SearchRoute.UNDATED, window=None)
    return lambda: identify.open_run("asthma", due)


def test_nothing_that_is_stored_or_logged_holds_the_key(
    database: Database,
    open_run: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    with echoing(esearch=SEARCH, efetch=RECORDS) as address:
        monkeypatch.setenv("LITSWEEP_EUTILS_URL", address)
        run = open_run()
        identify.search.fn(run)
        identify.fetch_batch.fn(run, [1, 2])
        identify.close_run(run)
    stored = everything_in(database)
    assert any(b"none: [hidden]" in value for value in stored)  # the unreadable record, kept
    assert_clean(b"\n".join(stored))
    assert_clean(caplog.text.encode())
    for path in tmp_path.iterdir():
        assert_clean(path.name.encode() + path.read_bytes())


@pytest.mark.parametrize("reply", [REFUSAL, OUTAGE], ids=["refusal", "outage"])
def test_no_error_and_no_frame_of_its_traceback_shows_the_key(
    reply: str,
    database: Database,
    open_run: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with echoing(esearch=reply) as address:
        monkeypatch.setenv("LITSWEEP_EUTILS_URL", address)
        run = open_run()
        with pytest.raises(LitsweepError) as caught:
            identify.search.fn(run)
    monkeypatch.setenv("LITSWEEP_EUTILS_URL", "http://127.0.0.1:9/")
    with pytest.raises(LitsweepError) as unreachable:
        identify.search.fn(run)
    identify.close_run(run, str(caught.value))
    for error in (caught.value, unreachable.value):
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        # The first frame is this test's, which holds the reply's template only.
        assert_clean("".join(shown.format()).encode())
    assert_clean(b"\n".join(everything_in(database)))
    assert_clean(caplog.text.encode())


def everything_in(database: Database) -> list[bytes]:
    """Every value of every table as bytes, unpacked where it is packed."""
    values: list[bytes] = []
    with database.reading() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(text(f"SELECT * FROM {table.name}")):
                values += [_as_bytes(value) for value in row]
    return values


def _as_bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        return str(value).encode()
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def assert_clean(content: bytes) -> None:
    for secret in (KEY, KEY.upper(), EMAIL, EMAIL.replace("@", "%40")):
        assert secret.encode() not in content
