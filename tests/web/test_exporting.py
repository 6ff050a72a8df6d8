"""Any view as a file: every format, what a person may see, and no half file that looks whole."""

import csv
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import IO

import httpx
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from db.engine import Database
from db.screening_protocols import set_protocol
from db.tables import records
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.errors import DatabaseError
from litsweep.exports.entries import ExportEntry
from litsweep.exports.formats import FORMATS
from litsweep.exports.receipts import Receipt
from litsweep_app.web import growing_file
from litsweep_app.web.security.cookies import COOKIE
from tests.fakes.filled_database import NOW, TOPIC
from tests.web.conftest import Desk, sign_in

Clients = Callable[[Role | None], TestClient]
STARTS = {
    "ris": b"TY  - ",
    "nbib": b"PMID- ",
    "bibtex": b"@",
    "csl": b"[",
    "csv": b"record_id,pmid",
    "xlsx": b"PK",
    "parquet": b"PAR1",
    "asreview": b"title,abstract",
}


@pytest.mark.parametrize("name", FORMATS, ids=str)
def test_every_format_of_a_list_and_of_a_search(client_of: Clients, name: str) -> None:
    client = client_of(Role.READER)
    for query in (f"topic={TOPIC}&list=all", "q=cells"):
        plain = {"Accept-Encoding": "identity"}
        reply = client.get(f"/export?{query}&format={name}", headers=plain)
        assert reply.status_code == 200
        assert reply.content.lstrip().startswith(STARTS[name])
        assert int(reply.headers["content-length"]) == len(reply.content)
        disposition = reply.headers["content-disposition"]
        suffix = FORMATS[name].suffix or ".asreview.csv"
        assert disposition.startswith('attachment; filename="litsweep-')
        assert disposition.endswith(f'{suffix}"')


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_file_holds_the_records_of_its_page_in_their_order(client_of: Clients) -> None:
    client = client_of(Role.READER)
    rows = rows_of(client.get(f"/export?format=csv&topic={TOPIC}&list=all&sort=title").content)
    titles = [row["title"].lstrip("'").casefold() for row in rows]
    assert len(titles) > 30
    assert titles == sorted(titles)
    excluded = rows_of(client.get(f"/export?format=csv&topic={TOPIC}&list=excluded").content)
    assert [row["title_abstract_decision"] for row in excluded] == ["exclude"]
    conflicts = f"/export?format=csv&topic={TOPIC}&list=conflicts"
    (conflict,) = rows_of(client_of(Role.LEAD).get(conflicts).content)
    assert conflict["is_title_abstract_conflict"] == "true"
    # Nobody else's conflict for who is no lead.
    assert client.get(conflicts).status_code == 400


def test_formulas_of_hostile_titles_are_text(client_of: Clients, database: Database) -> None:
    formula = '=HYPERLINK("http://evil.example","x")'
    with database.writing() as conn:
        number = conn.scalar(select(records.c.record_id).limit(1))
        conn.execute(update(records).where(records.c.record_id == number).values(title=formula))
    client = client_of(Role.READER)
    address = f"/export?topic={TOPIC}&list=all&format="
    assert f"'{formula}" in {row["title"] for row in rows_of(client.get(f"{address}csv").content)}
    book = zipfile.ZipFile(io.BytesIO(client.get(f"{address}xlsx").content))
    sheets = [book.read(name) for name in book.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)
    asreview = client.get(f"{address}asreview").content.decode()
    assert "\n=" not in asreview


def test_the_receipt_says_what_was_asked_and_how_many(client_of: Clients) -> None:
    client = client_of(Role.READER)
    reply = client.get(f"/export?format=csv&topic={TOPIC}&list=excluded&about=yes")
    said = json.loads(reply.content)
    assert said["n_records"] == 1
    assert said["topic"] == TOPIC
    assert said["filters"]["list"] == "excluded"
    assert said["filters"]["exported_by"] == "Rea Reader"
    assert reply.headers["content-disposition"].endswith('.csv.about.json"')


def test_blinded_decisions_do_not_leave(client_of: Clients, database: Database) -> None:
    address = f"/export?format=csv&topic={TOPIC}&list=all"
    client = client_of(Role.LEAD)
    assert b"no control group" in client.get(address).content
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="Lea", reason="blinded", now=NOW)
    content = client.get(address).content
    assert b"no control group" not in content
    # Both decided about these.
    assert b"wrong population" in content


def test_abstracts_can_be_left_out_and_a_csv_begun_for_excel(client_of: Clients) -> None:
    content = client_of(Role.READER).get("/export?q=cells&format=csv&abstracts=no&bom=yes").content
    assert content.startswith(b"\xef\xbb\xbfrecord_id")
    assert {row["abstract"] for row in rows_of(content)} == {""}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "there is no format"),
        ("format=exe&q=cells", "there is no format"),
        ("format=csv&q=-rats", "only says what to leave out"),
        ("format=csv&q=cells&since=x", "is no day"),
        ("format=csv&list=all", "name it"),
        ("format=csv&list=odd&topic=everything", "There is no list"),
        ("format=csv&list=all&topic=nope", "There is no topic"),
        ("format=xlsx&q=zebraunicorn", "nothing to write"),
    ],
    ids=["none", "unknown", "words", "day", "no topic", "list", "topic", "empty"],
)
def test_what_cannot_be_written_is_a_page_and_no_file(
    client_of: Clients, query: str, words: str
) -> None:
    reply = client_of(Role.READER).get(f"/export?{query}")
    assert reply.status_code in (400, 404)
    assert words in reply.text
    assert "content-disposition" not in reply.headers


def test_the_name_of_a_file_is_harmless(client_of: Clients) -> None:
    hostile = "..%2F..%2Fetc%22%0d%0aSet-Cookie: a=b cells"
    reply = client_of(Role.READER).get(f"/export?format=csv&q=cells+OR+%22{hostile}%22")
    disposition = reply.headers["content-disposition"]
    name = disposition.split('filename="')[1]
    assert ".." not in name
    assert "/" not in name
    assert name.count('"') == 1
    assert "set-cookie" not in {header.lower() for header in reply.headers}


# --- what goes wrong ----------------------------------------------------------------------


def _break_off(after: int, has_begun: threading.Event | None = None) -> Callable[..., None]:
    """Return a writer that fails at an entry, once somebody has seen the file's beginning."""

    def write(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
        for place, entry in enumerate(receipt.counted(entries)):
            if place == after:
                assert has_begun is None or has_begun.wait(60)
                raise DatabaseError("The connection to the database was lost.")
            stream.write(entry.title.encode() + b"\n" * 300_000)

    return write


def test_an_error_before_anything_is_sent_is_a_page(
    client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(FORMATS["ris"], write=_break_off(0))
    monkeypatch.setitem(FORMATS, "ris", broken)
    reply = client_of(Role.READER).get(f"/export?format=ris&topic={TOPIC}&list=all")
    assert reply.status_code == 500
    assert "connection to the database was lost" in reply.text
    assert "content-disposition" not in reply.headers


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_error_in_the_middle_breaks_the_transfer_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    has_begun = threading.Event()
    monkeypatch.setitem(FORMATS, "ris", replace(FORMATS["ris"], write=_break_off(5, has_begun)))
    monkeypatch.setattr(growing_file.GrowingFile, "wait", lambda self, seconds: None)
    headers = {
        "Accept-Encoding": encoding,
        "Cookie": f"{COOKIE}={sign_in(desk.database, Role.READER)}",
    }
    address = f"{desk.address}/export?format=ris&topic={TOPIC}&list=all"
    with httpx.stream("GET", address, headers=headers, timeout=60) as reply:
        assert reply.status_code == 200
        assert "content-length" not in reply.headers
        has_begun.set()
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            reply.read()


def test_a_file_that_is_not_whole_yet_is_sent_without_a_size(
    client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(Role.READER)
    address = f"/export?format=csv&topic={TOPIC}&list=all"
    whole = client.get(address)
    monkeypatch.setattr(growing_file.GrowingFile, "wait", lambda self, seconds: None)
    streamed = client.get(address)
    assert "content-length" not in streamed.headers
    assert streamed.content == whole.content
    assert client.get(f"{address.replace('csv', 'xlsx')}").content.startswith(b"PK")


def test_only_some_files_are_written_at_once(
    client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(Role.READER)
    for _ in range(growing_file.MOST_AT_ONCE):
        assert growing_file._SLOTS.acquire(timeout=30)
    try:
        assert client.get("/export?format=csv&q=cells").status_code == 503
    finally:
        for _ in range(growing_file.MOST_AT_ONCE):
            growing_file._SLOTS.release()
    assert client.get("/export?format=csv&q=cells").status_code == 200


def test_only_the_head_writes_nothing(client_of: Clients) -> None:
    reply = client_of(Role.READER).head("/export?format=csv&q=cells")
    assert reply.status_code == 200
    assert reply.content == b""
