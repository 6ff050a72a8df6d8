"""A process at work on the results database, driven word by word on its input.

``python -m tests.fakes.rival_process URL`` answers each line with one:

``count N``         add one to the counts of both topics, N times, each reading before it writes
``sweep``           open a run of topic "one", unless a living process has one: its number, or busy
``sweep as if dead`` the same, taking every other process for dead
``store DAY TITLE`` store record 1 as revised on that day of 2026-11 in the run that was opened
"""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from db.engine import Database, open_database
from db.records import save_records
from db.runs import open_run, save_search
from db.tables import topics
from db.topics import get_topic
from db.windows import DueSearch
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice
from litsweep.errors import SweepBusy
from litsweep.parsing.pubmed import parse_record_set
from tests.fakes.dated_records import dated_record

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_WINDOW = DateWindow(date_field=DateField.CRDT, first_day=_NOW.date(), last_day=_NOW.date())
_FOUND = SearchResult(
    n_reported=1,
    slices=(Slice(first_pmid=1, last_pmid=1, count=1),),
    pmids=(1,),
    query_sent="",
    query_translation="",
    translations=(),
    warnings=(),
)


class Rival:
    """Answers one word after the other; remembers the run that it opened."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run_id = 0

    def answer(self, line: str) -> str:
        """Do what a line says and return what to say to it."""
        word, _, rest = line.partition(" ")
        try:
            return {"count": self._count, "sweep": self._sweep, "store": self._store}[word](rest)
        except SweepBusy as busy:
            return f"busy: {busy}"

    def _count(self, times: str) -> str:
        for _ in range(int(times)):
            with self._database.writing() as conn:
                before = conn.scalars(select(topics.c.summary_model).order_by(topics.c.name)).all()
                for name, count in zip(("one", "two"), before, strict=True):
                    conn.execute(
                        topics.update()
                        .where(topics.c.name == name)
                        .values(summary_model=str(int(count or 0) + 1))
                    )
        return "counted"

    def _sweep(self, how: str) -> str:
        with self._database.writing() as conn:
            self._run_id = open_run(
                conn,
                get_topic(conn, "one").strategy,
                DueSearch(route=SearchRoute.CREATED, window=_WINDOW),
                owner=str(os.getpid()),
                is_owner_alive=lambda owner, _: not how and Path("/proc", owner).exists(),
                tool_version="0",
                flow_run_id=None,
                now=_NOW,
            )
            save_search(conn, self._run_id, _FOUND)
        return f"run {self._run_id}"

    def _store(self, what: str) -> str:
        day, _, title = what.partition(" ")
        revised_on = date(2026, 11, int(day))
        article = dated_record(1, date(2026, 11, 1), revised_on=revised_on, title=title)
        delivered = parse_record_set(f"<PubmedArticleSet>{article}</PubmedArticleSet>".encode())
        with self._database.writing() as conn:
            counts = save_records(
                conn, self._run_id, delivered, requested=(1,), now=_NOW, tool_version="0"
            )
        return f"{counts.n_new} new, {counts.n_changed} changed, {counts.n_unchanged} unchanged"


def main(url: str) -> None:
    """Answer until the input ends."""
    rival = Rival(open_database(url))
    for line in sys.stdin:
        sys.stdout.write(f"{rival.answer(line.strip())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
