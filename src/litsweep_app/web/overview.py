"""What there is to do, all topics and one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from db.alerts import list_alerts
from db.count_states import find_found_state
from db.engine import Connection
from db.runs import list_runs
from db.topic_overviews import find_last_visit
from db.topics import get_topic, list_strategies, list_topics
from db.trends import FoundByWeek, TrendWeek, count_found, list_weeks
from litsweep.domain.reviewers import Role
from litsweep_app.web.charts.trend import draw_trend
from litsweep_app.web.kept_counts import KeptCounts
from litsweep_app.web.kept_weeks import find_decided
from litsweep_app.web.next_step import find_next
from litsweep_app.web.page import Page
from litsweep_app.web.standing import Tone, age_in_words
from litsweep_app.web.topic_card import TopicCard, list_cards
from litsweep_app.web.visit import Visit

_N_RUNS: Final = 8
_GRAVEST_FIRST: Final = (Tone.BAD, Tone.WARN, Tone.GOOD, Tone.PLAIN)


def _count_found(conn: Connection, topic: str, viewer: str | None) -> FoundByWeek:
    return count_found(conn, topic, today=datetime.now(UTC).date())


_found: Final[KeptCounts[FoundByWeek]] = KeptCounts(_count_found, find_found_state)


def show_overview(visit: Visit) -> Response:
    """Show every topic, and what the person does next."""
    with visit.database.reading() as conn:
        since = find_last_visit(conn, visit.me.reviewer_id)
        topics = list_topics(conn)
        cards = sorted(list_cards(conn, visit, topics, since=since), key=_gravity)
        n_alerts = len(list_alerts(conn))
        retired = [one for one in list_topics(conn, include_retired=True) if one.retired_at]
    return visit.render(
        "overview.html",
        cards=cards,
        since=since,
        retired=retired,
        next_step=find_next(cards, visit.me.role, n_alerts),
        age=lambda moment: age_in_words(moment, visit.now),
    )


def _gravity(card: TopicCard) -> tuple[int, bool]:
    """Say how far down a topic stands: what needs a look comes first, then what waits."""
    waits = any(card.mine.values()) or any(card.work.n_conflicts.values())
    return _GRAVEST_FIRST.index(card.verdict.tone), not waits


def show_topic(visit: Visit) -> Response:
    """Show one topic: its query, its last receipts, how far it has come, its weeks."""
    name = visit.text_of("topic")
    with visit.database.reading() as conn:
        topic = get_topic(conn, name)
        since = find_last_visit(conn, visit.me.reviewer_id)
        (card,) = list_cards(conn, visit, [topic], since=since)
        strategies = list_strategies(conn, name)[::-1]
        runs = list_runs(conn, topic=name, limit=_N_RUNS)
        weeks = list_topic_weeks(conn, name, visit.now)
    return visit.render(
        "topic.html",
        card=card,
        since=since,
        strategies=strategies,
        runs=runs,
        weeks=weeks,
        found=draw_trend([(one.monday, one.n_found, one.n_late) for one in weeks]),
        decided=draw_trend([(one.monday, one.n_decided, 0) for one in weeks]),
        next_step=find_next([card], visit.me.role, card.work.n_retracted.n),
        age=lambda moment: age_in_words(moment, visit.now),
    )


def list_topic_weeks(conn: Connection, topic: str, now: datetime) -> list[TrendWeek]:
    """Return the weeks of a topic, the oldest first, by what was counted a moment ago.

    Raises:
        UnknownTopic: no topic has this name.
    """
    today = now.date()
    found = _found.find(conn, topic).found
    decided = find_decided(conn, topic, today=today)
    return list_weeks(conn, topic, today=today, found=found, decided=decided)


PAGES: Final[Sequence[Page]] = (
    Page(path="/", name="overview", handler=show_overview, role=Role.READER),
    Page(path="/topics/{topic}", name="topic", handler=show_topic, role=Role.READER),
)
