from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from db import schema
from db.engine import open_database
from db.tables import metadata
from db.topics import add_topic, list_topics
from litsweep.errors import DatabaseError, StorageFull
from tests.fakes.older_database import connected

# The full-text index and, on SQLite, the tables in which FTS5 keeps it.
_INDEX = (
    "record_words",
    *(f"record_words_{part}" for part in ("config", "content", "data", "docsize", "idx")),
)


def describe(conn: Connection) -> dict[str, Any]:
    """All that the database itself says about its tables."""
    seen = inspect(conn)
    names = sorted(set(seen.get_table_names()) - {schema.VERSION_TABLE} - set(_INDEX))
    described = {}
    for name in names:
        described[name] = {
            "columns": sorted(
                (dict(column) | {"type": str(column["type"])} for column in seen.get_columns(name)),
                key=repr,
            ),
            "primary key": seen.get_pk_constraint(name),
            "foreign keys": sorted(seen.get_foreign_keys(name), key=repr),
            "unique": sorted(seen.get_unique_constraints(name), key=repr),
            "checks": sorted(
                (check["name"], check["sqltext"]) for check in seen.get_check_constraints(name)
            ),
            "indexes": sorted(
                (index["name"], index["column_names"], index["unique"], _where(index))
                for index in seen.get_indexes(name)
            ),
        }
    return described


def _where(index: Any) -> list[str]:
    return sorted(str(value) for value in index.get("dialect_options", {}).values())


def test_every_revision_is_known_and_they_form_one_line() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config())
    line = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(line)) == schema.REVISIONS


def test_upgrade_makes_a_database_that_is_current(empty_url: str) -> None:
    assert schema.check(empty_url) is schema.SchemaState.MISSING
    assert schema.current_revision(empty_url) is None
    schema.upgrade(empty_url)
    assert schema.check(empty_url) is schema.SchemaState.CURRENT
    assert schema.current_revision(empty_url) == schema.REVISIONS[-1]


def test_alembic_finds_no_difference_between_tables_and_migrations(database_url: str) -> None:
    with connected(database_url) as conn:
        command.check(schema.alembic_config(conn))


def test_alembic_would_find_one(database_url: str) -> None:
    with connected(database_url) as conn:
        conn.execute(text("DROP INDEX ix_records_doi"))
        with pytest.raises(CommandError, match="New upgrade operations detected"):
            command.check(schema.alembic_config(conn))


def test_migrations_make_what_the_tables_say_constraints_included(empty_url: str) -> None:
    with connected(empty_url) as conn:
        metadata.create_all(conn)
        said = describe(conn)
        metadata.drop_all(conn)
    schema.upgrade(empty_url, schema.REVISIONS[0])
    schema.upgrade(empty_url)
    with connected(empty_url) as conn:
        made = describe(conn)
    assert made == said
    assert set(made) == set(metadata.tables)


def test_every_table_and_column_says_what_it_is() -> None:
    for table in metadata.tables.values():
        assert table.comment
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"


def test_down_and_up_again_with_rows(database_url: str) -> None:
    database = open_database(database_url)
    with database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
    database.close()
    schema.downgrade(database_url, "base")
    with connected(database_url) as conn:
        assert set(inspect(conn).get_table_names()) <= {schema.VERSION_TABLE}
    schema.upgrade(database_url)
    database = open_database(database_url)
    with database.reading() as conn:
        assert list_topics(conn) == []
    database.close()


def test_an_upgrade_of_a_current_database_keeps_its_rows(database_url: str) -> None:
    database = open_database(database_url)
    with database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r")
    schema.upgrade(database_url)
    with database.reading() as conn:
        assert [topic.name for topic in list_topics(conn)] == ["asthma"]
    database.close()


@pytest.mark.parametrize("way", ["upgrade", "stamp"])
def test_an_upgrade_that_fails_leaves_nothing(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    real = getattr(command, way)
    revision = "0002" if way == "upgrade" else "head"  # a new one is stamped, an older upgraded

    def break_off(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, way, break_off)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(empty_url, revision)
    with connected(empty_url) as conn:
        assert inspect(conn).get_table_names() == []
    schema.upgrade(empty_url)
    assert schema.check(empty_url) is schema.SchemaState.CURRENT


def test_a_migration_that_orphans_rows_is_undone(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orphan(config: Any, revision: str) -> None:
        config.attributes["connection"].execute(
            text(
                "INSERT INTO search_hits (search_run_id, pmid, origin, state) "
                "VALUES (99, 1, 'search', 'pending')"
            )
        )

    monkeypatch.setattr(command, "upgrade", orphan)
    with pytest.raises(DatabaseError, match="without parents"):
        schema.upgrade(sqlite_url)
    with connected(sqlite_url) as conn:
        assert conn.execute(text("SELECT count(*) FROM search_hits")).scalar_one() == 0


def test_an_upgrade_onto_a_full_disk_says_so_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/litsweep.db"
    real = metadata.create_all

    def create_in_ten_pages(conn: Connection) -> None:
        conn.execute(text("PRAGMA max_page_count = 10"))
        real(conn)

    with monkeypatch.context() as patched:
        patched.setattr(metadata, "create_all", create_in_ten_pages)
        with pytest.raises(StorageFull):
            open_database(url, create=True)
    open_database(url, create=True).close()


def test_foreign_keys_are_enforced(database_url: str) -> None:
    database = open_database(database_url)
    with pytest.raises(DatabaseError), database.writing() as conn:
        conn.execute(
            text(
                "INSERT INTO search_hits (search_run_id, pmid, origin, state) "
                "VALUES (99, 1, 'search', 'pending')"
            )
        )
    database.close()


def test_the_alembic_command_uses_the_database_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/settings.db"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    command.upgrade(schema.alembic_config(), "head")
    assert schema.check(url) is schema.SchemaState.CURRENT
