"""How a house stands: its processes, its server, what is deployed, and the last receipts.

Gathers facts; how they are shown is `page`'s.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

import yaml

from db import runs, topics
from db.engine import open_database
from deployments import AUTOMATIONS
from litsweep.domain.strategies import SearchRun
from litsweep.errors import LitsweepError, OrchestrationError
from litsweep_app.house.options import POOL, HouseOptions
from litsweep_app.house.plan import worker_name
from litsweep_app.house.server_client import ServerClient
from litsweep_app.house.supervisor import FINE, Status

_NIGHT: Final = "nightly"
_FRESH_S: Final = 1.0


class FactState(StrEnum):
    """How one thing that was looked at stands."""

    GOOD = "good"
    """As it should be."""
    BAD = "bad"
    """Not as it should be: the house is not green."""
    NOTE = "note"
    """Worth knowing; the house is green with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was looked at, and what was found, in words."""

    name: str
    state: FactState
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All that was looked at, at one time."""

    processes: tuple[Status, ...]
    facts: tuple[Fact, ...]
    receipts: tuple[SearchRun, ...]
    looked_at: datetime

    @property
    def is_green(self) -> bool:
        """Whether all is as it should be."""
        return not self.complaints

    @property
    def complaints(self) -> list[str]:
        """What is not as it should be, in words."""
        return [
            *(f"{one.name} is {one.state}" for one in self.processes if one.state not in FINE),
            *(f"{one.name}: {one.found}" for one in self.facts if one.state is FactState.BAD),
        ]


class HealthWatch:
    """Looks at a house when asked, at most once a second; safe to share among threads."""

    def __init__(
        self,
        options: HouseOptions,
        server: ServerClient,
        statuses: Callable[[], list[Status]],
        database_url: str,
    ) -> None:
        self._options = options
        self._server = server
        self._statuses = statuses
        self._database_url = database_url
        self._lock = threading.Lock()
        self._last: Health | None = None
        self._until = 0.0

    def look(self) -> Health:
        """Return how the house stands now; never raises for what it finds."""
        with self._lock:
            if self._last is None or time.monotonic() >= self._until:
                self._last = self._gather()
                self._until = time.monotonic() + _FRESH_S
            return self._last

    def _gather(self) -> Health:
        database, receipts = self._results()
        return Health(
            processes=tuple(self._statuses()),
            facts=(*self._server_facts(), database),
            receipts=receipts,
            looked_at=datetime.now(UTC),
        )

    def _server_facts(self) -> Iterator[Fact]:
        try:
            self._server.get("/ready")
        except OrchestrationError as error:
            yield Fact(name="Prefect server", state=FactState.BAD, found=str(error))
            return
        yield Fact(name="Prefect server", state=FactState.GOOD, found="answers")
        for name, find in (
            ("worker", self._worker),
            ("deployments", self._deployments),
            ("automations", self._automations),
            ("next night", self._next_night),
        ):
            try:
                state, found = find()
            except OrchestrationError as error:
                state, found = FactState.BAD, str(error)
            yield Fact(name=name, state=state, found=found)

    def _worker(self) -> tuple[FactState, str]:
        heard = self._server.list_heartbeats(POOL).get(worker_name())
        if heard is None:
            return FactState.BAD, f"no heartbeat of {worker_name()} in the pool {POOL}"
        seconds = (datetime.now(UTC) - heard).total_seconds()
        return FactState.GOOD, f"{worker_name()} sent a heartbeat {max(seconds, 0):.0f} s ago"

    def _deployments(self) -> tuple[FactState, str]:
        present = {one["name"] for one in self._server.post("/deployments/filter", {})}
        expected = _expected_deployments()
        if missing := sorted(expected - present):
            return FactState.BAD, f"missing: {', '.join(missing)}; `litsweep up` again makes them"
        return FactState.GOOD, f"all {len(expected)} are there"

    def _automations(self) -> tuple[FactState, str]:
        found = self._server.post("/automations/filter", {})
        ours = [one for one in found if one["name"].startswith(AUTOMATIONS)]
        if off := sorted(one["name"] for one in ours if not one["enabled"]):
            return FactState.NOTE, f"switched off: {', '.join(off)}"
        if not ours:
            return FactState.BAD, "none; `litsweep up` again makes them"
        return FactState.GOOD, f"{len(ours)} are there"

    def _next_night(self) -> tuple[FactState, str]:
        planned = self._server.post(
            "/flow_runs/filter",
            {
                "deployments": {"name": {"any_": [_NIGHT]}},
                "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
                "sort": "EXPECTED_START_TIME_ASC",
                "limit": 1,
            },
        )
        if planned:
            return FactState.GOOD, _night_of(planned[0])
        schedules = [
            schedule
            for one in self._server.post("/deployments/filter", {})
            if one["name"] == _NIGHT and not one.get("paused")
            for schedule in one["schedules"]
            if schedule["active"]
        ]
        if schedules:
            return FactState.NOTE, "the schedule is on; the server plans its nights within a minute"
        return FactState.NOTE, "none is planned: the schedule of nightly/nightly is off"

    def _results(self) -> tuple[Fact, tuple[SearchRun, ...]]:
        name = "results database"
        try:
            database = open_database(self._database_url)
            try:
                with database.reading() as conn:
                    known = [topic.name for topic in topics.list_topics(conn)]
                    last = [
                        run for topic in known for run in runs.list_runs(conn, topic=topic, limit=1)
                    ]
                    place = database.place
            finally:
                database.close()
        except LitsweepError as error:
            return Fact(name=name, state=FactState.BAD, found=str(error)), ()
        if not known:
            found = f"{place} has no topic yet: litsweep topic add NAME --query '…'"
            return Fact(name=name, state=FactState.NOTE, found=found), ()
        return Fact(name=name, state=FactState.GOOD, found=f"{place}, topics: {len(known)}"), tuple(
            last
        )


def _expected_deployments() -> set[str]:
    text = (files("deployments") / "prefect.yaml").read_text("utf-8")
    return {one["name"] for one in yaml.safe_load(text)["deployments"]}


def _night_of(flow_run: dict[str, Any]) -> str:
    when = datetime.fromisoformat(flow_run["expected_start_time"]).astimezone(UTC)
    return f"{when:%Y-%m-%d %H:%M} UTC"
