"""Two processes decide for the same person at once: no decision is lost, and one stands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from db.decisions import list_decisions
from db.engine import Database
from litsweep.domain.records import FetchedRecord
from tests.fakes.screened_topic import TOPIC, fill_topic

TIMES = 25
_SECONDS = 120
_ROOT = Path(__file__).parents[2]


def start(url: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.deciding_person", url, name, str(TIMES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={**os.environ},
    )


def test_no_decision_is_lost_and_one_stands(
    database: Database,
    database_url: str,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    fill_topic(database, start_run, make_record, pmids=(1,))
    people = [start(database_url, name) for name in ("left", "right")]
    try:
        for person in people:
            assert person.stdout is not None
            assert person.stdout.readline() == "ready\n"
        told = [person.communicate("go\n", timeout=_SECONDS)[0] for person in people]
    finally:
        for person in people:
            person.kill()
    assert [one.split()[0] for one in told] == [str(TIMES)] * 2, told
    with database.reading() as conn:
        every = list_decisions(conn, topic=TOPIC, standing_only=False)
        (standing,) = list_decisions(conn, topic=TOPIC)
    wanted = {f"{name} {number}" for name in ("left", "right") for number in range(TIMES)}
    assert {one.note for one in every} == wanted
    assert len(every) == 2 * TIMES
    # Each replaced the one before it: one chain, in the order of storing.
    numbers = [one.screening_decision_id for one in every]
    assert [one.supersedes_id for one in every] == [None, *numbers[:-1]]
    assert standing == every[-1]
