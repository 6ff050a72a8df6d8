"""A made review at its full size: 20 topics, one of which holds half of the records, and decisions.

Copies the review of ``benchmarks.desk_database`` ten times within the database, each copy with
numbers of its own, gives the half to other topics, and adds nightly sweeps and what people
decided: on the large topic two of each record, who disagree now and then.
"""

import shutil
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, text

from benchmarks import desk_database
from benchmarks.large_database import NOW, TOPIC
from db import search_index, tables
from db.engine import Connection, Database, open_database
from db.screened import mark_anew
from db.screening_protocols import set_protocol
from litsweep.domain.screening import ScreeningRules

N_COPIES: Final = 10
N_TOPICS: Final = 20
N_NIGHTS: Final = 60
PEOPLE: Final = ("Reviewer 0", "Reviewer 1")

# Parents first; each has a number of its own that follows from the record's.
_COPIED: Final = (
    tables.records,
    tables.record_mesh_headings,
    tables.topic_records,
    tables.documents,
    tables.record_versions,
    tables.readings,
    tables.routes,
    tables.summaries,
    tables.summary_sentences,
    tables.checks,
)
# The numbers of checks are their own, and nothing refers to them.
_NUMBERS: Final = {"record_id", "duplicate_of_id", "document_id", "reading_id", "summary_id"}
_NEW_TEXTS: Final = {
    "pmid": "pmid + :shift",
    "doi": "doi || '.' || :shift",
    "content_sha256": "printf('%064d', CAST(content_sha256 AS INTEGER) + :shift)",
}

_MADE: Final = (
    "INSERT INTO topics (topic_id, name, created_at) SELECT i, 'topic ' || i, :now FROM n "
    "WHERE i > 1",
    "INSERT INTO search_strategies (search_strategy_id, topic_id, version, query, query_sha256, "
    "author, reason, created_at) SELECT i, i, 1, 'x', printf('%064d', 0), 'A', 'r', :now FROM n "
    "WHERE i > 1",
    "INSERT INTO search_runs (search_strategy_id, topic_id, route, status, owner, date_field, "
    "first_day, last_day, translations, slices, warnings, tool_version, started_at, finished_at, "
    "n_reported) SELECT n.i, n.i, route, 'complete', 'x', field, date(:now, '-' || (:nights - "
    "night.i + 6) || ' days'), date(:now, '-' || (:nights - night.i) || ' days'), '[]', '[]', "
    "'[]', 't', {at}, {at}, 0 FROM n, (SELECT 'created' AS route, 'crdt' AS field UNION ALL "
    "SELECT 'modified', 'mdat') JOIN (WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT "
    "i + 1 FROM m WHERE i < :nights) SELECT i FROM m) AS night ORDER BY night.i, n.i",
    # The later half goes to the other topics, as if found without a run.
    "UPDATE topic_records SET topic_id = 2 + record_id % (:topics - 1), search_run_id = (SELECT "
    "min(search_run_id) FROM search_runs WHERE search_runs.topic_id = 2 + record_id % "
    "(:topics - 1)), route = 'created' WHERE record_id > :half",
)
_AT: Final = "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', julianday(:now) - :nights + night.i - 0.5)"
_DECIDED: Final = (
    "INSERT INTO screening_decisions (topic_id, record_id, stage, decision, exclusion_reason, "
    "labels, reviewer, decided_at, origin, is_standing, is_adjudication, tool_version) "
    "SELECT topic_id, record_id, :stage, "
    "CASE WHEN record_id % :every = 0 AND record_id % :apart > 0"
    " THEN 'include' ELSE 'exclude' END, "
    "CASE WHEN :stage = 'full_text' AND record_id % :every > 0 "
    "THEN 'wrong ' || record_id % 7 END,"
    " '[]', :reviewer, "
    "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', julianday(:now) - (record_id % 180)), 'desk', "
    "true, false, 't' FROM topic_records WHERE {where} ORDER BY record_id DESC"
)
_NEVER: Final = 10**9
_TITLE: Final = "title_abstract"
_DECISIONS: Final = (
    # who, stage, one include in so many, of which not one in so many, about which records
    (0, _TITLE, 50, _NEVER, "topic_id = 1 AND record_id % 2 = 0"),
    (1, _TITLE, 50, 550, "topic_id = 1 AND record_id % 2 = 0 AND record_id % 20 > 1"),
    (0, "full_text", 3, _NEVER, "topic_id = 1 AND record_id % 50 = 0 AND record_id % 7 > 1"),
    (0, _TITLE, 50, _NEVER, "topic_id > 1 AND record_id % 3 > 0 AND record_id % 2 = 0"),
)


def make(folder: Path, n_records: int) -> Path:
    """Make the database in ``folder``, unless it is there; return where it is."""
    path = folder / f"review-{n_records}.db"
    if path.exists():
        return path
    base = folder / f"desk-{n_records // N_COPIES}.db"
    desk_database.make(base, n_records // N_COPIES)
    half = path.with_suffix(".half.db")
    half.unlink(missing_ok=True)
    shutil.copy(base, half)
    database = open_database(f"sqlite:///{half}")
    _fill(database, n_records)
    database.close()
    with sqlite3.connect(half) as plain:
        plain.execute("ANALYZE")
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    half.rename(path)
    return path


def _fill(database: Database, n_records: int) -> None:
    n_base = n_records // N_COPIES
    for copy in range(1, N_COPIES):
        with database.writing() as conn:
            for table in _COPIED:
                conn.execute(text(_copying(table)), {"shift": copy * n_base, "most": n_base})
    with database.writing() as conn:
        search_index.install(conn)
    with database.writing() as conn:
        _add_topics(conn, n_records)
        _decide(conn)
        mark_anew(conn)


def _copying(table: Table) -> str:
    """Return the statement that copies the rows of the first records under other numbers."""
    columns = [column.name for column in table.columns if column.name != "check_id"]
    values = [
        f"{name} + :shift" if name in _NUMBERS else _NEW_TEXTS.get(name, name) for name in columns
    ]
    key = next(name for name in columns if name in _NUMBERS)
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {', '.join(values)} FROM {table.name} WHERE {key} <= :most"
    )


def _add_topics(conn: Connection, n_records: int) -> None:
    values = {"now": _NOW, "nights": N_NIGHTS, "topics": N_TOPICS, "half": n_records * 8 // 15}
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :topics) "
    for statement in _MADE:
        begin = numbers if " FROM n" in statement else ""
        _execute(conn, begin + statement.replace("{at}", _AT), values)
    rules = ScreeningRules(n_reviewers=2, exclusion_reasons=(), is_blinded=True)
    set_protocol(conn, TOPIC, rules, author="Lea Lead", reason="two people", now=NOW)


def _decide(conn: Connection) -> None:
    for person, stage, every, apart, where in _DECISIONS:
        values = {"stage": stage, "every": every, "apart": apart, "reviewer": PEOPLE[person]}
        _execute(conn, _DECIDED.replace("{where}", where), {**values, "now": _NOW})


def _execute(conn: Connection, statement: str, values: dict[str, Any]) -> None:
    plain = statement.replace("%H:%M:%S", r"%H\:%M\:%S")
    names = {name: value for name, value in values.items() if f":{name}" in plain}
    conn.execute(text(plain), names)


_NOW: Final = NOW.isoformat(timespec="microseconds")
