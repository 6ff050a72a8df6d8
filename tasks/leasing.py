"""Workers share what waits: each takes a batch of documents, and shows that it still lives.

Several workers, on any number of machines, drain one database. The order of work is in
``flows``; reading a batch is ``tasks.read``.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from db import leases, waiting
from db.engine import Database
from db.waiting import MAX_LOST, Scope, Terms, Waiting
from litsweep.errors import DatabaseError, ModelError
from tasks.batch_sizes import BatchSize
from tasks.policies import is_alive, results, this_process
from tasks.retrying import tried_again

_log: Final = logging.getLogger(__name__)

# Signs of life a lease: three may be missed, such as while another process writes much.
_BEATS_A_LEASE: Final = 4
_LONGEST_PAUSE: Final = timedelta(minutes=1)
# What was lost twice may be what kills its worker: such a document is read alone.
_ALONE_FROM: Final = MAX_LOST - 1
# Leases are a process's, and a model runs one batch at a time: its readings take turns.
_turn: Final = threading.Lock()


@contextmanager
def holding_leases() -> Iterator[None]:
    """Give signs of life for what this process has leased, and free what is left at the end.

    Documents over which the model was lost (a ModelError) are counted as lost. A second reading
    of the same process waits for the first one's end.
    """
    with _turn, _holding_leases():
        yield


@contextmanager
def _holding_leases() -> Iterator[None]:
    is_over = threading.Event()
    heart = threading.Thread(target=_beat, args=(is_over,), name="leases", daemon=True)
    heart.start()
    is_lost = False
    try:
        yield
    except ModelError:
        is_lost = True
        raise
    finally:
        is_over.set()
        heart.join()
        _release(is_lost=is_lost)


def lease_batches(scope: Scope, terms: Terms, size: int | BatchSize) -> Iterator[list[int]]:
    """Take batches of at most ``size`` documents until none waits, and give each one's numbers.

    What dead workers held is taken over. No document is given twice. The next batch is taken
    when it is asked for: until then, a caller that stops holds nothing.
    """
    sizes = BatchSize(least=size, most=size) if isinstance(size, int) else size
    seen: set[int] = set()
    while True:
        fresh = [one for one in _list_waiting(scope, terms) if one.document_id not in seen]
        taken_before = len(seen)
        for candidates in _cut(scope, fresh, sizes):
            taken = _lease(scope, candidates, terms)
            seen.update(taken)
            if taken:
                started = time.monotonic()
                yield taken
                sizes.learn(len(taken), time.monotonic() - started)
        if len(seen) == taken_before:
            return


def renew_leases(database: Database, lasting: timedelta, now: datetime) -> None:
    """Give one sign of life for all that this process has leased."""
    with database.writing() as conn:
        leases.renew(conn, this_process(), lasting=lasting, now=now)


@tried_again
def _release(*, is_lost: bool) -> None:
    with results() as (_, database), database.writing() as conn:
        leases.release(conn, this_process(), is_lost=is_lost)


def _beat(is_over: threading.Event) -> None:
    with results() as (settings, database):
        lasting = timedelta(minutes=settings.lease_minutes)
        pause = min(lasting / _BEATS_A_LEASE, _LONGEST_PAUSE)
        while not is_over.wait(pause.total_seconds()):
            try:
                renew_leases(database, lasting, datetime.now(UTC))
            except DatabaseError as error:
                _log.warning("No sign of life could be given for the leases: %s", error)


@tried_again
def _list_waiting(scope: Scope, terms: Terms) -> list[Waiting]:
    with results() as (_, database):
        with database.writing() as conn:
            now = datetime.now(UTC)
            leases.free_dead_leases(conn, scope.kind, is_owner_alive=is_alive, now=now)
        with database.reading() as conn:
            return waiting.list_waiting(conn, scope, terms)


def _cut(scope: Scope, found: Sequence[Waiting], sizes: BatchSize) -> Iterator[list[int]]:
    together = [one.document_id for one in found if one.n_lost < _ALONE_FROM]
    start = 0
    while start < len(together):
        size = sizes.choose(n_left=len(together) - start, n_workers=1 + _count_others(scope))
        yield together[start : start + size]
        start += size
    for one in found:
        if one.n_lost >= _ALONE_FROM:
            yield [one.document_id]


def _count_others(scope: Scope) -> int:
    with results() as (_, database), database.reading() as conn:
        return leases.count_others(conn, scope.kind, this_process())


@tried_again
def _lease(scope: Scope, document_ids: Sequence[int], terms: Terms) -> list[int]:
    with results() as (settings, database), database.writing() as conn:
        return leases.lease(
            conn,
            scope,
            document_ids,
            terms,
            owner=this_process(),
            lasting=timedelta(minutes=settings.lease_minutes),
            now=datetime.now(UTC),
        )
