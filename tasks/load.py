"""Loading of files: baseline and update files of NLM, exports of PubMed and of other tools."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Final

from prefect import task

from db import loads
from db.engine import Database
from db.loads import Entry
from litsweep.domain.loads import FileFormat, LoadFile
from litsweep.domain.records import Deletion
from litsweep.errors import FileRefused, LitsweepError, SourceError
from litsweep.parsing.file_formats import HEAD_BYTES, detect_format
from litsweep.parsing.nbib import iter_nbib
from litsweep.parsing.pubmed import iter_record_set
from litsweep.parsing.ris import iter_ris
from litsweep.sources.record_files import (
    RecordFile,
    check_md5,
    hash_file,
    open_stream,
    read_head,
)
from litsweep.sources.record_files import list_files as list_record_files
from tasks import progress
from tasks.policies import LOAD_BATCH, SIDE_EFFECTS, is_alive, results, this_process, tool_version
from tasks.retrying import RETRIED

_KIB: Final = 1024


def list_files(given: Sequence[str]) -> list[str]:
    """Return the paths of the files of records that are meant, in the order to load them.

    Of a folder's files those are left out that are no records.

    Raises:
        UsageError: there is no such file.
    """
    return [
        str(file.path)
        for file in list_record_files(given)
        if file.is_named or detect_format(read_head(file.path, HEAD_BYTES)) is not None
    ]


@task(cache_policy=SIDE_EFFECTS, **RETRIED, task_run_name="open-load-{path}")
def open_load(path: str, topic: str | None, again: bool) -> LoadFile:
    """Check a file, and begin its load or go on with it; one that is complete stays so.

    Raises:
        FileRefused: it cannot be read, is no file of records, or its checksum is another.
        LoadBusy: another living process is loading it.
        UnknownTopic: no topic has this name.
    """
    file = RecordFile(path=Path(path), is_named=True)
    digests = hash_file(file.path)
    check_md5(file.path, digests)
    with results() as (_, database), database.writing() as conn:
        return loads.open_load(
            conn,
            name=file.path.name,
            file_format=_require_format(file.path),
            file_number=file.number,
            sha256=digests.sha256,
            topic=topic,
            owner=this_process(),
            is_owner_alive=is_alive,
            tool_version=tool_version(),
            now=datetime.now(UTC),
            again=again,
        )


@task(cache_policy=SIDE_EFFECTS, **RETRIED, task_run_name="store-load-{load_file_id}")
def store_entries(load_file_id: int, path: str) -> LoadFile:
    """Store the entries of a file that are not done yet, then its deletions; close the load.

    Where the file is cut, what came whole is stored and the load ends as failed.
    """
    with results() as (_, database):
        with database.reading() as conn:
            load = loads.get_load(conn, load_file_id)
        try:
            deleted = _store(database, load, Path(path))
        except (FileRefused, SourceError) as error:
            return _close(database, load, error=_explain(load, error))
        except LitsweepError:
            raise  # the database: the load can neither be gone on with nor closed
        except BaseException as error:
            _close(database, load, error=f"stopped by {type(error).__name__}")
            raise
        return _close(database, load, deleted)


def _store(database: Database, load: LoadFile, path: Path) -> list[int]:
    """Store batch by batch; return the PMIDs of the deletion notices, which come last."""
    deleted: list[int] = []
    counted, n_total = f"KiB of {load.name}", path.stat().st_size // _KIB + 1
    n_read = 0
    progress.report(counted, 0, n_total)
    with open_stream(path) as (stream, tell):
        entries = _iter_entries(stream, load.file_format, deleted)
        for batch in _batched(islice(entries, load.n_done, None)):
            with database.writing() as conn:
                now = datetime.now(UTC)
                loads.save_batch(conn, load.load_file_id, batch, owner=this_process(), now=now)
            if n_more := tell() // _KIB - n_read:
                progress.report(counted, n_more, n_total)
                n_read += n_more
    progress.report(counted, n_total - n_read, n_total)
    return deleted


def _iter_entries(
    stream: IO[bytes], file_format: FileFormat, deleted: list[int]
) -> Iterator[Entry]:
    """Iterate over a file's entries, and put aside which PMIDs it says are deleted."""
    if file_format is FileFormat.NBIB:
        yield from iter_nbib(stream)
    elif file_format is FileFormat.RIS:
        yield from iter_ris(stream)
    else:
        for item in iter_record_set(stream):
            if isinstance(item, Deletion):
                deleted.append(item.pmid)
            else:
                yield item


def _batched(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Gather batches; where the file turns out to be cut, give what came before it says so."""
    batch: list[Entry] = []
    try:
        for entry in entries:
            batch.append(entry)
            if len(batch) == LOAD_BATCH:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _close(
    database: Database, load: LoadFile, deleted: Sequence[int] = (), *, error: str | None = None
) -> LoadFile:
    with database.writing() as conn:
        return loads.close_load(
            conn,
            load.load_file_id,
            deleted,
            owner=this_process(),
            error=error,
            now=datetime.now(UTC),
        )


def _require_format(file: Path) -> FileFormat:
    found = detect_format(read_head(file, HEAD_BYTES))
    if found is None:
        raise FileRefused(
            f"{file.name} was not loaded: it is neither PubMed XML nor NBIB nor RIS. "
            "Let the tool that wrote it export one of these."
        )
    return found


def _explain(load: LoadFile, error: LitsweepError) -> str:
    if isinstance(error, FileRefused):
        return str(error)
    return f"{load.name}: {error} What came whole of it is stored; get the file again and load it."
