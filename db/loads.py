"""Loads of files: opening one or going on with it, keeping its batches, closing, listing them.

A batch and the number of entries done are kept in one transaction, so that a load that was
killed goes on exactly where it was. Reading files is not done here.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from db.arrivals import Arrival
from db.deletions import note_deletions, take_back_deletions
from db.discoveries import add_loaded
from db.exported_records import store_exported
from db.loaded_records import store_loaded
from db.record_versions import add_failures
from db.tables import deleted_pmids, load_files, topics
from db.topics import get_topic
from db.writing import add_row, batches
from litsweep.domain.loads import ExportedRecord, FileFormat, LoadFile, LoadStatus
from litsweep.domain.records import FetchedRecord, RecordFailure
from litsweep.domain.strategies import HitState
from litsweep.errors import LoadBusy, UsageError

Entry = FetchedRecord | ExportedRecord | RecordFailure
"""What a file holds beside deletion notices; the last is an entry that could not be read."""


def open_load(
    conn: Connection,
    *,
    name: str,
    file_format: FileFormat,
    file_number: int | None,
    sha256: str,
    topic: str | None,
    owner: str,
    is_owner_alive: Callable[[str, datetime], bool],
    tool_version: str,
    now: datetime,
    again: bool = False,
) -> LoadFile:
    """Begin the load of a file, or go on with that of the same bytes for the same topic.

    One that is complete is returned as it is, unless it is to be loaded ``again``.

    Raises:
        UnknownTopic: no topic has this name.
        LoadBusy: another living process is loading it.
    """
    topic_id = None if topic is None else get_topic(conn, topic).topic_id
    last = conn.execute(_select_last(sha256, topic_id)).first()
    if last is not None and last.status is LoadStatus.LOADING:
        _refuse_rival(name, last.owner, last.started_at, is_owner_alive)
    if last is not None and last.status is not LoadStatus.COMPLETE:
        _take_over(conn, last.load_file_id, owner, tool_version, now)
        return get_load(conn, last.load_file_id)
    if last is not None and not again:
        return get_load(conn, last.load_file_id)
    counts = ("n_done", "n_new", "n_changed", "n_unchanged", "n_failed", "n_deleted")
    load_file_id = add_row(
        conn,
        load_files,
        topic_id=topic_id,
        name=name,
        file_format=file_format,
        file_number=file_number,
        sha256=sha256,
        status=LoadStatus.LOADING,
        owner=owner,
        tool_version=tool_version,
        started_at=now,
        **dict.fromkeys(counts, 0),
    )
    return get_load(conn, load_file_id)


def save_batch(
    conn: Connection, load_file_id: int, entries: Sequence[Entry], *, owner: str, now: datetime
) -> None:
    """Keep the next entries of a file, and that they are done.

    Raises:
        LoadBusy: the load was closed or taken over meanwhile.
    """
    load = _require_loading(conn, load_file_id, owner)
    arrival = Arrival(load_file_id=load_file_id, at=now, tool_version=load.tool_version)
    fetched = [entry for entry in entries if isinstance(entry, FetchedRecord)]
    exported = [entry for entry in entries if isinstance(entry, ExportedRecord)]
    failures = [entry for entry in entries if isinstance(entry, RecordFailure)]
    pmids = [one.record.pmid for one in fetched]
    _take_back_deletions(conn, pmids, load.file_number, arrival)
    outcomes = store_loaded(conn, fetched, arrival) + store_exported(conn, exported, arrival)
    add_failures(conn, [(failure.pmid, failure) for failure in failures], arrival)
    if load.topic_id is not None:
        numbers = list(dict.fromkeys(record_id for record_id, _ in outcomes))
        add_loaded(conn, load.topic_id, numbers, arrival)
    states = Counter(state for _, state in outcomes)
    columns = load_files.c
    conn.execute(
        load_files.update()
        .where(columns.load_file_id == load_file_id)
        .values(
            n_done=columns.n_done + len(entries),
            n_new=columns.n_new + states[HitState.NEW],
            n_changed=columns.n_changed + states[HitState.CHANGED],
            n_unchanged=columns.n_unchanged + states[HitState.UNCHANGED],
            n_failed=columns.n_failed + len(failures),
        )
    )


def close_load(
    conn: Connection,
    load_file_id: int,
    deleted: Sequence[int] = (),
    *,
    owner: str,
    error: str | None = None,
    now: datetime,
) -> LoadFile:
    """End a load and return its receipt; the PMIDs of its deletion notices come last.

    It is COMPLETE unless ``error`` says what stopped it.

    Raises:
        LoadBusy: the load was closed or taken over meanwhile.
    """
    load = _require_loading(conn, load_file_id, owner)
    arrival = Arrival(load_file_id=load_file_id, at=now, tool_version=load.tool_version)
    distinct = sorted(set(deleted))
    note_deletions(conn, distinct, arrival)
    conn.execute(
        load_files.update()
        .where(load_files.c.load_file_id == load_file_id)
        .values(
            status=LoadStatus.COMPLETE if error is None else LoadStatus.FAILED,
            n_deleted=len(distinct),
            error=error,
            finished_at=now,
        )
    )
    return get_load(conn, load_file_id)


def get_load(conn: Connection, load_file_id: int) -> LoadFile:
    """Return the receipt of a load.

    Raises:
        UsageError: there is no such load.
    """
    found = list_loads(conn, load_file_ids=[load_file_id])
    if not found:
        raise UsageError(f"There is no load {load_file_id}; `litsweep loads` lists them.")
    return found[0]


def list_loads(
    conn: Connection,
    *,
    load_file_ids: Sequence[int] | None = None,
    topic: str | None = None,
    limit: int | None = None,
) -> list[LoadFile]:
    """Return the receipts of the loads, the newest first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    names = [name for name in LoadFile.__dataclass_fields__ if name != "topic"]
    statement = (
        select(topics.c.name.label("topic"), *(load_files.c[name] for name in names))
        .outerjoin(topics, topics.c.topic_id == load_files.c.topic_id)
        .order_by(load_files.c.load_file_id.desc())
        .limit(limit)
    ).select_from(load_files)
    if topic is not None:
        statement = statement.where(topics.c.topic_id == get_topic(conn, topic).topic_id)
    if load_file_ids is not None:
        statement = statement.where(load_files.c.load_file_id.in_(load_file_ids))
    return [LoadFile(**row) for row in conn.execute(statement).mappings()]


def list_loaded_numbers(conn: Connection, year: int) -> set[int]:
    """Return which baseline and update files of a year's series were loaded to their end."""
    statement = select(load_files.c.file_number, load_files.c.name).where(
        load_files.c.status == LoadStatus.COMPLETE, load_files.c.file_number.is_not(None)
    )
    return {row.file_number for row in conn.execute(statement) if f"{year:02}n" in row.name}


def _select_last(sha256: str, topic_id: int | None) -> Select[Any]:
    same_topic = (
        load_files.c.topic_id.is_(None) if topic_id is None else load_files.c.topic_id == topic_id
    )
    return (
        select(load_files)
        .where(load_files.c.sha256 == sha256, same_topic)
        .order_by(load_files.c.load_file_id.desc())
        .limit(1)
    )


def _refuse_rival(
    name: str, owner: str, since: datetime, is_owner_alive: Callable[[str, datetime], bool]
) -> None:
    if is_owner_alive(owner, since):
        raise LoadBusy(
            f"{name} is being loaded already (since {since:%Y-%m-%d %H:%M} UTC, by {owner}). "
            "Let that load finish, or stop it, then load again."
        )


def _take_over(
    conn: Connection, load_file_id: int, owner: str, tool_version: str, now: datetime
) -> None:
    conn.execute(
        load_files.update()
        .where(load_files.c.load_file_id == load_file_id)
        .values(
            status=LoadStatus.LOADING,
            owner=owner,
            tool_version=tool_version,
            error=None,
            started_at=now,
            finished_at=None,
        )
    )


def _require_loading(conn: Connection, load_file_id: int, owner: str) -> Any:
    row = conn.execute(
        select(load_files).where(load_files.c.load_file_id == load_file_id)
    ).one_or_none()
    if row is None:
        raise UsageError(f"There is no load {load_file_id}; `litsweep loads` lists them.")
    if row.status is not LoadStatus.LOADING or row.owner != owner:
        raise LoadBusy(
            f"The load of {row.name} was ended or taken over by {row.owner} meanwhile; nothing "
            "more is stored by this process. Load the file again when that one is done."
        )
    return row


def _take_back_deletions(
    conn: Connection, pmids: Sequence[int], file_number: int | None, arrival: Arrival
) -> None:
    """Forget deletions of what a later update file delivers; any other file may be older."""
    if file_number is None:
        return
    for batch in batches(pmids):
        earlier = (
            select(deleted_pmids.c.pmid)
            .join(load_files, load_files.c.load_file_id == deleted_pmids.c.load_file_id)
            .where(deleted_pmids.c.pmid.in_(batch), load_files.c.file_number < file_number)
        )
        take_back_deletions(conn, list(conn.scalars(earlier)), arrival)
