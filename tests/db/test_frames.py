"""Results as DataFrames: dtypes as documented whatever the rows, the same from both databases."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import Connection, func, select

from db import tables
from db.documents import load_documents
from db.duplicates import mark_by_person
from db.engine import Database, open_database
from db.readings import save_reading
from db.stored_readings import list_latest_readings
from db.topics import add_topic
from litsweep import frames
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import SummaryMethod
from litsweep.errors import DatabaseNotReady, UnknownTopic, UsageError
from litsweep.reading.items import DATA_ITEMS
from litsweep.reading.summarize import summarize_abstracts
from tests.db.conftest import fresh_database
from tests.fakes.engine import options_for
from tests.fakes.filled_database import NOW, fill_whole

FRAMES = (frames.records, frames.summaries, frames.findings, frames.decisions)
EVERYTHING: dict[str, dict[str, Any]] = {
    "records": {"with_duplicates": True},
    "summaries": {"all_versions": True},
    "findings": {"all_versions": True},
    "decisions": {"all_versions": True},
}


def documented_dtypes(read: Callable[..., pd.DataFrame]) -> dict[str, str]:
    """Return the columns that the docstring lists, each with its dtype."""
    table = (read.__doc__ or "").split("Columns::")[1].split("\n\n")[1].rstrip()
    rows = re.findall(r"^ +(\w+) {2,}([\w\[\]]+(?:, UTC\])?)", table, re.M)
    assert len(rows) == len(table.splitlines())
    return dict(rows)


def dtypes_of(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with all that a review holds, on each kind of database, only to be read."""
    with contextmanager(_urls[request.param])(request, tmp_path_factory) as url:
        database = open_database(url)
        fill_whole(database)
        with database.writing() as conn:
            first = tables.reports.c.report_id == 1
            conn.execute(tables.reports.update().where(first).values(may_export=False))
        yield database
        database.close()


def _sqlite_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    migrated = request.getfixturevalue("migrated_file")
    yield f"sqlite:///{shutil.copy(migrated, tmp_path_factory.mktemp('frames'))}"


def _postgresql_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    server_url, template = map(request.getfixturevalue, ("server_url", "template"))
    yield from fresh_database(server_url, template)


_urls = {"sqlite": _sqlite_urls, "postgresql": _postgresql_urls}


@pytest.mark.parametrize("read", FRAMES, ids=lambda read: read.__name__)
def test_dtypes_of_an_empty_database_are_the_documented_ones(
    database: Database, read: Callable[..., pd.DataFrame]
) -> None:
    empty = read(database=database)
    assert len(empty) == 0
    assert dtypes_of(empty) == documented_dtypes(read)
    index = re.search(r"Index ``(\w+)`` \((\w+)\)", read.__doc__ or "")
    assert index and (empty.index.name, str(empty.index.dtype)) == index.groups()


def test_dtypes_with_rows_are_the_documented_ones(filled: Database) -> None:
    for read in FRAMES:
        for options in ({}, EVERYTHING[read.__name__], {"since": "2100-01-01"}):
            frame = read(database=filled, **options)
            assert dtypes_of(frame) == documented_dtypes(read), (read.__name__, options)
            assert frame.index.is_unique and frame.index.is_monotonic_increasing
            assert frame.index.dtype == "int64"
    states = frames.decisions(database=filled)["decision"]
    assert list(states.cat.categories) == ["include", "exclude", "unsure", "withdrawn"]
    wide = frames.findings(database=filled, wide=True)
    nothing = frames.findings(database=filled, wide=True, since="2100-01-01")
    assert len(wide) and not len(nothing)
    assert dtypes_of(nothing) == dtypes_of(wide)
    assert list(wide.columns[-len(DATA_ITEMS) :]) == [item.name for item in DATA_ITEMS]
    assert (nothing.index.dtype, nothing.index.name) == (wide.index.dtype, wide.index.name)


def test_both_databases_give_equal_frames(sqlite_url: str, postgresql_url: str) -> None:
    found = []
    for url in (sqlite_url, postgresql_url):
        database = open_database(url)
        fill_whole(database)
        database.close()
        found.append([read(database=url, **EVERYTHING[read.__name__]) for read in FRAMES])
        found[-1].append(frames.findings(database=url, wide=True))
    for ours, theirs in zip(*found, strict=True):
        assert len(ours)
        assert_frame_equal(ours, theirs)


def test_records_are_those_of_the_tables(filled: Database) -> None:
    frame = frames.records(database=filled)
    with filled.reading() as conn:
        rows = conn.execute(select(tables.records).order_by("record_id")).mappings().all()
        entries = {
            "authors": _entries(conn, tables.record_authors.c.name),
            "publication_types": _entries(conn, tables.record_publication_types.c.name),
            "mesh_headings": _entries(conn, tables.record_mesh_headings.c.name),
            "keywords": _entries(conn, tables.record_keywords.c.text),
        }
    assert list(frame.index) == [row["record_id"] for row in rows]
    for row, (_, got) in zip(rows, frame.iterrows(), strict=True):
        for name in ("pmid", "title", "journal", "publication_status", "first_seen_at"):
            assert got[name] == row[name], name
        assert got["publication_date"].date() == row["publication_date"]
        assert pd.isna(got["pmcid"]) if row["pmcid"] is None else got["pmcid"] == row["pmcid"]
        assert got["topics"] == ["everything"]
        for name, lists in entries.items():
            assert got[name] == lists.get(row["record_id"], []), name
    # The two texts that records keep are these lists, joined.
    assert "; ".join(frame["authors"].iloc[0]) == rows[0]["authors"]


def _entries(conn: Connection, column: Any) -> dict[int, list[str]]:
    table = column.table
    found: dict[int, list[str]] = {}
    for record_id, value in conn.execute(
        select(table.c.record_id, column).order_by(table.c.record_id, table.c.position)
    ):
        found.setdefault(record_id, []).append(value)
    assert found
    return found


def test_a_duplicate_is_left_out_unless_asked_for(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        mark_by_person(conn, 5, 6, by="A", reason="the same trial", now=NOW)
    records = frames.records(database=filled_database)
    assert 5 not in records.index and 6 in records.index
    whole = frames.records(database=filled_database, with_duplicates=True)
    assert whole.loc[5, "duplicate_of_id"] == 6
    assert_frame_equal(records, whole.drop(index=5))


def test_summaries_are_those_to_be_shown(filled: Database) -> None:
    frame = frames.summaries(database=filled).set_index("record_id")
    with filled.reading() as conn:
        for record_id in conn.scalars(select(tables.records.c.record_id)).all():
            shown = [
                conn.scalar(
                    select(tables.summaries.c.text).where(
                        tables.summaries.c.reading_id == stored.reading_id,
                        tables.summaries.c.is_shown,
                    )
                )
                for stored in list_latest_readings(conn, record_id)
                if stored.reading.document.kind is DocumentKind.ABSTRACT and stored.is_current
            ]
            expected = [text for text in shown if text is not None]
            found = frame.loc[frame.index == record_id, "text"]
            assert list(found) == expected
    assert len(frame) > 30


def test_every_version_of_a_summary_is_there(filled_database: Database) -> None:
    before = frames.summaries(database=filled_database)
    first = before.iloc[0]
    later = NOW + timedelta(days=1)
    with filled_database.writing() as conn:
        document_id = conn.scalar(
            select(tables.readings.c.document_id).where(
                tables.readings.c.reading_id == int(first["reading_id"])
            )
        )
        assert document_id is not None
        document = load_documents(conn, [document_id])[0][1]
        (again,) = summarize_abstracts(
            [document], engine=None, encoder=None, options=options_for(None)
        )
        number = save_reading(
            conn,
            document_id,
            again,
            fingerprint="another way",
            flow_run_id=None,
            tool_version="litsweep 1",
            now=later,
        )
    after = frames.summaries(database=filled_database)
    changed = after[after["record_id"] == first["record_id"]]
    assert list(changed["reading_id"]) == [number]
    assert len(after) == len(before)
    whole = frames.summaries(database=filled_database, all_versions=True)
    both = whole[whole["record_id"] == first["record_id"]]
    assert list(both["superseded_by_id"].fillna(0)) == [number, 0]
    assert list(frames.summaries(database=filled_database, since=later).index) == list(
        changed.index
    )
    (written,) = whole[whole["method"] == SummaryMethod.GENERATED.value].to_dict("records")
    assert written == written | {
        "model_id": "microsoft/biogpt",
        "model_revision": "eb0d815",
        "prompt_name": "summary",
        "prompt_version": 1,
        "is_flagged": True,
        "is_shown": False,
    }


def test_a_summary_of_an_older_abstract_does_not_hold(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        # A newer text, not read yet, in place of the one that was read.
        of_record = tables.documents.c.record_id == 3
        text = dict(conn.execute(select(tables.documents).where(of_record)).mappings().one())
        newer = text | {"document_id": 999, "content_sha256": "f" * 64}
        conn.execute(tables.documents.insert(), newer)
        conn.execute(
            tables.record_versions.update()
            .where(tables.record_versions.c.record_id == 3)
            .values(document_id=999)
        )
    assert 3 not in set(frames.summaries(database=filled_database)["record_id"])
    whole = frames.summaries(database=filled_database, all_versions=True)
    assert list(whole.loc[whole["record_id"] == 3, "is_current"]) == [False]


def test_findings_carry_quotation_value_and_licence(filled: Database) -> None:
    long = frames.findings(database=filled)
    with filled.reading() as conn:
        n_rows = conn.scalar(select(func.count()).select_from(tables.findings))
        reports = conn.execute(select(tables.reports.c.pmcid, tables.reports.c.may_export))
        licences = {row.pmcid: row.may_export for row in reports}
    assert len(long) == n_rows
    assert dict(zip(long["pmcid"], long["may_export"], strict=True)) == licences
    assert set(licences.values()) == {True, False}
    size = long[(long["data_item"] == "n_randomised") & (long["pmid"] == 99000001)].iloc[0]
    assert size["structured"] == {"n": 612}
    assert size["value"] in size["quote"]
    assert (size["state"], size["value_method"]) == ("found", "rule")
    silent = long[long["state"] != "found"]
    assert silent["quote"].isna().all() and silent["value"].isna().all()


def test_wide_findings_are_the_long_ones(filled: Database) -> None:
    long = frames.findings(database=filled)
    wide = frames.findings(database=filled, wide=True)
    assert list(wide.index) == sorted(set(long["reading_id"]))
    for reading_id, row in wide.iterrows():
        of_report = long[long["reading_id"] == reading_id]
        assert row["is_flagged"] == of_report["is_flagged"].any()
        for item in DATA_ITEMS:
            found = of_report[of_report["data_item"] == item.name]
            answers = found["value"].fillna(found["quote"]).dropna()
            assert (row[item.name] if pd.notna(row[item.name]) else "") == " | ".join(answers)


def test_decisions_stand_or_are_all_there(filled: Database) -> None:
    standing = frames.decisions(database=filled)
    whole = frames.decisions(database=filled, all_versions=True)
    assert (len(standing), len(whole)) == (6, 7)
    assert_frame_equal(standing, whole[whole["is_standing"]])
    counts = standing["decision"].value_counts().to_dict()
    assert counts == {"include": 3, "exclude": 2, "unsure": 1, "withdrawn": 0}
    assert standing["decided_at"].iloc[0] == pd.Timestamp(NOW)
    latest = whole["decided_at"].max()
    assert len(frames.decisions(database=filled, since=latest)) == 1


def test_a_topic_s_rows_alone(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        add_topic(conn, name="empty", query="x", author="A", reason="r", now=NOW)
    for read in FRAMES:
        assert len(read(database=filled_database, topic="empty")) == 0
        whole = read(database=filled_database)
        assert_frame_equal(read(database=filled_database, topic="everything"), whole)
        with pytest.raises(UnknownTopic):
            read(database=filled_database, topic="everythin")


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("yesterday", "no day"),
        ("2026-13-01", "no day"),
        (datetime(2026, 11, 22), "no time zone"),  # noqa: DTZ001
        ("2026-11-22T10:00:00", "no time zone"),
    ],
)
def test_a_wrong_since_is_told(database: Database, since: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        frames.records(since=since, database=database)


@pytest.mark.parametrize("since", [date(2026, 11, 22), "2026-11-22", NOW, NOW.isoformat()])
def test_since_takes_days_and_times(database: Database, since: Any) -> None:
    assert len(frames.records(since=since, database=database)) == 0


def test_the_settings_name_the_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", "sqlite:///nowhere.db")
    with pytest.raises(DatabaseNotReady):
        frames.records()
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", database_url)
    assert len(frames.records()) == 0
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", "sqlite:///nowhere.db")
    monkeypatch.setenv("LITSWEEP_READER_DATABASE_URL", database_url)
    assert len(frames.records()) == 0


def test_pandas_comes_with_the_frames_only() -> None:
    probe = (
        "import sys, litsweep, litsweep_app.cli\n"
        "assert 'pandas' not in sys.modules\n"
        "from litsweep import frames\n"
        "assert 'pandas' in sys.modules and 'torch' not in sys.modules\n"
        "assert 'pyarrow.parquet' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
