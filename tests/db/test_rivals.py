"""Several real processes on one database: nothing is lost, and who is late overwrites nothing."""

import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select as sql_select
from sqlalchemy import text

from db import schema
from db.engine import Database, open_database
from db.records import get_record
from db.runs import get_run, list_runs
from db.tables import topics
from db.topics import add_topic
from litsweep.domain.strategies import RunStatus
from litsweep.errors import DatabaseError

_SECONDS = 120
N_WRITERS, N_TIMES = 4, 25


class Rival:
    """A process of tests.fakes.rival_process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def has_answered(self) -> bool:
        assert self.process.stdout is not None
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def hear(self) -> str:
        """Return its answer; fail rather than wait for ever."""
        assert self.process.stdout is not None
        is_ready, _, _ = select.select([self.process.stdout], [], [], _SECONDS)
        assert is_ready, "the process says nothing"
        return self.process.stdout.readline().strip()

    def ask(self, line: str) -> str:
        self.say(line)
        return self.hear()


@contextmanager
def rivals(url: str, number: int) -> Iterator[list[Rival]]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.rival_process", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        yield [Rival(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate(timeout=_SECONDS)


@pytest.fixture
def two_topics(database: Database) -> Database:
    with database.writing() as conn:
        for name in ("one", "two"):
            add_topic(conn, name=name, query="x", author="A", reason="r")
    return database


def counts(database: Database) -> tuple[int, int]:
    """Return the counts of both topics, by one statement each."""
    with database.reading() as conn:
        one, two = (
            conn.scalar(sql_select(topics.c.summary_model).where(topics.c.name == name))
            for name in ("one", "two")
        )
    return int(one or 0), int(two or 0)


def title(database: Database) -> tuple[str, int]:
    with database.reading() as conn:
        record = get_record(conn, 1)
    return record.title, record.version


def test_four_writers_lose_nothing_and_readers_see_whole_states(
    two_topics: Database, database_url: str
) -> None:
    with rivals(database_url, N_WRITERS) as writers:
        for writer in writers:
            writer.say(f"count {N_TIMES}")
        seen = [counts(two_topics)]
        while not all(writer.has_answered() for writer in writers):
            seen.append(counts(two_topics))
        assert [writer.hear() for writer in writers] == ["counted"] * N_WRITERS
    assert all(one == two for one, two in seen)
    assert seen == sorted(seen)
    assert len(set(seen)) > 2  # so that they did read while the others wrote
    assert counts(two_topics) == (N_WRITERS * N_TIMES, N_WRITERS * N_TIMES)


def test_of_two_that_race_one_sweeps_and_a_killed_one_is_followed(
    two_topics: Database, database_url: str
) -> None:
    with rivals(database_url, 3) as racing:
        for one in racing[:2]:
            one.say("sweep")
        answers = [one.hear() for one in racing[:2]]
        assert sorted(answer.partition(" ")[0] for answer in answers) == ["busy:", "run"]
        winner = racing[answers.index("run 1")]
        assert racing[2].ask("sweep").startswith("busy: Topic 'one' is being swept already")
        winner.process.kill()
        winner.process.wait(_SECONDS)
        assert racing[2].ask("sweep") == "run 2"
    with two_topics.reading() as conn:
        statuses = [run.status for run in list_runs(conn)]
    assert statuses == [RunStatus.RUNNING, RunStatus.INTERRUPTED]


def test_a_sweep_that_comes_back_from_the_dead_stores_nothing(
    two_topics: Database, database_url: str
) -> None:
    with rivals(database_url, 2) as (dead, heir):
        assert dead.ask("sweep") == "run 1"
        assert heir.ask("sweep as if dead") == "run 2"
        assert heir.ask("store 21 Newer") == "1 new, 0 changed, 0 unchanged"
        assert dead.ask("store 20 Older").startswith("busy: Search run 1 was closed meanwhile")
        assert dead.ask("store 22 Newest").startswith("busy: Search run 1 was closed meanwhile")
    assert title(two_topics) == ("Newer 1", 1)
    with two_topics.reading() as conn:
        assert get_run(conn, 1).status is RunStatus.INTERRUPTED


def test_a_late_reply_of_a_living_sweep_replaces_nothing_newer(
    two_topics: Database, database_url: str, start_run: Callable[..., int]
) -> None:
    start_run(two_topics, (1,), topic="two")  # another topic's sweep is no rival of this one
    with rivals(database_url, 1) as (one,):
        assert one.ask("sweep") == "run 2"
        assert one.ask("store 21 Newer") == "1 new, 0 changed, 0 unchanged"
        assert one.ask("sweep as if dead") == "run 3"
        assert one.ask("store 20 Older") == "0 new, 0 changed, 1 unchanged"
        assert title(two_topics) == ("Newer 1", 1)
        assert one.ask("sweep as if dead") == "run 4"
        assert one.ask("store 21 Corrected") == "0 new, 1 changed, 0 unchanged"
    assert title(two_topics) == ("Corrected 1", 2)


def test_a_writer_that_waits_too_long_is_told_so(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_S", 0.1)
    one, other = open_database(postgresql_url), open_database(postgresql_url)
    with one.writing() as conn:
        add_topic(conn, name="one", query="x", author="A", reason="r")
        with pytest.raises(DatabaseError, match="kept busy by another program"), other.writing():
            pass
        # Readers wait for nobody, and see what was there before.
        with other.reading() as reader:
            assert reader.scalar(text("SELECT count(*) FROM topics")) == 0
    with other.writing() as conn:
        add_topic(conn, name="two", query="x", author="A", reason="r")
    one.close()
    other.close()
