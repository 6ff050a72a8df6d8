"""Two Prefect servers on one PostgreSQL and one Redis: one is killed while a night runs.

The claim: behind one address, the night goes on, its slot is given back, the schedule's limit
holds meanwhile, and what was declared about events still happens.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.local_postgresql import local_postgresql
from db import topics
from db.engine import open_database
from litsweep_app import sandbox
from litsweep_app.ports import free_port
from tests.fakes.meddled_ncbi import Question, meddled
from tests.fakes.pubmed_files import write_records
from tests.fakes.round_robin import round_robin

PATIENCE_S: Final = 120.0


def main() -> None:
    """Kill one of two servers and print what became of the night."""
    redis = shutil.which("redis-server")
    if redis is None:
        print("no redis-server: see .ci/install-system-packages")
        return
    with local_postgresql() as postgresql, ExitStack() as stack:
        if postgresql is None:
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="litsweep-two-")))
        redis_port = free_port()
        stack.enter_context(
            _running(folder, "redis", [redis, "--port", str(redis_port), "--save", ""], {})
        )
        shell = server_settings(postgresql, redis_port) | {"PREFECT_HOME": str(folder)}
        began = time.perf_counter()
        ports, servers = _start_servers(stack, folder, shell)
        _say("both servers and the services answer", began)
        port = stack.enter_context(round_robin(ports))
        _play(stack, folder, shell, f"http://127.0.0.1:{port}/api", servers[0])


def server_settings(postgresql: str, redis_port: int) -> dict[str, str]:
    """Return what all server processes must be set to (deployments/README.md explains each)."""
    address = postgresql.replace("postgresql://", "postgresql+asyncpg://", 1)
    return {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": address,
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_REDIS_MESSAGING_URL": f"redis://127.0.0.1:{redis_port}/0",
        "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{redis_port}/1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _start_servers(
    stack: ExitStack, folder: Path, shell: Mapping[str, str]
) -> tuple[list[int], list[subprocess.Popen[bytes]]]:
    prefect = [sys.executable, "-m", "litsweep_app.mended_prefect", "server"]
    upgrade = [*prefect, "database", "upgrade", "-y"]
    subprocess.run(upgrade, env=os.environ | shell, check=True, capture_output=True)
    ports, servers = [free_port(), free_port()], []
    for port in ports:
        start = [*prefect, "start", "--no-services", "--no-ui", "--port", str(port)]
        servers.append(stack.enter_context(_running(folder, f"server-{port}", start, shell)))
        # One after the other: both register Prefect's types of blocks as they start, and two that
        # do so on a new database at once get into one another's way.
        _wait(partial(_answers, port))
    stack.enter_context(_running(folder, "services", [*prefect, "services", "start"], shell))
    return ports, servers


def _play(
    stack: ExitStack,
    folder: Path,
    shell: Mapping[str, str],
    url: str,
    victim: subprocess.Popen[bytes],
) -> None:
    shell = {**shell, "PREFECT_API_URL": url, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    apply = [sys.executable, "-m", "deployments.apply"]
    subprocess.run(apply, env=os.environ | shell, cwd=folder, check=True, capture_output=True)
    asked, may_answer = threading.Event(), threading.Event()
    client = stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False))
    stack.enter_context(_worker(stack, folder, shell, asked, may_answer))
    night = _deployment(client, "nightly/nightly")["id"]
    began = time.perf_counter()
    run_id = _begin(client, night)
    if not asked.wait(PATIENCE_S):
        raise TimeoutError((folder / "worker.log").read_text()[-2000:])
    _say("the night runs", began)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    killed = time.perf_counter()
    second = _begin(client, night)
    _wait(lambda: _state(client, second) == "CANCELLED")
    _say("a second night is refused by the server that is left", killed)
    may_answer.set()
    _wait(lambda: _state(client, run_id) in {"COMPLETED", "FAILED", "CRASHED"})
    _say(f"the night is {_state(client, run_id)}", killed)
    _wait(lambda: _slots(client) == 0)
    _say("its slot is free", killed)
    _send_swept(client)
    reading = _deployment(client, "read-documents/read-on-gpu")["id"]
    _wait(lambda: _list_runs(client, reading))
    _say("an event has started a reading", killed)
    _wait(lambda: any(each["auto_scheduled"] for each in _list_runs(client, night)))
    _say("the next nights are scheduled", killed)


@contextmanager
def _worker(
    stack: ExitStack,
    folder: Path,
    shell: Mapping[str, str],
    asked: threading.Event,
    may_answer: threading.Event,
) -> Iterator[None]:
    """Run a worker on a small NCBI that answers when it may."""

    def hold_up(question: Question) -> Question:
        asked.set()
        may_answer.wait(PATIENCE_S)
        return question

    url = f"sqlite:///{folder / 'results.db'}"
    database = open_database(url, create=True)
    with database.writing() as conn:
        topics.add_topic(conn, name="all", query="all[sb]", author="benchmark", reason="benchmark")
    database.close()
    write_records(folder / "ncbi", range(1001, 1006))
    served = stack.enter_context(sandbox.running([folder / "ncbi"], enforce_rate_limit=False))
    address = stack.enter_context(meddled(served, hold_up))
    settings = {
        "LITSWEEP_DATABASE_URL": url,
        "LITSWEEP_EUTILS_URL": address.eutils_url,
        "NCBI_EMAIL": "somebody@example.org",
    }
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "litsweep"]
    with _running(folder, "worker", command, {**shell, **settings}):
        yield


@contextmanager
def _running(
    folder: Path, name: str, command: list[str], settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | dict(settings),
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _begin(client: httpx.Client, deployment_id: str) -> str:
    parameters = {"topics": ["all"], "since": "1800-01-01", "reading": "nowhere"}
    form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    reply = client.post(f"/deployments/{deployment_id}/create_flow_run", json=form)
    return str(reply.raise_for_status().json()["id"])


def _send_swept(client: httpx.Client) -> None:
    event = {
        "id": str(uuid.uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "litsweep.night.swept",
        "resource": {"prefect.resource.id": "litsweep.night.1"},
    }
    client.post("/events", json=[event]).raise_for_status()


def _deployment(client: httpx.Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/deployments/name/{name}").raise_for_status().json()
    return found


def _slots(client: httpx.Client) -> int:
    return int(_deployment(client, "nightly/nightly")["global_concurrency_limit"]["active_slots"])


def _list_runs(client: httpx.Client, deployment_id: str) -> list[dict[str, Any]]:
    wanted = {"flow_runs": {"deployment_id": {"any_": [deployment_id]}}}
    found: list[dict[str, Any]] = client.post("/flow_runs/filter", json=wanted).json()
    return found


def _state(client: httpx.Client, run_id: str) -> str:
    return str(client.get(f"/flow_runs/{run_id}").raise_for_status().json()["state"]["type"])


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if condition():
                return
        except httpx.TransportError:
            pass  # the connection that the killed server held
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.3)


def _say(what: str, since: float) -> None:
    print(f"{time.perf_counter() - since:7.1f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
