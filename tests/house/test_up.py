"""``litsweep up`` as a person uses it: a fresh folder, a real server, a real worker, Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from db import runs, topics
from db.engine import open_database
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep_app import sandbox
from litsweep_app.house import family
from tests.fakes.pubmed_files import write_records
from tests.house.conftest import ROOT
from tests.house.waiting import wait_until

UP = (sys.executable, "-m", "litsweep_app.cli", "up", "--folder", "house")
# The machine may be loaded: what takes 20 s on a quiet one must not fail on another.
LONG_S = 240.0


class House:
    """A started ``litsweep up``; its output is a file, so that nothing ever waits for a reader."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.environment = _environment() | settings
        self._output = folder / "up.log"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*UP, "--port", "0", "--health-port", "0", "--desk-port", "0", "--auth"],
                cwd=folder,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    @property
    def said(self) -> str:
        return self._output.read_text("utf-8")

    def address(self, name: str) -> str:
        found = re.search(rf"^ *{name} +(http://\S+)", self.said, re.M)
        assert found, self.said
        return found[1]

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.said or self.process.poll() is not None, seconds=LONG_S)
        assert text in self.said, self.said

    def api(self) -> httpx.Client:
        user, _, password = (self.folder / "house/auth-string").read_text().strip().partition(":")
        return httpx.Client(base_url=self.address("API"), auth=(user, password), timeout=LONG_S)


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "LITSWEEP_", "NCBI_"))
    }
    return kept | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}


@contextmanager
def _standing(folder: Path, settings: dict[str, str]) -> Iterator[House]:
    house = House(folder, settings)
    try:
        yield house
    finally:
        house.process.kill()
        house.process.wait()
        family.send(family.list_members(str(folder / "house")), signal.SIGKILL)


def _start(api: httpx.Client, topic: str) -> str:
    found = api.post("/deployments/filter", json={}).raise_for_status().json()
    (sweep,) = [one["id"] for one in found if one["name"] == "sweep"]
    parameters = {"topic": topic, "since": "1800-01-01", "retrieve_reports": False}
    form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    reply = api.post(f"/deployments/{sweep}/create_flow_run", json=form)
    return str(reply.raise_for_status().json()["id"])


def _state(api: httpx.Client, flow_run_id: str) -> dict[str, Any]:
    state: dict[str, Any] = api.get(f"/flow_runs/{flow_run_id}").json()["state"]
    return state


def _run_of(folder: Path, topic: str) -> SearchRun | None:
    database = open_database(f"sqlite:///{folder / 'litsweep.db'}")
    with database.reading() as conn:
        found = runs.list_runs(conn, topic=topic, limit=1)
    database.close()
    return found[0] if found else None


def _the_desk_lets_in_who_started_it(house: House) -> None:
    address = house.address("Decide at the review desk:")
    assert httpx.get(address, timeout=60, trust_env=False).status_code == 200


@pytest.mark.timeout(900)
def test_a_house_is_stood_up_used_and_stopped(tmp_path: Path) -> None:
    write_records(tmp_path / "ncbi", range(1001, 4001))
    with sandbox.running([tmp_path / "ncbi"], enforce_rate_limit=False) as address:
        settings = {
            "LITSWEEP_EUTILS_URL": address.eutils_url,
            "LITSWEEP_REQUESTS_PER_SECOND": "1",
            "NCBI_EMAIL": "somebody@example.org",
        }
        with _standing(tmp_path, settings) as house:
            house.wait_for("The house stands.")
            _add_topics(tmp_path)
            _is_green(house)
            _the_desk_lets_in_who_started_it(house)
            _a_second_one_is_refused(house)
            with house.api() as api:
                short, long = _start(api, "short"), _start(api, "long")
                wait_until(lambda: _state(api, short)["type"] == "COMPLETED", seconds=LONG_S)
                wait_until(lambda: (run := _run_of(tmp_path, "long")) and run.n_fetched)
                assert _state(api, long)["type"] == "RUNNING"
            house.process.send_signal(signal.SIGINT)
            assert house.process.wait(LONG_S) == 0, house.said
            assert not family.list_members(str(tmp_path / "house"))
            assert "The house has stopped." in house.said
    done, cut = _run_of(tmp_path, "short"), _run_of(tmp_path, "long")
    assert done is not None
    assert (done.status, done.n_fetched) == (RunStatus.COMPLETE, 1)
    # The run that was under way was asked to end, and closed its books.
    assert cut is not None
    assert cut.status is RunStatus.FAILED
    assert "stopped by" in (cut.error or "")


def _add_topics(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'litsweep.db'}")
    with database.writing() as conn:
        for name, query in (("short", "1001[uid]"), ("long", "all[sb]")):
            topics.add_topic(conn, name=name, query=query, author="a test", reason="test")
    database.close()


def _is_green(house: House) -> None:
    health = house.address("health page") + "/health"
    wait_until(
        lambda: _fact(health, "next night")["state"] == "good", seconds=LONG_S
    )  # the schedule is not only there: the server plans by it
    wait_until(lambda: _get(health).status_code == 200, seconds=LONG_S)
    # With a password, the server answers nobody who does not know it.
    url = house.address("API") + "/deployments/filter"
    refused = httpx.post(url, json={}, timeout=LONG_S, trust_env=False)
    assert refused.status_code == 401


def _get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=LONG_S, trust_env=False)


def _fact(url: str, name: str) -> dict[str, str]:
    facts = {one["name"]: one for one in _get(url).json()["facts"]}
    found: dict[str, str] = facts[name]
    return found


def _a_second_one_is_refused(house: House) -> None:
    second = subprocess.run(
        UP, cwd=house.folder, env=house.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert f"process {house.process.pid}" in second.stderr
