"""A results database of made records whose abstracts nobody has read."""

from pathlib import Path

from db import records, runs
from db.engine import Database, open_database
from litsweep.parsing.pubmed import parse_record_set
from tests.fakes.filled_database import NOW, open_run_of
from tests.fakes.pubmed_files import ABSTRACT, write_records


def store_unread(url: str, folder: Path, n_records: int) -> Database:
    """Make the database ``url`` with ``n_records`` abstracts of the topic ``everything``."""
    pmids = range(1, n_records + 1)
    write_records(folder, pmids, abstract=ABSTRACT)
    found = parse_record_set(next(folder.glob("records-*.xml")).read_bytes())
    database = open_database(url, create=True)
    with database.writing() as conn:
        run_id = open_run_of(conn, tuple(pmids))
        records.save_records(conn, run_id, found, requested=list(pmids), now=NOW, tool_version="0")
        runs.close_run(conn, run_id, now=NOW)
    return database
