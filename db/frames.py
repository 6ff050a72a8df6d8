"""Results as pandas DataFrames; analysts import them as ``litsweep.frames``.

Each function reads one unchanging state of the database and cannot write. Dtypes are the same for
any rows, none included, and on both databases; columns are called as in the schema, and the
docstrings list them. Of what was read or decided several times each function gives what holds
now, and with ``all_versions`` everything. A list column holds Python lists: ``frame.explode``
makes a row of each entry. What a licence forbids to pass on is marked, not left out.

Arguments of all functions: ``topic``, the name of one topic, or None for all; ``since``, a day
(UTC) or an aware time, as such or in ISO 8601, before which nothing is given; ``database``, an open
one, an address, or None for that of the settings (``reader_database_url``, else
``database_url``). They raise UnknownTopic, UsageError for a wrong ``since``, and DatabaseError or
SettingsError where the database cannot be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any, Final

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, Select, select

from db import frame_queries
from db.duplicates import is_shown
from db.engine import Database, open_database
from db.records import in_topic
from db.tables import (
    record_authors,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
    screening_decisions,
    topic_records,
    topics,
)
from db.tables import records as record_table
from db.topics import get_topic
from db.typed_frames import read_frame, read_lists, with_columns
from litsweep.errors import UsageError
from litsweep.reading.items import DATA_ITEMS
from litsweep.settings import load_settings

__all__ = ["decisions", "findings", "records", "summaries"]

Since = date | datetime | str | None

_BETWEEN_ANSWERS: Final = " | "


def records(
    *,
    topic: str | None = None,
    since: Since = None,
    with_duplicates: bool = False,
    database: Database | str | None = None,
) -> pd.DataFrame:
    """Return the records, one row each; ``since`` counts by ``first_seen_at``.

    A duplicate is left out where the kept record is given, unless ``with_duplicates``.

    Index ``record_id`` (int64), ascending. Columns::

        pmid                        Int64                NA: from an export without it
        doi                         string
        pmcid                       string
        title                       string
        abstract                    string               empty where there is none
        authors                     object               list of names: Osler W
        journal                     string
        publication_date            datetime64[us]       day to sort by
        publication_date_precision  category             how much of it the record states
        publication_date_text       string
        language                    string
        publication_types           object               list of names
        mesh_headings               object               list of descriptors
        keywords                    object               list of texts
        publication_status          category
        duplicate_of_id             Int64
        is_book                     boolean
        created_on                  datetime64[us]
        revised_on                  datetime64[us]
        version                     Int64
        first_seen_at               datetime64[us, UTC]
        updated_at                  datetime64[us, UTC]
        topics                      object               list of names
    """
    with _reading(database) as conn:
        conditions = [in_topic(conn, topic), *_from(record_table.c.first_seen_at, since)]
        if not with_duplicates:
            conditions.append(is_shown(conn, topic))
        statement = frame_queries.select_records().where(*conditions)
        frame = read_frame(conn, statement, index="record_id")
        # Without a condition the children are read without looking at their records.
        is_all = topic is None and since is None
        chosen = None if is_all else select(record_table.c.record_id).where(*conditions)
        return _with_lists(conn, frame, chosen)


def summaries(
    *,
    topic: str | None = None,
    since: Since = None,
    all_versions: bool = False,
    database: Database | str | None = None,
) -> pd.DataFrame:
    """Return the summaries of abstracts: machine text, unverified; ``since`` is by ``read_at``.

    One row a record: the summary to be shown, of the newest abstract. ``all_versions`` gives every
    summary that was ever stored.

    Index ``summary_id`` (int64), ascending. Columns::

        record_id         Int64
        pmid              Int64
        reading_id        Int64
        position          Int64                order within the reading
        method            category             extractive, generated
        text              string
        is_flagged        boolean              a check asks for a person's look
        is_shown          boolean              the one of its reading to be shown
        is_current        boolean              the abstract that was read is still the newest
        superseded_by_id  Int64                the newer reading that is shown instead
        ranked_by         string               what chose the sentences it quotes
        model_id          string               NA, as the next four: no model wrote it
        model_revision    string
        prompt_name       string
        prompt_version    Int64
        is_demonstration  boolean              by a model for show, often wrong
        read_at           datetime64[us, UTC]
        tool_version      string
    """
    with _reading(database) as conn:
        statement = frame_queries.select_summaries(all_versions=all_versions)
        chosen = statement.where(in_topic(conn, topic))
        return read_frame(conn, _read_since(chosen, since), index="summary_id")


def findings(
    *,
    topic: str | None = None,
    since: Since = None,
    wide: bool = False,
    all_versions: bool = False,
    database: Database | str | None = None,
) -> pd.DataFrame:
    """Return the data items of full texts, one row a finding; ``since`` is by ``read_at``.

    Those of each record's newest full text, read the way that is shown; ``all_versions`` gives
    every finding that was ever stored. A quotation may leave the house where ``may_export``.

    Index ``finding_id`` (int64), ascending. Columns::

        record_id         Int64
        pmid              Int64
        report_id         Int64
        pmcid             string               under which the report was had
        reading_id        Int64
        position          Int64                order within the report
        data_item         string
        state             category             found, not_reported, not_found
        value             string               the answer taken from the quotation
        value_method      category             rule, ranking, model
        structured        object               dict: the value as data; else empty
        quote             string               word for word
        section           category
        section_title     string
        support           Float64              0 to 1
        is_flagged        boolean              a check asks for a person's look
        licence_code      string
        may_export        boolean
        is_current        boolean              the text that was read is still the newest
        superseded_by_id  Int64                the newer reading that is shown instead
        model_id          string               NA, as the next four: no model wrote the value
        model_revision    string
        prompt_name       string
        prompt_version    Int64
        is_demonstration  boolean
        read_at           datetime64[us, UTC]
        tool_version      string
        corrected_state   category             NA, as the next four: nobody corrected it
        corrected_value   string               what a person found right instead
        corrected_quote   string               the passage that says so
        corrected_by      string
        corrected_at      datetime64[us, UTC]

    With ``wide`` one row a reading of a report: index ``reading_id`` (int64), ascending; columns
    ``record_id``, ``pmid``, ``report_id`` (Int64), ``pmcid``, ``licence_code`` (string),
    ``may_export``, ``is_flagged`` (boolean; any of its findings is), and a column (string) for
    each of this litsweep's data items, in their order. There stands the value, or the quotation
    where it alone answers; " | " parts several answers. NA: nothing was found; the long form
    tells what is not reported from what was not found.
    """
    with _reading(database) as conn:
        statement = frame_queries.select_findings(all_versions=all_versions)
        chosen = statement.where(in_topic(conn, topic))
        long = read_frame(conn, _read_since(chosen, since), index="finding_id")
    return _widen(long) if wide else long


def decisions(
    *,
    topic: str | None = None,
    since: Since = None,
    all_versions: bool = False,
    database: Database | str | None = None,
) -> pd.DataFrame:
    """Return what people decided about the records; ``since`` is by ``decided_at``.

    Those that stand: the newest of each person, topic, record and stage. ``all_versions`` gives
    the superseded ones too, of which progress over time is drawn.

    Index ``screening_decision_id`` (int64), ascending. Columns::

        topic                  string
        record_id              Int64
        pmid                   Int64
        stage                  category             title_abstract, full_text
        decision               category             include, exclude, unsure, withdrawn
        exclusion_reason       string
        note                   string
        labels                 object               list of the person's own labels
        reviewer               string
        decided_at             datetime64[us, UTC]
        origin                 category             desk, command_line, imported
        decision_import_id     Int64
        has_seen_machine_text  boolean              NA: not known
        reading_id             Int64                the reading that was shown
        supersedes_id          Int64                in place of which it stands
        is_standing            boolean
    """
    with _reading(database) as conn:
        statement = frame_queries.select_decisions(all_versions=all_versions)
        if topic is not None:
            topic_id = get_topic(conn, topic).topic_id
            statement = statement.where(screening_decisions.c.topic_id == topic_id)
        statement = statement.where(*_from(screening_decisions.c.decided_at, since))
        return read_frame(conn, statement, index="screening_decision_id")


@contextmanager
def _reading(database: Database | str | None) -> Iterator[Connection]:
    if isinstance(database, Database):
        with database.reading() as conn:
            yield conn
        return
    opened = open_database(database or _settings_url())
    try:
        with opened.reading() as conn:
            yield conn
    finally:
        opened.close()


def _settings_url() -> str:
    settings = load_settings()
    return settings.reader_database_url or settings.database_url


def _from(column: ColumnElement[Any], since: Since) -> list[ColumnElement[bool]]:
    return [] if since is None else [column >= _as_time(since)]


def _read_since(statement: Select[Any], since: Since) -> Select[Any]:
    return statement.where(*_from(statement.selected_columns.read_at, since))


def _as_time(since: date | datetime | str) -> datetime:
    if isinstance(since, str):
        try:
            since = datetime.fromisoformat(since) if len(since) > 10 else date.fromisoformat(since)
        except ValueError:
            raise UsageError(
                f"since={since!r} is no day: write 2026-11-22, or a time with its zone."
            ) from None
    if not isinstance(since, datetime):
        return datetime.combine(since, time.min, UTC)
    if since.tzinfo is None:
        raise UsageError(f"since={since} has no time zone: write {since.isoformat()}+00:00.")
    return since


def _with_lists(conn: Connection, frame: pd.DataFrame, chosen: Select[Any] | None) -> pd.DataFrame:
    def read(column: Column[Any]) -> pd.Series:
        return read_lists(conn, _select_entries(column, chosen), frame.index)

    types = {
        "publication_types": read(record_publication_types.c.name),
        "mesh_headings": read(record_mesh_headings.c.name),
        "keywords": read(record_keywords.c.text),
    }
    frame = with_columns(frame, {"authors": read(record_authors.c.name)}, "abstract")
    frame = with_columns(frame, types, "language")
    return with_columns(frame, {"topics": read(topics.c.name)}, "updated_at")


def _select_entries(column: Column[Any], chosen: Select[Any] | None) -> Select[Any]:
    if column.table is topics:
        owner, order = topic_records, topics.c.name
        statement = select(owner.c.record_id, column).join_from(owner, topics)
    else:
        owner, order = column.table, column.table.c.position
        statement = select(owner.c.record_id, column)
    if chosen is not None:
        statement = statement.where(owner.c.record_id.in_(chosen))
    return statement.order_by(owner.c.record_id, order)


def _widen(long: pd.DataFrame) -> pd.DataFrame:
    """Return one row a reading, with a column for each data item."""
    of_report = ["record_id", "pmid", "report_id", "pmcid", "licence_code", "may_export"]
    reports = long.drop_duplicates("reading_id").set_index("reading_id")[of_report].sort_index()
    reports["is_flagged"] = long.groupby("reading_id")["is_flagged"].any()
    answers = long["value"].fillna(long["quote"]).dropna()
    by_item = long.loc[answers.index, ["reading_id", "data_item"]].assign(answer=answers)
    joined = by_item.groupby(["reading_id", "data_item"])["answer"].agg(_BETWEEN_ANSWERS.join)
    items = {
        item.name: joined.xs(item.name, level="data_item").reindex(reports.index).astype("string")
        for item in DATA_ITEMS
        if item.name in joined.index.get_level_values("data_item")
    }
    absent = pd.Series(pd.NA, index=reports.index, dtype="string")
    wide = reports.assign(**{item.name: items.get(item.name, absent) for item in DATA_ITEMS})
    return wide.set_axis(pd.Index(list(reports.index), dtype="int64", name="reading_id"))
