"""The index follows every write, survives migrations, and tells when somebody else wrote."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, text

from db import schema, views
from db.connections import parse_place, writer_engine
from db.engine import Database
from db.records import save_records
from db.search import search
from db.search_index import (
    find_stale,
    first_key,
    index_records,
    install,
    is_sound,
    record_id_of,
    sort_key,
)
from db.tables import records
from litsweep.domain.records import (
    DatePrecision,
    FetchedRecord,
    PublicationDate,
    RecordSet,
)
from litsweep.parsing.pubmed import parse_record_set
from litsweep.searching.words import list_words
from tests.db.conftest import NOW

Store = Callable[..., None]
MakeRecord = Callable[..., FetchedRecord]


@pytest.fixture
def store(
    database: Database, start_run: Callable[..., int], make_set: Callable[..., RecordSet]
) -> Store:
    """Store records as found by a run."""

    def run(*fetched: FetchedRecord) -> None:
        pmids = tuple(one.record.pmid for one in fetched)
        run_id = start_run(database, pmids, topic=f"topic {pmids} {hash(fetched)}")
        with database.writing() as conn:
            save_records(
                conn, run_id, make_set(*fetched), requested=pmids, now=NOW, tool_version="0"
            )

    return run


def found(conn: Connection, typed: str) -> list[int | None]:
    return [hit.record.pmid for hit in search(conn, typed).hits]


def own_key(conn: Connection) -> str:
    return "rowid" if conn.dialect.name == "sqlite" else "sort_key"


def dated(day: date) -> PublicationDate:
    return PublicationDate(sortable=day, precision=DatePrecision.DAY, text=f"{day}")


def test_a_key_orders_by_day_and_then_by_number() -> None:
    keys = [sort_key(9, None), sort_key(10, None), sort_key(1, date(2020, 1, 1))]
    keys += [sort_key(2**31 - 1, date(2020, 1, 1)), sort_key(1, date(2020, 1, 2))]
    assert keys == sorted(keys)
    assert [record_id_of(key) for key in keys] == [9, 10, 1, 2**31 - 1, 1]
    assert first_key(date(2020, 1, 1), days_later=1) == first_key(date(2020, 1, 2))
    assert 0 < sort_key(2**31 - 1, date.max) < 2**63


def test_a_changed_record_moves_and_its_old_words_are_gone(
    database: Database, store: Store, make_record: MakeRecord
) -> None:
    store(
        make_record(1, publication_date=dated(date(2020, 1, 1))),
        make_record(2, publication_date=dated(date(2021, 1, 1))),
    )
    store(make_record(1, title="Gout in winter", publication_date=dated(date(2022, 1, 1))))
    with database.reading() as conn:
        assert found(conn, "gout") == [1]
        assert found(conn, "budesonide") == [2]
        assert found(conn, "wheeze") == [1, 2]
        assert not find_stale(conn)


def test_a_row_changed_behind_our_back_is_found_and_mended(
    database: Database, store: Store, make_record: MakeRecord
) -> None:
    store(*(make_record(pmid) for pmid in range(1, 6)))
    with database.writing() as conn:
        conn.execute(records.update().where(records.c.record_id == 1).values(title="Gout"))
        day = date(1999, 1, 1)
        conn.execute(records.update().where(records.c.record_id == 2).values(publication_date=day))
        key = conn.scalar(text(f"SELECT min({own_key(conn)}) FROM record_words"))
        third = key + 2
        conn.execute(
            text(f"DELETE FROM record_words WHERE {own_key(conn)} = :key"),
            {"key": third},
        )
    with database.writing() as conn:
        stale = find_stale(conn)
        assert (stale.missing, stale.changed) == ((2, 3), (1,))
        assert [record_id_of(key) for key in stale.surplus] == [2]
        assert found(conn, "gout") == []
        install(conn)
        assert not find_stale(conn)
        assert is_sound(conn)
        assert found(conn, "gout") == [1]
        assert found(conn, "wheeze")[-1] == 2  # the oldest now


def test_damage_inside_fts5_is_noticed(
    sqlite_database: Database, start_run: Callable[..., int], make_record: MakeRecord
) -> None:
    run_id = start_run(sqlite_database, (1,))
    reply = RecordSet(records=(make_record(1),), failures=(), deleted_pmids=())
    with sqlite_database.writing() as conn:
        save_records(conn, run_id, reply, requested=(1,), now=NOW, tool_version="0")
        assert is_sound(conn)
        conn.execute(text("UPDATE record_words_content SET c0 = 'other words'"))
        assert not is_sound(conn)
        install(conn)
        assert is_sound(conn)


def test_a_migration_that_rebuilds_records_leaves_the_search_as_it_was(
    database_url: str, database: Database, store: Store, make_record: MakeRecord
) -> None:
    store(*(make_record(pmid) for pmid in range(1, 4)))
    engine = writer_engine(parse_place(database_url), has_foreign_keys=False)
    with engine.begin() as conn:
        migration = Operations(MigrationContext.configure(conn))
        # What SQLite does for most changes; PostgreSQL never needs it.
        is_rebuilt = conn.dialect.name == "sqlite"
        views.uninstall(conn)  # as before every migration
        with migration.batch_alter_table(
            "records", recreate="always" if is_rebuilt else "never"
        ) as table:
            table.add_column(Column("added_later", Integer))
        views.install(conn)
    engine.dispose()
    with database.reading() as conn:
        assert found(conn, "budesonide") == [3, 2, 1]
        assert not find_stale(conn)
    store(make_record(4), make_record(1, title="Gout"))
    with database.reading() as conn:
        assert (found(conn, "budesonide"), found(conn, "gout")) == ([4, 3, 2], [1])


def test_alembic_sees_nothing_to_do_beside_the_index(
    database_url: str, database: Database, store: Store, make_record: MakeRecord
) -> None:
    store(make_record(1))
    engine = writer_engine(parse_place(database_url), has_foreign_keys=False)
    with engine.begin() as conn:
        command.check(schema.alembic_config(conn))
    engine.dispose()
    with database.reading() as conn:
        assert found(conn, "budesonide") == [1]


def test_an_older_database_with_records_is_indexed_by_its_migration(
    database_url: str, database: Database, store: Store, make_record: MakeRecord
) -> None:
    store(make_record(1), make_record(2))
    schema.downgrade(database_url, "0003")
    schema.upgrade(database_url)
    with database.reading() as conn:
        assert found(conn, "budesonide") == [2, 1]
        assert not find_stale(conn)


def test_text_without_end_is_indexed_by_its_beginning(database: Database) -> None:
    words = " ".join(f"{number:x}z{number % 7}" for number in range(120_000))
    with database.writing() as conn:
        conn.execute(records.insert(), [_row(1, f"gout {words} last")])
        index_records(conn, [1])
        assert found(conn, "gout") == [1]
        assert found(conn, "last") == []
        assert not find_stale(conn)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(min_size=1, max_size=60))
def test_every_word_is_one_of_each_index(database: Database, title: str) -> None:
    with database.writing() as conn:
        conn.execute(text("DELETE FROM record_words"))
        conn.execute(records.delete())
        conn.execute(records.insert(), [_row(1, title.replace("\x00", " "))])
        index_records(conn, [1])
        assert _list_indexed(conn) == set(list_words(title))
        assert not find_stale(conn)
        conn.rollback()


def test_every_word_of_real_records_is_one_of_each_index(database: Database, corpus: Path) -> None:
    name = "internetarchive_fatcat__pubmedsample_2019.xml"
    fetched = parse_record_set((corpus / "pubmed" / name).read_bytes()).records
    titles = [f"{one.record.title} {one.record.abstract_text}" for one in fetched[:200]]
    with database.writing() as conn:
        conn.execute(records.insert(), [_row(n, title) for n, title in enumerate(titles, 1)])
        index_records(conn, range(1, len(titles) + 1))
        assert _list_indexed(conn) == {word for title in titles for word in list_words(title)}


def _row(number: int, title: str) -> dict[str, object]:
    return {
        "record_id": number,
        "pmid": number,
        "version": 1,
        "publication_status": "as_published",
        "raw_sha256": "0" * 64,
        "title": title,
        "abstract": "",
        "authors": "",
        "publication_date_precision": "unknown",
        "publication_date_text": "",
        "language": "eng",
        "publication_types": "",
        "is_book": False,
        "details": {},
        "first_seen_at": NOW,
        "updated_at": NOW,
    }


def _list_indexed(conn: Connection) -> set[str]:
    if conn.dialect.name == "sqlite":
        conn.execute(
            text(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.v USING fts5vocab(main, record_words, row)"
            )
        )
        return set(conn.scalars(text("SELECT term FROM temp.v")))
    lexemes = "SELECT DISTINCT lexeme FROM record_words, unnest(words)"
    return set(conn.scalars(text(lexemes)))
