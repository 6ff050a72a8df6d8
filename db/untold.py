"""What no message tells yet: runs, what is missing in them, open alerts, held queries.

All of it is in the tables of the work itself, written in the transaction that saw it; a message
that was never written is therefore written by the next night. Nothing is written here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, Integer, cast, func, select

from db.alerts import list_alerts
from db.digests import gather_digest
from db.holds import list_holds
from db.notifications import list_told
from db.runs import list_runs
from db.tables import notification_items, search_runs
from litsweep.domain.alerts import Alert
from litsweep.domain.digests import Digest, Gap
from litsweep.domain.holds import HELD, QueryHold
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep.telling.keys import (
    RUN,
    absent_key,
    alert_key,
    hold_key,
    run_key,
    unreadable_key,
)

Item = TypeVar("Item")

# The first message ever tells the last night, not the history of the database.
_A_NIGHT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """What is to be told, oldest first; ``digest`` is of the runs that no digest had."""

    digest: Digest
    alerts: tuple[Alert, ...]
    absent: tuple[Gap, ...]
    unreadable: tuple[Gap, ...]
    holds: tuple[QueryHold, ...]

    @property
    def failed(self) -> tuple[SearchRun, ...]:
        """The runs that an error stopped, or that died."""
        stopped = (RunStatus.FAILED, RunStatus.INTERRUPTED)
        return tuple(run for run in self.digest.runs if run.status in stopped and not is_held(run))

    @property
    def incomplete(self) -> tuple[SearchRun, ...]:
        """The runs whose counts do not add up."""
        return tuple(run for run in self.digest.runs if run.status is RunStatus.INCOMPLETE)


def is_held(run: SearchRun) -> bool:
    """Tell whether a run was closed because its query is held."""
    return run.status is RunStatus.FAILED and (run.error or "").startswith(HELD)


def find_untold(conn: Connection) -> Untold:
    """Gather what no message tells yet."""
    digest = gather_digest(conn, _list_runs(conn))
    alerts = list_alerts(conn)[::-1]
    return Untold(
        digest=digest,
        alerts=_untold(conn, alerts, lambda alert: alert_key(alert.alert_id)),
        absent=_untold(conn, digest.absent, absent_key),
        unreadable=_untold(conn, digest.unreadable, unreadable_key),
        holds=_untold(conn, list_holds(conn), lambda hold: hold_key(hold.query_hold_id)),
    )


def _list_runs(conn: Connection) -> list[SearchRun]:
    first = _first_run(conn)
    if first is None:
        return []
    ids = conn.scalars(
        select(search_runs.c.search_run_id)
        .where(
            search_runs.c.search_run_id >= first, search_runs.c.status != RunStatus.RUNNING.value
        )
        .order_by(search_runs.c.search_run_id)
    ).all()
    new = set(_untold(conn, ids, run_key))
    if not new:
        return []
    found = list_runs(conn, limit=_number_since(conn, min(new)))
    return [run for run in found if run.search_run_id in new][::-1]


def _first_run(conn: Connection) -> int | None:
    """Return the first run that messages are about: none tells what was before they began."""
    key = notification_items.c.item_key
    first = conn.scalar(
        select(func.min(cast(func.substr(key, len(RUN) + 1), Integer))).where(key.startswith(RUN))
    )
    if first is not None:
        return int(first)
    newest = list_runs(conn, limit=1)
    if not newest:
        return None
    first = conn.scalar(
        select(func.min(search_runs.c.search_run_id)).where(
            search_runs.c.started_at >= newest[0].started_at - _A_NIGHT
        )
    )
    return None if first is None else int(first)


def _number_since(conn: Connection, run_id: int) -> int:
    statement = select(func.count()).where(search_runs.c.search_run_id >= run_id)
    return conn.scalar(statement.select_from(search_runs)) or 0


def _untold(
    conn: Connection, items: Iterable[Item], key_of: Callable[[Item], str]
) -> tuple[Item, ...]:
    found: Sequence[Item] = tuple(items)
    told = list_told(conn, [key_of(one) for one in found])
    return tuple(one for one in found if key_of(one) not in told)
