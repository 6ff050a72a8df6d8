"""Every step down and up again, with all that a review holds: what an older schema knows stays."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import inspect, select, text

from db import schema, views
from db.connections import parse_place
from db.contents import count_rows, hash_all
from db.copying import snapshot
from db.engine import Database, open_database
from db.screened import mark_anew
from db.tables import metadata, screening_decisions, topics
from tests.fakes.filled_database import fill

# Of revision 0004 and later: nothing older knows them, and going back loses them.
_NEWER: Final = {
    "screening_decisions",
    "decision_imports",
    "document_embeddings",
    "query_holds",
    "notifications",
    "notification_items",
    "notification_deliveries",
    "screening_protocols",
    "screening_claims",
    "sentence_judgements",
    "finding_judgements",
    "reviewers",
    "desk_sessions",
    "desk_tickets",
    "api_tokens",
    "login_attempts",
}


@pytest.fixture
def url(filled_url: str) -> str:
    """Address of a database with all that a review holds."""
    return filled_url


@pytest.fixture
def undecided_url(url: str) -> str:
    """The same before anybody decided: going back to 0003 loses the decisions and their marks."""
    database = open_database(url)
    with database.writing() as conn:
        conn.execute(screening_decisions.update().values(is_standing=False))
        mark_anew(conn)
    database.close()
    return url


@pytest.fixture
def abstracts_url(database: Database, database_url: str) -> str:
    """Address of a database with records and read abstracts: older schemas have room for them."""
    fill(database)
    return database_url


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with snapshot(parse_place(url)) as conn:
        return [tuple(row) for row in conn.execute(text(statement))]


def list_tables(url: str) -> set[str]:
    with snapshot(parse_place(url)) as conn:
        return set(inspect(conn).get_table_names()) & set(metadata.tables)


def counts(url: str, names: set[str]) -> dict[str, int]:
    found = {name: ask(url, f"SELECT count(*) FROM {name}")[0][0] for name in names}
    assert sum(found.values()) > 100
    return found


def test_one_step_back_and_up_changes_no_older_row(undecided_url: str) -> None:
    url = undecided_url
    with snapshot(parse_place(url)) as conn:
        before = hash_all(conn)
    schema.downgrade(url, "0003")
    assert list_tables(url) == set(metadata.tables) - _NEWER
    schema.upgrade(url)
    with snapshot(parse_place(url)) as conn:
        after = hash_all(conn)
    assert {name: after[name] for name in after if name not in _NEWER} == {
        name: before[name] for name in before if name not in _NEWER
    }
    assert {after[name].n_rows for name in _NEWER} == {0}
    assert ask(url, "SELECT count(*) FROM record_words") == [(before["records"].n_rows,)]


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_older_steps_lose_no_row_of_what_they_know(abstracts_url: str, revision: str) -> None:
    url = abstracts_url
    schema.downgrade(url, revision)
    known = list_tables(url)
    before = counts(url, known)
    schema.upgrade(url)
    # Rebuilding a table on SQLite deletes its children where foreign keys are on.
    assert counts(url, known) == before
    assert before["records"] == 42
    assert before["record_authors"] > 42
    assert list_tables(url) == set(metadata.tables)


def test_a_step_that_would_lose_rows_is_refused_and_undone(url: str) -> None:
    with snapshot(parse_place(url)) as conn:
        before = hash_all(conn)
    with pytest.raises(RuntimeError, match="has no place for references; keep this one"):
        schema.downgrade(url, "0002")
    assert schema.check(url) is schema.SchemaState.CURRENT
    with snapshot(parse_place(url)) as conn:
        assert hash_all(conn) == before


def test_down_to_nothing_and_up_again(abstracts_url: str) -> None:
    url = abstracts_url
    schema.downgrade(url, "base")
    assert list_tables(url) == set()
    with snapshot(parse_place(url)) as conn:
        assert set(inspect(conn).get_table_names()) <= {schema.VERSION_TABLE}
        assert inspect(conn).get_view_names() == []
    schema.upgrade(url)
    with snapshot(parse_place(url)) as conn:
        assert set(count_rows(conn).values()) == {0}


def test_no_trigger_keeps_anything(database_url: str) -> None:
    """A rebuilt table loses its triggers without a word, so that nothing may depend on one."""
    statements = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    dialect = "sqlite" if parse_place(database_url).is_sqlite else "postgresql"
    assert ask(database_url, statements[dialect]) == []


@pytest.fixture
def a_view(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One view, whatever the others are."""
    show_views(monkeypatch, topics.c.name)
    yield


def show_views(monkeypatch: pytest.MonkeyPatch, *columns: Any) -> None:
    view = views.View(
        name="topic_names", query=select(*columns), comment="Names: of topics.", columns=()
    )
    monkeypatch.setattr(views, "ALL_VIEWS", (view,))
    monkeypatch.setattr(views, "VIEWS", {view.name: view.query})


def test_views_come_with_the_newest_revision_alone(empty_url: str, a_view: None) -> None:
    schema.upgrade(empty_url, "0003")
    with snapshot(parse_place(empty_url)) as conn:
        assert inspect(conn).get_view_names() == []
    schema.upgrade(empty_url)
    assert ask(empty_url, "SELECT * FROM topic_names") == []
    schema.downgrade(empty_url, "0003")
    with snapshot(parse_place(empty_url)) as conn:
        assert inspect(conn).get_view_names() == []


def test_a_developers_alembic_makes_the_views_too(
    empty_url: str, a_view: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", empty_url)
    command.upgrade(schema.alembic_config(), "head")
    assert ask(empty_url, "SELECT * FROM topic_names") == []
    command.check(schema.alembic_config())


def test_a_changed_view_is_made_anew_by_an_upgrade(
    database_url: str, a_view: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.upgrade(database_url)
    show_views(monkeypatch, topics.c.topic_id, topics.c.name)
    schema.upgrade(database_url)
    with snapshot(parse_place(database_url)) as conn:
        found = [column["name"] for column in inspect(conn).get_columns("topic_names")]
    assert found == ["topic_id", "name"]
