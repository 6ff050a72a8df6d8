"""Receipts of runs that are closed, kept in memory: what is closed changes no more.

To count the identifiers of a search without days takes a second in a topic of a million records,
which the overview cannot spend on each visit. A run that is open is counted anew each time.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Final

from db.engine import Connection
from db.runs import get_run
from db.sweep_standings import RunHead
from litsweep.domain.strategies import SearchRun

_MOST_KEPT: Final = 2_000

_Key = tuple[str, int, datetime]
_kept: OrderedDict[_Key, SearchRun] = OrderedDict()
_lock = Lock()


def list_receipts(conn: Connection, heads: Sequence[RunHead]) -> list[SearchRun]:
    """Return the receipts of runs, in their order."""
    return [_find(conn, head) for head in heads]


def _find(conn: Connection, head: RunHead) -> SearchRun:
    if head.finished_at is None:
        return get_run(conn, head.search_run_id)
    key = (str(conn.engine.url), head.search_run_id, head.finished_at)
    with _lock:
        kept = _kept.get(key)
    if kept is not None:
        return kept
    counted = get_run(conn, head.search_run_id)
    with _lock:
        _kept[key] = counted
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return counted
