"""Ways of writing the same rows into the same tables: ours, and those that people choose instead.

Each has a database of its own and writes one batch in one transaction. The limit on SQLite is
raw sqlite3 with values that are already as the table holds them; next to it stands the same with
the values made by hand, since somebody has to pack the XML and to write the lists as JSON. The
limit on PostgreSQL is COPY into tables without keys, indexes and constraints.
"""

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import psutil
from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from benchmarks.made_writes import Rows
from db.engine import Database
from db.row_values import find_shape
from db.upsert import add_rows, upsert

TableRows = list[dict[str, Any]]


@dataclass(kw_only=True)
class Peer:
    """One way of writing, and what it has cost; ``prepare`` is done before the clock starts."""

    name: str
    write: Callable[[Connection, Table, Any], object]
    prepare: Callable[[Connection, Table, TableRows], Any] = lambda conn, table, rows: rows
    most_records: int | None = None
    database: Database = field(init=False)
    n_rows: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def write_batch(self, rows: Rows) -> None:
        """Write one batch in one transaction and add what it cost, the server's part included."""
        with self.database.writing() as conn:
            prepared = [(table, self.prepare(conn, table, own)) for table, own in rows.items()]
            server = _find_server(conn)
            wall, cpu = time.perf_counter(), time.process_time() + _cpu_s(server)
            for table, own in prepared:
                self.write(conn, table, own)
            conn.commit()
            self.cpu_s += time.process_time() + _cpu_s(server) - cpu
            self.wall_s += time.perf_counter() - wall
        self.n_rows += sum(map(len, rows.values()))


def list_adding(dialect: str) -> list[Peer]:
    """Return the ways of writing rows that are not there yet, the limit first."""
    ours_and_core = [
        Peer(name="packing the XML alone", write=_pack),
        Peer(name="db.upsert.add_rows", write=add_rows),
        Peer(name="SQLAlchemy Core executemany", write=_by_core),
        Peer(name="Core, RETURNING (insertmanyvalues)", write=_by_returning, most_records=3000),
        Peer(name="ORM add_all", write=_by_orm, most_records=3000),
        Peer(name="pandas to_sql", write=_by_pandas, most_records=3000),
    ]
    if dialect == "sqlite":
        return [
            Peer(name="raw sqlite3, values as stored", write=_by_driver, prepare=_as_stored),
            Peer(name="raw sqlite3, values made by hand", write=_by_hand),
            *ours_and_core,
        ]
    return [
        Peer(name="COPY into bare tables (limit)", write=_by_copy, prepare=_as_copied),
        Peer(name="psycopg executemany", write=_by_driver, prepare=_as_stored),
        *ours_and_core,
    ]


def list_upserting(dialect: str) -> list[Peer]:
    """Return the ways of writing rows that may be there already, the limit first."""
    driver = "raw sqlite3" if dialect == "sqlite" else "psycopg executemany"
    return [
        Peer(name=f"{driver}, ON CONFLICT", write=_by_driver, prepare=_as_upserted),
        Peer(name="db.upsert.upsert", write=upsert),
        Peer(name="Core executemany, ON CONFLICT", write=_by_core_upsert),
    ]


def _as_stored(conn: Connection, table: Table, rows: TableRows) -> tuple[str, Any]:
    """Return an INSERT as the driver wants it, and the values as the table holds them."""
    shape = find_shape(conn.dialect, table, list(rows[0]))
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(shape.names))
    sql = f"INSERT INTO {table.name} ({', '.join(shape.names)}) VALUES ({marks})"  # noqa: S608
    if conn.dialect.name == "postgresql":
        return sql, list(
            zip(*(_bound(conn, table.c[name], rows) for name in shape.names), strict=True)
        )
    return sql, list(shape.build_values(rows))


def _bound(conn: Connection, column: Column[Any], rows: TableRows) -> list[Any]:
    convert = column.type.dialect_impl(conn.dialect).bind_processor(conn.dialect)
    return [convert(row[column.name]) if convert else row[column.name] for row in rows]


def _as_upserted(conn: Connection, table: Table, rows: TableRows) -> tuple[str, Any]:
    sql, values = _as_stored(conn, table, rows)
    key = [column.name for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in key)
    return f"{sql} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}", values


def _by_driver(conn: Connection, _: Table, prepared: tuple[str, Any]) -> None:
    sql, values = prepared
    conn.connection.cursor().executemany(sql, values)


_BY_HAND: Final[dict[type, Callable[[Any], Any]]] = {
    bytes: lambda value: zlib.compress(value, 3),
    list: lambda value: json.dumps(value, ensure_ascii=False),
    dict: lambda value: json.dumps(value, ensure_ascii=False),
    datetime: lambda value: value.isoformat(timespec="microseconds"),
    date: lambda value: value.isoformat(),
}


def _by_hand(conn: Connection, table: Table, rows: TableRows) -> None:
    names = list(rows[0])
    converters = [_BY_HAND.get(type(rows[0][name])) for name in names]
    pairs = list(zip(names, converters, strict=True))
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    values = [[turn(row[name]) if turn else row[name] for name, turn in pairs] for row in rows]
    conn.connection.cursor().executemany(sql, values)


def _as_copied(conn: Connection, table: Table, rows: TableRows) -> Any:
    shape = find_shape(conn.dialect, table, list(rows[0]))
    names = ", ".join(shape.names)
    conn.exec_driver_sql(
        f"CREATE TEMPORARY TABLE bare_{table.name} ON COMMIT DROP AS "  # noqa: S608
        f"SELECT {names} FROM {table.name} WITH NO DATA"
    )
    return f"COPY bare_{table.name} ({names}) FROM STDIN (FORMAT BINARY)", shape, rows


def _by_copy(conn: Connection, _: Table, prepared: Any) -> None:
    sql, shape, rows = prepared
    with conn.connection.cursor() as cursor, cursor.copy(sql) as copy:  # type: ignore[attr-defined]
        copy.set_types(shape.type_names)
        for row in shape.build_values(rows):
            copy.write_row(row)


def _pack(_: Connection, table: Table, rows: TableRows) -> None:
    for row in rows if "raw" in table.c else ():
        zlib.compress(row["raw"], 3)


def _by_core(conn: Connection, table: Table, rows: TableRows) -> None:
    conn.execute(table.insert(), rows)


def _by_core_upsert(conn: Connection, table: Table, rows: TableRows) -> None:
    dialect: Any = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    conn.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _by_returning(conn: Connection, table: Table, rows: TableRows) -> None:
    conn.execute(table.insert().returning(*table.primary_key), rows).all()


_classes: Final[dict[str, type]] = {}


def _by_orm(conn: Connection, table: Table, rows: TableRows) -> None:
    from sqlalchemy.orm import Session, registry

    if table.name not in _classes:
        _classes[table.name] = type(table.name, (), {})
        registry().map_imperatively(_classes[table.name], table)
    with Session(conn, join_transaction_mode="create_savepoint") as session:
        made = _classes[table.name]
        objects = []
        for row in rows:
            one = made()
            for name, value in row.items():
                setattr(one, name, value)
            objects.append(one)
        session.add_all(objects)
        session.commit()


def _by_pandas(conn: Connection, table: Table, rows: TableRows) -> None:
    import pandas

    types: dict[Any, Any] = {column.name: column.type for column in table.c}
    frame = pandas.DataFrame(rows, dtype=object)
    frame.to_sql(table.name, conn, if_exists="append", index=False, dtype=types)


def _find_server(conn: Connection) -> psutil.Process | None:
    if conn.dialect.name == "sqlite":
        return None
    return psutil.Process(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def _cpu_s(process: psutil.Process | None) -> float:
    return sum(process.cpu_times()[:2]) if process else 0.0
