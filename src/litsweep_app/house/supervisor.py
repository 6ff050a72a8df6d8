"""Keeps the processes of a house to its plan: starts, watches, restarts and stops them.

It looks at all of them once in a while (`Supervisor.look`) and never blocks for long, so that
Ctrl-C is heard. What it does it says in words.
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from litsweep_app.house import family
from litsweep_app.house.logs import keep_small, read_tail
from litsweep_app.house.plan import HasEnded, HousePlan, ProcessPlan, Readiness
from litsweep_app.house.processes import RunningProcess, describe_ending
from litsweep_app.house.tethered import FLOW_RUNS_S

LOOK_S: Final = 0.2
_LOG_LOOK_S: Final = 10.0


class ProcessState(StrEnum):
    """How a process of the house stands."""

    PAUSED = "paused"
    """Not running: to be started, for the first time or again."""
    HELD = "held"
    """Waits for others that it needs."""
    STARTING = "starting"
    """At work, and not ready yet."""
    READY = "ready"
    """At work."""
    DONE = "done"
    """Did what it had to do once."""
    GIVEN_UP = "given up"
    """Ended too often; it is not started again."""
    STOPPED = "stopped"
    """Ended because the house ends."""


FINE: Final = frozenset({ProcessState.READY, ProcessState.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a process stands, for people: ``since`` when, and how often it was started again."""

    name: str
    what: str
    state: ProcessState
    since: datetime
    pid: int | None = None
    n_restarts: int = 0
    trouble: str = ""


class _Member:
    """One process of the plan, over all its starts."""

    def __init__(self, plan: ProcessPlan) -> None:
        self.plan = plan
        self.running: RunningProcess | None = None
        self.n_quick = 0
        self.resume_at = 0.0
        self.status = Status(
            name=plan.name, what=plan.what, state=ProcessState.PAUSED, since=datetime.now(UTC)
        )

    def become(self, state: ProcessState, *, trouble: str = "") -> None:
        """Change the state; whoever reads it from another thread sees the old or the new one."""
        pid = self.running.pid if self.running else None
        self.status = replace(
            self.status, state=state, since=datetime.now(UTC), pid=pid, trouble=trouble
        )


class Supervisor:
    """Runs a plan. All but `statuses` belongs to one thread.

    ``lock`` is the folder's, which each process inherits; ``is_ready`` looks at one process.
    """

    def __init__(
        self,
        plan: HousePlan,
        *,
        lock: int,
        is_ready: Callable[[Readiness, RunningProcess], bool],
        announce: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._lock = lock
        self._is_ready = is_ready
        self.announce = announce
        self._members = {process.name: _Member(process) for process in plan.processes}
        self._logs_seen_at = time.monotonic()
        self.hurry = threading.Event()
        """Set to have a stop kill at once."""

    def statuses(self) -> list[Status]:
        """Return how each process stands, in the order of their starts."""
        return [member.status for member in self._members.values()]

    @property
    def awaited(self) -> list[Status]:
        """What is not ready yet."""
        return [one for one in self.statuses() if one.state not in FINE]

    def given_up(self, *, vital: bool = False) -> ProcessPlan | None:
        """Return a process that was given up, or None; only one that is vital, if asked so."""
        for member in self._members.values():
            if member.status.state is ProcessState.GIVEN_UP and (member.plan.is_vital or not vital):
                return member.plan
        return None

    def look(self) -> None:
        """Look at each process once, and do what is due."""
        for member in self._members.values():
            self._look_at(member)
        if time.monotonic() - self._logs_seen_at > _LOG_LOOK_S:
            self._logs_seen_at = time.monotonic()
            for member in self._members.values():
                keep_small(self._plan.log_of(member.plan))

    def _look_at(self, member: _Member) -> None:
        if member.status.state is ProcessState.PAUSED and time.monotonic() >= member.resume_at:
            member.running = RunningProcess(self._plan, member.plan, self._lock)
            member.become(ProcessState.HELD)
        running = member.running
        if running is None:
            return
        if running.ending is not None:
            self._ended(member, running.ending)
        elif member.status.state is ProcessState.HELD and self._has_what_it_needs(member):
            running.go()
            member.become(ProcessState.STARTING)
        elif member.status.state is ProcessState.STARTING:
            self._look_whether_ready(member, running)

    def _has_what_it_needs(self, member: _Member) -> bool:
        return all(self._members[name].status.state in FINE for name in member.plan.after)

    def _look_whether_ready(self, member: _Member, running: RunningProcess) -> None:
        if self._is_ready(member.plan.ready, running):
            self.announce(f"{member.plan.name} is ready after {running.seconds:.0f} s")
            member.become(ProcessState.READY)
        elif running.seconds > member.plan.ready_s:
            self.announce(
                f"{member.plan.name} was not ready within {member.plan.ready_s:g} s, and is ended "
                f"(expected: {member.plan.ready})"
            )
            running.kill()

    def _ended(self, member: _Member, status: int) -> None:
        assert member.running is not None
        seconds = member.running.seconds
        member.running.release()
        member.running = None
        if status == 0 and isinstance(member.plan.ready, HasEnded):
            self.announce(f"{member.plan.name}: done in {seconds:.0f} s")
            return member.become(ProcessState.DONE)
        policy = member.plan.restart
        member.n_quick = member.n_quick + 1 if seconds < policy.quick_s else 1
        trouble = f"{describe_ending(status)} after {seconds:.0f} s"
        if member.n_quick >= policy.n_quick:
            member.become(ProcessState.GIVEN_UP, trouble=trouble)
            return self.announce(
                f"{member.plan.name} {trouble}, for the {member.n_quick}th time in a row, and is "
                f"given up. The end of {self._plan.log_of(member.plan)}:\n{self.tail(member.plan)}"
            )
        pause = policy.pause_after(member.n_quick)
        member.resume_at = time.monotonic() + pause
        member.status = replace(member.status, n_restarts=member.status.n_restarts + 1)
        member.become(ProcessState.PAUSED, trouble=trouble)
        self.announce(
            f"{member.plan.name} {trouble}; it is started again in {pause:g} s "
            f"(log: {self._plan.log_of(member.plan)})"
        )

    def tail(self, process: ProcessPlan) -> str:
        """Return the last lines that a process wrote."""
        return read_tail(self._plan.log_of(process)) or "(it wrote nothing)"

    def stop(self) -> None:
        """Stop all in reverse order, each within its time; at once when `hurry` is set."""
        for member in reversed(self._members.values()):
            if member.running is not None:
                self._stop(member, member.running)
        # What a killed worker left behind, or a flow run that began at the last moment.
        self._wait_or_hurry(lambda: not family.list_members(self._plan.mark), 1.0)
        family.send(family.list_members(self._plan.mark), signal.SIGKILL)

    def _stop(self, member: _Member, running: RunningProcess) -> None:
        self.announce(f"stopping {member.plan.name} …")
        if member.plan.has_flow_runs and family.list_flow_runs(self._plan.mark):
            # The worker would kill the runs that it started. Asked before, they close their
            # books, and it reports how they ended.
            self.announce("the runs under way close their books …")
            family.end_flow_runs(self._plan.mark, FLOW_RUNS_S, hurries=self.hurry.is_set)
        running.ask_to_end()
        has_ended = self._wait_or_hurry(lambda: running.ending is not None, member.plan.stop_s)
        if not has_ended and not self.hurry.is_set():
            self.announce(f"{member.plan.name} did not end within {member.plan.stop_s:g} s")
        running.kill()
        member.running = None
        member.become(ProcessState.STOPPED)

    def _wait_or_hurry(self, is_over: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not is_over():
            if self.hurry.is_set() or time.monotonic() > deadline:
                return False
            time.sleep(LOOK_S / 2)
        return True
