"""The map of tables and writers is whole, and PostgreSQL holds every role to it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from db.roles import Part, Role, make_roles
from db.tables import metadata
from db.writers import WORDS, WRITES, Job, list_rights

TABLES = (*metadata.tables, WORDS)
VERBS = ("INSERT", "UPDATE", "DELETE")


def test_every_table_has_a_writer() -> None:
    assert sorted(WRITES) == sorted(TABLES), (
        "db/writers.py must say who writes each table, and name no other"
    )
    assert not [table for table, writers in WRITES.items() if not writers]


def test_the_columns_that_are_granted_alone_exist() -> None:
    for table, privileges in list_rights(Job):
        _, _, columns = privileges.partition("(")
        for column in filter(None, columns.rstrip(")").split(", ")):
            assert column in metadata.tables[table].c, f"{table}: {column}"


def test_a_machine_writes_nothing_that_people_say() -> None:
    said = {"topics", "search_strategies", "decision_imports", "screening_decisions"}
    judged = {"screening_protocols", "sentence_judgements", "finding_judgements"}
    at_desk = {"screening_claims", "reviewers", "desk_sessions", "desk_tickets"}
    peoples = said | judged | at_desk | {"api_tokens", "login_attempts"}
    assert set(TABLES) - _written_by(Part.WORKER) == peoples


def test_a_gpu_worker_writes_what_a_reading_makes() -> None:
    made = {"routes", "generations", "summaries", "summary_sentences", "analyses", "findings"}
    kept = {"reading_runs", "reading_leases", "readings", "checks", "document_embeddings"}
    told = {"notifications", "notification_items", "notification_deliveries"}
    # A reading that failed is told of, and asks for decisions, as any other run.
    asked = {"query_holds", "search_runs"}
    assert _written_by(Part.GPU) == made | kept | told | asked | {"reread_requests"}


def test_what_a_machine_wrote_is_never_rewritten_by_anybody() -> None:
    for table in ("generations", "summaries", "summary_sentences", "findings", "checks", "reports"):
        assert {right for name, right in list_rights(Job) if name == table} == {"INSERT"}


def _written_by(part: Part) -> set[str]:
    return {table for table, _ in list_rights(part.jobs)}


@pytest.fixture(scope="module")
def names() -> dict[Part, str]:
    tag = uuid.uuid4().hex[:8]
    return {part: f"{part}_{tag}" for part in Part}


@pytest.fixture(scope="module")
def held(server_url: str, template: str, names: dict[Part, str]) -> Iterator[str]:
    """Address of a database whose roles were made twice: the second time takes nothing away."""
    database = f"litsweep_{uuid.uuid4().hex[:8]}"
    address = make_url(server_url).set(database=database).render_as_string(hide_password=False)
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
    roles = [Role(part=part, name=name) for part, name in names.items()]
    assert make_roles(address, roles) == list(names.values())
    assert make_roles(address, roles) == []
    yield address
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {database} WITH (FORCE)")
        for name in names.values():
            conn.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("part", list(Part))
def test_each_role_writes_its_own_tables_and_no_other(
    held: str, names: dict[Part, str], part: Part
) -> None:
    url = make_url(held).set(username=names[part]).render_as_string(hide_password=False)
    allowed = set()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET default_transaction_read_only = off")
        for table in TABLES:
            for verb in VERBS:
                if _may(conn, _statement(table, verb)):
                    allowed.add((table, verb))
    # An UPDATE of the first column is refused to who may update only others.
    expected = {
        (table, verb)
        for table, privileges in list_rights(part.jobs)
        for verb in VERBS
        if verb in privileges.partition(" (")[0].split(", ") and f"{verb} (" not in privileges
    }
    assert allowed == expected


def _statement(table: str, verb: str) -> str:
    # Of no row: PostgreSQL looks at the rights first.
    if verb == "INSERT":
        return f"INSERT INTO {table} SELECT * FROM {table} WHERE false"
    if verb == "DELETE":
        return f"DELETE FROM {table} WHERE false"
    first = "sort_key" if table == WORDS else next(iter(metadata.tables[table].c)).name
    return f"UPDATE {table} SET {first} = {first} WHERE false"


def _may(conn: psycopg.Connection, statement: str) -> bool:
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def test_a_table_to_come_can_be_read_and_is_nobody_s_to_write(
    held: str, names: dict[Part, str]
) -> None:
    with psycopg.connect(held, autocommit=True) as owner:
        owner.execute("CREATE TABLE later (later_id bigserial PRIMARY KEY)")
    for name in names.values():
        url = make_url(held).set(username=name).render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as conn:
            assert conn.execute("SELECT count(*) FROM later").fetchone() == (0,)
            assert not _may(conn, "SELECT nextval('later_later_id_seq')")
            conn.execute("SET default_transaction_read_only = off")
            assert not _may(conn, "INSERT INTO later DEFAULT VALUES")
