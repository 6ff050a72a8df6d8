"""One rate limit for all: four processes against a sandbox that keeps NCBI's limit."""

import os
import subprocess
import sys
import time
from bisect import bisect_left
from pathlib import Path

import pytest

from litsweep_app import sandbox
from litsweep_app.sandbox.rate_limit import RateLimit, Verdict

ASKER = Path(__file__).parents[1] / "fakes" / "asker.py"
N_PROCESSES = 4


@pytest.fixture
def arrivals(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each request arrived at the sandbox of this process."""
    times: list[float] = []
    admit = RateLimit.admit

    def noted(self: RateLimit, client: str, limit: int) -> Verdict:
        times.append(time.monotonic())
        return admit(self, client, limit)

    monkeypatch.setattr(RateLimit, "admit", noted)
    return times


@pytest.mark.parametrize(("key", "limit", "n_requests"), [("", 3, 4), ("0123456789" * 3, 10, 10)])
def test_four_processes_never_pass_the_limit_in_any_second(
    key: str, limit: int, n_requests: int, database_url: str, arrivals: list[float], tmp_path: Path
) -> None:
    with sandbox.running([sandbox.sample_data()]) as address:
        environment = os.environ | {
            "LITSWEEP_DATABASE_URL": database_url,
            "LITSWEEP_EUTILS_URL": address.eutils_url,
            "NCBI_API_KEY": key,
        }
        asking = [
            subprocess.Popen(
                [sys.executable, str(ASKER), str(n_requests)],
                env=environment,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(N_PROCESSES)
        ]
        said = [process.communicate(timeout=120)[1] for process in asking]
        statuses = [one.status for one in address.requests.entries()]
    assert said == [""] * N_PROCESSES
    assert statuses == [200] * (N_PROCESSES * n_requests)
    assert most_in_any_second(arrivals) <= limit
    assert not [path for path in tmp_path.iterdir() if key and key in path.name]


def most_in_any_second(times: list[float]) -> int:
    ordered = sorted(times)
    return max(bisect_left(ordered, start + 1.0) - i for i, start in enumerate(ordered))
