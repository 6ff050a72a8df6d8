"""What a query gave is the same from both databases, and nothing is lost where it does not fit."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from db.catalogue import describe_table, list_tables
from db.console import Result, run_select
from db.console_columns import Kind, ResultColumn, kinds_by_name, read_columns
from db.engine import open_database
from db.tables import metadata
from litsweep.errors import UsageError
from tests.fakes.filled_database import NOW, fill_whole

STATEMENTS = (
    "SELECT * FROM records ORDER BY record_id",
    "SELECT * FROM screening_decisions ORDER BY screening_decision_id",
    "SELECT finding_id, structured, support, is_flagged, quote FROM findings ORDER BY finding_id",
    "SELECT search_run_id, first_day, started_at, finished_at, slices, warnings FROM search_runs",
    "SELECT count(*) AS n, sum(n_tokens) AS total, max(pmid) AS newest, max(support) AS nearest "
    "FROM routes, findings, records WHERE routes.reading_id < 2 AND finding_id < 4",
    "SELECT max(found_at) AS found_at, min(first_seen_at) AS first_seen_at "
    "FROM topic_records, records",
    "SELECT avg(record_id) AS mean, avg(record_id * 2.0) AS twice FROM records",
)


def read(result: Result) -> dict[str, ResultColumn]:
    return {column.name: column for column in read_columns(result)}


def one(name: str, *values: Any) -> ResultColumn:
    (column,) = read_columns(
        Result(columns=(name,), rows=tuple((value,) for value in values), is_cut=False)
    )
    return column


def test_both_databases_give_equal_columns(sqlite_url: str, postgresql_url: str) -> None:
    for url in (sqlite_url, postgresql_url):
        database = open_database(url)
        fill_whole(database)
        database.close()
    for statement in STATEMENTS:
        ours, theirs = (
            read_columns(run_select(url, statement, max_rows=1000, timeout_s=60))
            for url in (sqlite_url, postgresql_url)
        )
        by_name = {column.name: column for column in theirs}
        # The order of columns is that of the migrations, which may differ from table to table.
        assert {column.name: column for column in ours} == by_name, statement
        assert not [column.name for column in ours if column.kind is Kind.MIXED]


def test_columns_of_the_schema_have_its_types(database_url: str) -> None:
    database = open_database(database_url)
    fill_whole(database)
    database.close()
    statement = (
        "SELECT found_at, is_late, first_day, slices, lag_days FROM topic_records "
        "JOIN search_runs USING (search_run_id) ORDER BY record_id"
    )
    found = read(run_select(database_url, statement, max_rows=2, timeout_s=60))
    assert {name: (column.kind, column.values[0]) for name, column in found.items()} == {
        "found_at": (Kind.TIME, NOW),
        "is_late": (Kind.BOOLEAN, False),
        "first_day": (Kind.DATE, date(1800, 1, 1)),
        "slices": (Kind.JSON, [[1, 2**34, 42]]),
        "lag_days": (Kind.INTEGER, found["lag_days"].values[0]),
    }
    nothing = run_select(database_url, f"{statement} LIMIT 0", max_rows=2, timeout_s=60)
    assert {name: one.kind for name, one in read(nothing).items()} == {
        name: column.kind for name, column in found.items()
    }


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("found_at", ("2026-11-22", None), Kind.TEXT),
        ("found_at", (date(2026, 11, 22),), Kind.DATE),
        ("found_at", ("soon",), Kind.TEXT),
        ("is_late", (0, 2), Kind.INTEGER),
        ("labels", ("[broken",), Kind.TEXT),
        ("labels", ('"text"',), Kind.TEXT),
        ("pmid", ("r1", 1), Kind.MIXED),
        ("first_day", ("1999",), Kind.TEXT),
        ("x", (), Kind.TEXT),
        ("x", (None,), Kind.TEXT),
        ("x", (1, 2.5), Kind.NUMBER),
        ("x", (1, "a", b"b"), Kind.MIXED),
        ("x", ('["a"]', None), Kind.TEXT),
        ("x", (b"\x00",), Kind.BYTES),
        ("x", (True, None), Kind.BOOLEAN),
    ],
)
def test_what_does_not_fit_stays_as_it_came(name: str, values: tuple[Any, ...], kind: Kind) -> None:
    assert one(name, *values) == ResultColumn(name=name, kind=kind, values=values)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (Decimal("7"), 7),
        (Decimal(2**70), 2**70),
        (Decimal("7.0000000000000000"), 7.0),
        (Decimal("0.3333333333333333"), 1 / 3),
        pytest.param(memoryview(b"\x00\xff"), b"\x00\xff", id="memory"),
        ({"b": 1, "a": "α"}, '{"a": "α", "b": 1}'),
        ([datetime(2026, 1, 1, tzinfo=UTC)], '["2026-01-01 00:00:00+00:00"]'),
        (timedelta(days=1), "1 day, 0:00:00"),
        (
            datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
    ],
    ids=str,
)
def test_a_computed_value_is_plain(given: Any, plain: Any) -> None:
    (value,) = one("computed", given).values
    assert (value, type(value)) == (plain, type(plain))


def test_a_name_of_several_types_has_none() -> None:
    kinds = kinds_by_name()
    assert kinds["found_at"] is Kind.TIME
    for name in ("pmid", "title", "support", "labels", "vector", "is_standing"):
        assert kinds[name] is not Kind.MIXED
    assert Kind.MIXED not in kinds.values()


def test_every_table_and_column_is_listed() -> None:
    listed = list_tables()
    assert {row[0] for row in listed.rows} >= set(metadata.tables)
    assert all(row[2] for row in listed.rows if row[1] == "table")
    rows = describe_table("screening_decisions").rows
    assert [row[0] for row in rows] == [
        column.name for column in metadata.tables["screening_decisions"].columns
    ]
    assert all(row[3] for row in rows)
    assert rows[2][0] == "record_id"
    assert rows[2][1:] == ("integer", rows[2][2], "The record that it is about.")
    assert "topic_records" in str(rows[2][2])
    with pytest.raises(UsageError, match="Did you mean records"):
        describe_table("record")
    with pytest.raises(UsageError, match="lists all"):
        describe_table("zyzzyva")
