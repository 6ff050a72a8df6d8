"""Opens a run in which records of a benchmark can be stored, as a sweep does after its search."""

from datetime import datetime

from sqlalchemy import Connection

from db.runs import open_run, save_search
from db.topics import add_topic, find_topic
from db.windows import DueSearch
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice


def open_made_run(conn: Connection, pmids: tuple[int, ...], now: datetime) -> int:
    """Open a run of the topic ``bench``, added where it is new, that found ``pmids``."""
    topic = find_topic(conn, "bench") or add_topic(
        conn, name="bench", query="x", author="bench", reason="bench", now=now
    )
    window = DateWindow(date_field=DateField.CRDT, first_day=now.date(), last_day=now.date())
    run_id = open_run(
        conn,
        topic.strategy,
        DueSearch(route=SearchRoute.CREATED, window=window),
        owner="bench",
        is_owner_alive=lambda owner, since: False,
        tool_version="bench",
        flow_run_id=None,
        now=now,
    )
    found = SearchResult(
        n_reported=len(pmids),
        slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
        pmids=pmids,
        query_sent="",
        query_translation="",
        translations=(),
        warnings=(),
    )
    save_search(conn, run_id, found)
    return run_id
