"""A topic as the overview shows it: how its sweeps stand, and what there is to do in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.capped_counts import NONE, CappedCount
from db.engine import Connection
from db.record_lists import find_last_sweep
from db.screening_queue import count_waiting
from db.sweep_standings import SweepStanding, list_standings
from db.topic_overviews import TopicWork, has_includes, list_work
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.strategies import SearchRun, Topic
from litsweep_app.web.closed_receipts import list_receipts
from litsweep_app.web.standing import Verdict, judge
from litsweep_app.web.visit import Visit

MOST_MINE: Final = 100
"""Where the counting of what waits for one person stops, in each topic and stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCard:
    """One topic; ``mine`` is what waits for the person who looks, at each stage."""

    standing: SweepStanding
    receipts: tuple[SearchRun, ...]
    verdict: Verdict
    work: TopicWork
    mine: Mapping[Stage, CappedCount]

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.standing.topic.name


def list_cards(
    conn: Connection, visit: Visit, topics: Sequence[Topic], *, since: datetime | None
) -> list[TopicCard]:
    """Return the cards of ``topics`` for the person of ``visit``, in their order.

    ``since`` is the last visit; without one, what the last complete sweep found is new.
    """
    starts = {topic.topic_id: since or find_last_sweep(conn, topic.name) for topic in topics}
    work = list_work(conn, starts)
    return [
        _build(conn, visit, standing, work[standing.topic.topic_id])
        for standing in list_standings(conn, topics)
    ]


def _build(conn: Connection, visit: Visit, standing: SweepStanding, work: TopicWork) -> TopicCard:
    receipts = list_receipts(conn, standing.newest)
    return TopicCard(
        standing=standing,
        receipts=tuple(receipts),
        verdict=judge(
            standing,
            receipts,
            now=visit.now,
            undated_every_days=visit.settings.undated_every_days,
        ),
        work=work,
        mine=_count_mine(conn, visit, standing.topic, work),
    )


def _count_mine(
    conn: Connection, visit: Visit, topic: Topic, work: TopicWork
) -> dict[Stage, CappedCount]:
    """Count what waits for the person; where nothing can, nothing is looked for."""
    may_wait = {
        Stage.TITLE_ABSTRACT: bool(work.n_waiting),
        Stage.FULL_TEXT: has_includes(conn, topic.topic_id, Stage.TITLE_ABSTRACT),
    }
    counts: dict[Stage, CappedCount] = dict.fromkeys(Stage, NONE)
    for stage in Stage:
        if visit.may(Role.REVIEWER) and may_wait[stage]:
            found = count_waiting(
                conn, topic.name, stage, visit.me.name, now=visit.now, at_most=MOST_MINE
            )
            counts[stage] = CappedCount(found.n_records, found.is_exact)
    return counts
