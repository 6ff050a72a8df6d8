"""Writing many rows at once leaves what SQLAlchemy's own statements, one a row, would leave."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from db import upsert
from db.engine import Database
from db.membership import is_among
from db.types import Json, MachineText, Time, Zipped, state
from litsweep.domain.strategies import HitState
from litsweep.errors import DatabaseError

_METADATA = MetaData()
OURS, THEIRS = (
    Table(
        name,
        _METADATA,
        Column("number", Integer, primary_key=True),
        Column("pmid", BigInteger, nullable=True),
        Column("text", Text, nullable=True),
        Column("made", MachineText, nullable=True),
        Column("state", state(HitState, f"{name}_state"), nullable=True),
        Column("day", Date, nullable=True),
        Column("at", Time, nullable=True),
        Column("is_so", Boolean, nullable=True),
        Column("share", Float, nullable=True),
        Column("raw", Zipped, nullable=True),
        Column("listed", Json, nullable=True),
        UniqueConstraint("pmid"),
    )
    for name in ("ours", "theirs")
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=5,
)
_zones = st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=45)), timezone.min))
_EARLIEST = datetime(2, 1, 1)  # noqa: DTZ001 - Hypothesis adds the zone
_ROW: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "number": st.integers(1, 6),
        "pmid": st.none() | st.integers(-(2**63), 2**63 - 1),
        "text": st.none() | _text,
        "made": st.none() | st.text(),  # NUL and lone surrogates as well
        "state": st.none() | st.sampled_from(HitState),
        "day": st.none() | st.dates(),
        "at": st.none() | st.datetimes(_EARLIEST, timezones=_zones),
        "is_so": st.none() | st.booleans(),
        "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "raw": st.none() | st.binary(),
        "listed": _json,
    }
)


@pytest.fixture
def tables(database: Database) -> Iterator[Database]:
    """A database with the two tables, and every batch large enough for COPY."""
    with database.writing() as conn:
        _METADATA.create_all(conn)
    with patch.multiple(upsert, FEWEST_TO_COPY=1, FEWEST_TO_MERGE=1):
        yield database


def row(number: int, **values: Any) -> dict[str, Any]:
    return dict.fromkeys(OURS.c.keys()) | {"number": number} | values


def contents(conn: Connection, table: Table = OURS) -> list[dict[str, Any]]:
    return [dict(one) for one in conn.execute(select(table).order_by("number")).mappings()]


def write_plainly(conn: Connection, rows: Sequence[dict[str, Any]], keep: set[str]) -> None:
    """Put rows into THEIRS one after the other."""
    for one in rows:
        dialect: Any = postgresql if conn.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(THEIRS)
        changed = {name: statement.excluded[name] for name in one if name not in keep}
        conn.execute(
            statement.on_conflict_do_update(index_elements=["number"], set_=changed), [one]
        )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(_ROW, max_size=4, unique_by=(lambda one: str(one["number"]))),
    rows=st.lists(_ROW, min_size=1, max_size=8),
)
def test_rows_are_those_of_plain_statements(
    tables: Database, before: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    keep = {"number", "text", "at"}
    # Each PMID once: that two rows of different numbers may not share one is another test.
    rows = [one | {"pmid": None if one["pmid"] is None else one["number"]} for one in rows]
    before = [one | {"pmid": None} for one in before]
    with tables.writing() as conn:
        for table in (OURS, THEIRS):
            conn.execute(table.delete())
        upsert.add_rows(conn, OURS, before)
        upsert.upsert(conn, OURS, rows, keep=keep)
        write_plainly(conn, before, keep)
        write_plainly(conn, rows, keep)
        assert contents(conn) == contents(conn, THEIRS)
        for table in (OURS, THEIRS):
            conn.execute(table.delete())
        upsert.add_rows(conn, OURS, before)
        upsert.add_missing(conn, OURS, rows)
        write_plainly(conn, before, {"number"})
        known = {one["number"] for one in before}
        firsts = [one for one in reversed(rows) if one["number"] not in known]
        write_plainly(conn, list({one["number"]: one for one in firsts}.values()), {"number"})
        assert contents(conn) == contents(conn, THEIRS)


def test_values_come_back_as_they_were(tables: Database) -> None:
    whole = row(
        1,
        pmid=2**63 - 1,
        text="Crohn\u2019s \U0001f9ec \\N \t\r\n \x01 \ufeff e\u0301",
        made="a\0b\ud800c",
        state=HitState.CHANGED,
        day=date(1, 1, 1),
        at=NOW.astimezone(timezone(timedelta(hours=-5))),
        is_so=True,
        share=0.1,
        raw=bytes(range(256)),
        listed={"a": ["α", None, {"b": 1}], "": []},
    )
    with tables.writing() as conn:
        upsert.upsert(conn, OURS, [whole, row(2)])
    with tables.reading() as conn:
        found = contents(conn)
    assert found == [whole | {"made": "a\ufffdb\ufffdc"}, row(2)]
    assert found[0]["at"].tzinfo is UTC


def test_a_number_that_is_not_given_is_made(tables: Database) -> None:
    unnumbered = [{"pmid": pmid, "text": str(pmid)} for pmid in (30, 10, 20)]
    with tables.writing() as conn:
        upsert.upsert(conn, OURS, unnumbered, key=("pmid",))
        upsert.upsert(conn, OURS, [{"pmid": 10, "text": "anew"}], key=("pmid",))
        upsert.upsert(conn, OURS, [{"pmid": None, "text": "x"}] * 2, key=("pmid",))
    with tables.reading() as conn:
        found = [(one["pmid"], one["text"]) for one in contents(conn)]
    assert found == [(30, "30"), (10, "anew"), (20, "20"), (None, "x"), (None, "x")]


@pytest.mark.parametrize("write", [upsert.upsert, upsert.add_missing, upsert.add_rows])
def test_no_rows_are_no_work(tables: Database, write: Callable[..., None]) -> None:
    with tables.writing() as conn:
        write(conn, OURS, [])
        assert contents(conn) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(1, at=NOW.replace(tzinfo=None))], "time zone"),
        ([row(1, state="lost")], "refused a statement"),
        ([row(1, pmid=7), row(2, pmid=7)], "refused a statement"),
        ([row(1), {"number": 2}], "refused a statement"),
        ([{"number": 1, "nothing": 1}], "nothing"),
        ([row(1), row(1)], "refused a statement"),
    ],
    ids=["naive time", "no state", "taken PMID", "lacking column", "unknown column", "twice"],
)
def test_what_is_refused_is_our_error_and_leaves_nothing(
    tables: Database, rows: list[dict[str, Any]], message: str
) -> None:
    write = upsert.add_rows if rows == [row(1), row(1)] else upsert.upsert
    with pytest.raises(DatabaseError, match=message), tables.writing() as conn:
        upsert.upsert(conn, OURS, [row(3)])
        write(conn, OURS, rows)
    with tables.reading() as conn:
        assert conn.scalar(select(func.count()).select_from(OURS)) == 0


def test_two_tables_are_merged_in_one_transaction(tables: Database) -> None:
    with tables.writing() as conn:
        for table in (OURS, THEIRS, OURS):
            upsert.upsert(conn, table, [row(1, text=table.name)])
        assert contents(conn)[0]["text"] == "ours"
        assert contents(conn, THEIRS)[0]["text"] == "theirs"


@pytest.mark.parametrize("numbers", [[], [2], [3, 1, 3], list(range(70_000))], ids=len)
def test_membership_of_any_number(tables: Database, numbers: list[int]) -> None:
    with tables.writing() as conn:
        upsert.add_rows(conn, OURS, [row(number, pmid=10 + number) for number in (1, 2, 3)])
        found = conn.scalars(select(OURS.c.number).where(is_among(conn, OURS.c.number, numbers)))
        assert set(found) == {1, 2, 3} & set(numbers)
