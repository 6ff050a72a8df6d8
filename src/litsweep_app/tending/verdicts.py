"""Which flow runs are dead: pure, from what the server and the results database say.

A run is dead only where something says so: it was to begin and did not, its process is known to
have ended, or the run that it is a part of has ended. Silence alone is a suspicion: a run may live
without heartbeats, and after an outage of the server every run has been silent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db.owners import Owner

LONGEST_PENDING: Final = timedelta(minutes=4)
"""A process worker begins a run in 4 to 15 s (measured). A run that is PENDING holds the slot of
its deployment, and no slot may be stuck for more than five minutes: one is left for the pass."""

BEATS_MISSED: Final = 3
SHORTEST_SILENCE: Final = timedelta(seconds=90)
"""Three of the shortest pauses between heartbeats that Prefect takes (30 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A flow run that is not over. ``state`` is PENDING, RUNNING or CANCELLING, since ``since``."""

    flow_run_id: str
    name: str
    state: str
    since: datetime
    parent_id: str | None = None
    """The flow run in whose process it runs; None for one that a worker started."""
    has_parent_ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A run to end, and why, in words that complete "it was ended, since …"."""

    run: Run
    reason: str

    @property
    def new_state(self) -> str:
        """What the run becomes: what somebody asked to be cancelled is cancelled."""
        return "CANCELLED" if self.run.state == "CANCELLING" else "CRASHED"


def judge(
    runs: Sequence[Run],
    owners: Sequence[Owner],
    *,
    is_alive: Callable[[str], bool | None],
    now: datetime,
) -> list[Verdict]:
    """Return the runs that are dead, parents before what is a part of them.

    ``is_alive`` is asked about a process; None says that it cannot be seen from here.
    """
    by_id = {run.flow_run_id: run for run in runs}
    living, dead = set[str](), dict[str, str]()
    for owner in owners:
        lives = is_alive(owner.process)
        if lives:
            living |= _with_ancestors(owner.flow_run_id, by_id)
        elif lives is False:
            reason = f"its process ({owner.process}) has ended"
            dead |= dict.fromkeys(_with_ancestors(owner.flow_run_id, by_id), reason)
    for run in runs:
        found = _find_reason(run, by_id, dead, now)
        if found is not None:
            dead.setdefault(run.flow_run_id, found)
    return [
        Verdict(run=run, reason=dead[run.flow_run_id])
        for run in sorted(runs, key=lambda one: len(_with_ancestors(one.flow_run_id, by_id)))
        if run.flow_run_id in dead.keys() - living
    ]


def pause_between(beats: Sequence[datetime]) -> timedelta | None:
    """Return how far apart a run's two last signs of life are; None where there are fewer."""
    newest = sorted(beats)[-2:]
    return newest[1] - newest[0] if len(newest) == 2 else None


def is_silent(beats: Sequence[datetime], now: datetime) -> bool:
    """Tell whether a run that gave signs of life has given none for three times their pause."""
    pause = pause_between(beats)
    return pause is not None and now - max(beats) > max(SHORTEST_SILENCE, BEATS_MISSED * pause)


def _find_reason(
    run: Run, by_id: dict[str, Run], dead: dict[str, str], now: datetime
) -> str | None:
    if run.state == "PENDING" and now - run.since > LONGEST_PENDING:
        minutes = (now - run.since).total_seconds() / 60
        return f"it did not begin within {minutes:.0f} minutes: nobody works on it"
    if run.has_parent_ended:
        return "the run that it was a part of has ended"
    for ancestor in _with_ancestors(run.flow_run_id, by_id) & dead.keys():
        return dead[ancestor]
    return None


def _with_ancestors(flow_run_id: str, by_id: dict[str, Run]) -> set[str]:
    """Return a run and those that it is a part of: all of one process."""
    found = set[str]()
    next_id: str | None = flow_run_id
    while next_id is not None and next_id in by_id and next_id not in found:
        found.add(next_id)
        next_id = by_id[next_id].parent_id
    return found
