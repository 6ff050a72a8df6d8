"""Which processes are alive, and how work is cut into batches."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime

from tasks.policies import LONGEST_SWEEP, batched, is_alive, this_process

NOW = datetime.now(UTC)


def test_this_process_is_alive() -> None:
    assert is_alive(this_process(), NOW)


def test_a_process_that_ended_is_not_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from tasks.policies import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    owner = done.stdout.strip()
    assert owner.startswith(f"{platform.node()}/")
    assert not is_alive(owner, NOW)


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    node, pid, started = this_process().rsplit("/", 2)
    assert pid == str(os.getpid())
    assert not is_alive(f"{node}/{pid}/{int(started) - 1}", NOW)


def test_a_process_of_another_machine_counts_as_alive() -> None:
    assert is_alive("another-machine/1/1", NOW)
    assert is_alive("a/name/with/slashes/1/1", NOW)


def test_batches_are_whole_and_in_order() -> None:
    assert [list(batch) for batch in batched(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert batched([], 3) == []


def test_a_run_of_another_machine_that_lasts_too_long_has_died() -> None:
    assert is_alive("another-machine/1/1", NOW - LONGEST_SWEEP / 2)
    assert not is_alive("another-machine/1/1", NOW - LONGEST_SWEEP)
