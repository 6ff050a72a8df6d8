"""The pages on the database: generated where they can be, run where they show queries."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, select

from db.documentation import GROUPS, list_groups, write_page
from db.duplicates import mark_by_person
from db.engine import Database, open_database
from db.reading_runs import open_reading_run
from db.tables import (
    metadata,
    reading_runs,
    records,
    retrievals,
    screening_decisions,
    search_runs,
    topic_records,
)
from db.views import ALL_VIEWS
from db.writing import add_row
from litsweep.domain.documents import DocumentKind
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import RunStatus, SearchRoute
from litsweep.models.registry import MODELS
from tests.fakes.filled_database import NOW

DOCS: Final = Path(__file__).parents[2] / "docs"
QUERIES: Final = dict(
    re.findall(
        r"^## (.+?)\n\n(?:[^#`]|`[^`]+`)+?```sql\n(.+?)```",
        (DOCS / "queries.md").read_text("utf-8"),
        re.M | re.S,
    )
)


def test_the_page_is_what_the_tables_and_views_say() -> None:
    said = (DOCS / "database.md").read_text("utf-8")
    assert said == write_page(), "make docs writes it anew"


def test_every_table_is_in_one_group_and_every_view_is_told() -> None:
    groups = list_groups()
    assert list(groups) == list(GROUPS)
    named = [table.name for tables in groups.values() for table in tables]
    assert sorted(named) == sorted(metadata.tables)
    page = write_page()
    assert all(f"### `{name}`\n" in page for name in [*named, *(view.name for view in ALL_VIEWS)])


def test_there_are_twelve_queries_each_with_its_purpose() -> None:
    text = (DOCS / "queries.md").read_text("utf-8")
    assert len(QUERIES) == 12
    assert text.count("```sql") == text.count("\n## ") == 12


def ask(conn: Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows, with values that both drivers give alike, in an order of our own."""
    found = conn.exec_driver_sql(query.replace("%", "%%") if is_postgresql(conn) else query)
    return sorted((tuple(plain(value) for value in row) for row in found), key=repr)


def is_postgresql(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, date | datetime) else value


@pytest.fixture(scope="session")
def answers() -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """What each database answered to each query."""
    return {}


@pytest.fixture
def asked(
    filled_sqlite_url: str,
    filled_postgresql_url: str,
    answers: dict[str, dict[str, list[tuple[Any, ...]]]],
) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """All queries, asked once of each database."""
    for url in (filled_sqlite_url, filled_postgresql_url) if not answers else ():
        database = open_database(url)
        trouble(database)
        with database.reading() as conn:
            answers[conn.dialect.name] = {
                title: ask(conn, query) for title, query in QUERIES.items()
            }
        database.close()
    return answers


@pytest.mark.parametrize("title", QUERIES)
def test_a_worked_query_finds_the_same_rows_on_both_databases(
    asked: dict[str, dict[str, list[tuple[Any, ...]]]], title: str
) -> None:
    assert asked["sqlite"][title]
    assert asked["sqlite"][title] == asked["postgresql"][title]


def test_the_queries_find_what_was_put_there(
    asked: dict[str, dict[str, list[tuple[Any, ...]]]],
) -> None:
    found = asked["sqlite"]
    ((*_, error),) = found["Searches whose counts do not add up"]
    assert error == "PubMed was away."
    assert [row[3:] for row in found["What came late, and by which way"]] == [("modified", 40)]
    assert {row[2] for row in found["Retracted records that somebody included"]} == {"retracted"}
    ((_, sentence, *_),) = found["Flagged summaries beside their source"]
    assert sentence == "It helped 12 people."
    assert len(found["Where two reviewers disagree"]) == 1
    assert found["Reports not retrieved, by reason"] == [("Not in the open subset.", 1)]
    assert [row[3] for row in found["Which model wrote this sentence"]] == ["microsoft/biogpt"]
    assert [row[3] for row in found["Duplicates, and what gave them away"]][-1] == "person"
    assert [row[5] for row in found["How fast each model reads"]] == [25.0]


def trouble(database: Database) -> None:
    """Add what a good night does not have: a run cut off, a late record, a refusal, and more."""
    with database.writing() as conn:
        first, *others = conn.scalars(select(records.c.record_id).order_by(records.c.pmid))
        _add_failed_run(conn)
        _alter(conn, records, first, publication_status=PublicationStatus.RETRACTED)
        late = {"route": SearchRoute.MODIFIED, "is_late": True, "lag_days": 40}
        _alter(conn, topic_records, others[-1], **late)
        mark_by_person(conn, others[-2], others[-3], by="Ada", reason="A reprint.", now=NOW)
        add_row(
            conn,
            retrievals,
            record_id=others[-4],
            pmcid="PMC1",
            reason="Not in the open subset.",
            is_final=True,
            attempted_at=NOW,
        )
        _add_reading_run(conn)
        assert conn.execute(select(screening_decisions.c.record_id)).first()


def _alter(conn: Connection, table: Any, record_id: int, **values: Any) -> None:
    conn.execute(table.update().where(table.c.record_id == record_id).values(**values))


def _add_failed_run(conn: Connection) -> None:
    add_row(
        conn,
        search_runs,
        search_strategy_id=1,
        topic_id=1,
        route=SearchRoute.UNDATED,
        status=RunStatus.FAILED,
        owner="here",
        n_reported=9,
        translations=[],
        slices=[[1, 99, 9]],
        warnings=[],
        error="PubMed was away.",
        tool_version="litsweep 0",
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=90),
    )


def _add_reading_run(conn: Connection) -> None:
    number = open_reading_run(
        conn,
        kind=DocumentKind.ABSTRACT,
        owner="here",
        flow_run_id=None,
        model=MODELS["biogpt"],
        engine="transformers",
        device="cpu",
        tool_version="litsweep 0",
        now=NOW,
    )
    conn.execute(
        reading_runs.update()
        .where(reading_runs.c.reading_run_id == number)
        .values(n_documents=2, n_output_tokens=50, generating_s=2.0, peak_memory_bytes=2**30)
    )
