"""A results database for pictures of the desk: the fictitious sample, as a team would have left it.

Some weeks of nights, decisions of three invented people, an alert, and a topic whose sweep failed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import Connection, select

from db import runs, topics
from db.decisions import add_decision
from db.engine import Database
from db.reviewers import add_reviewer
from db.screening_protocols import set_protocol
from db.tables import (
    alerts,
    publication_status_changes,
    records,
    topic_records,
)
from db.windows import DueSearch
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Topic
from tests.fakes.filled_database import TOPIC, fill_whole

PEOPLE: Final = {"Ada Fiction": Role.LEAD, "Ben Invented": Role.REVIEWER, "Cleo Made": Role.READER}
VERSION: Final = "litsweep"
_REASONS: Final = (
    "wrong population",
    "wrong intervention",
    "no comparator",
    "wrong outcome",
    "not a study of people",
)


def fill_for_pictures(database: Database, now: datetime) -> None:
    """Fill an empty database; all is as it would be at ``now``."""
    fill_whole(database)
    with database.writing() as conn:
        for name, role in PEOPLE.items():
            add_reviewer(conn, name=name, role=role, created_by="the demo", now=now)
        _set_rules(conn, now)
        _spread(conn, now)
        _decide(conn, now)
        _alert(conn, now)
        everything = topics.get_topic(conn, TOPIC)
        for route in (SearchRoute.UNDATED, SearchRoute.CREATED, SearchRoute.MODIFIED):
            sweep(conn, everything, route, now - timedelta(hours=5))
        _add_others(conn, now)


def _set_rules(conn: Connection, now: datetime) -> None:
    rules = ScreeningRules(
        exclusion_reasons=_REASONS,
        labels=("key study", "dose finding", "ask the authors"),
        n_reviewers=2,
        highlighted_terms=("placebo", "randomised"),
    )
    set_protocol(
        conn, TOPIC, rules, author="Ada Fiction", reason="as the team agreed on 2 November", now=now
    )


def _spread(conn: Connection, now: datetime) -> None:
    """Let the records have come over some months, a few of them late."""
    chance = Random(4)
    for number in conn.scalars(select(topic_records.c.record_id)).all():
        weeks = int(chance.triangular(0, 20, 3))
        conn.execute(
            topic_records.update()
            .where(topic_records.c.record_id == number)
            .values(found_at=now - timedelta(weeks=weeks), is_late=chance.random() < 0.15)
        )


def _decide(conn: Connection, now: datetime) -> None:
    chance = Random(5)
    numbers = conn.scalars(select(records.c.record_id).order_by(records.c.record_id)).all()
    for place, number in enumerate(numbers[6:26]):
        is_relevant = chance.random() < 0.45
        when = now - timedelta(weeks=int(chance.triangular(0, 16, 2)))
        for name in ("Ada Fiction", "Ben Invented"):
            decision = Decision.INCLUDE if is_relevant else Decision.EXCLUDE
            if place == 11 and name == "Ben Invented":
                decision = Decision.EXCLUDE if is_relevant else Decision.INCLUDE
            _add(conn, number, Stage.TITLE_ABSTRACT, decision, name, when)
        if is_relevant and place % 3:
            decision = Decision.EXCLUDE if place % 2 else Decision.INCLUDE
            for name in ("Ada Fiction", "Ben Invented"):
                _add(conn, number, Stage.FULL_TEXT, decision, name, when + timedelta(days=1))


def _add(
    conn: Connection, number: int, stage: Stage, decision: Decision, name: str, when: datetime
) -> None:
    reason = _REASONS[number % len(_REASONS)] if decision is Decision.EXCLUDE else None
    new = NewDecision(
        record_id=number,
        stage=stage,
        decision=decision,
        reviewer=name,
        decided_at=when,
        exclusion_reason=reason,
        has_seen_machine_text=True,
    )
    add_decision(conn, TOPIC, new, origin=DecisionOrigin.DESK, tool_version=VERSION)


def _alert(conn: Connection, now: datetime) -> None:
    change = conn.execute(
        publication_status_changes.insert().values(
            record_id=8,
            old_status="as_published",
            new_status="retracted",
            reasons=["The record carries a notice of retraction (fictitious)."],
            is_first=False,
            search_run_id=1,
            changed_at=now,
        )
    )
    (number,) = change.inserted_primary_key or (0,)
    conn.execute(alerts.insert().values(publication_status_change_id=number, raised_at=now))


def _add_others(conn: Connection, now: datetime) -> None:
    others: Sequence[tuple[str, str, str | None]] = (
        ("hip fracture and delirium", 'delirium[tiab] AND "hip fracture"[tiab]', None),
        ("marrowby fever", "marrowby fever[tiab]", "PubMed answered HTTP 503 for three minutes."),
    )
    for name, query, error in others:
        reason = "what is known at the beginning"
        made = topics.add_topic(
            conn, name=name, query=query, author="Ada Fiction", reason=reason, now=now
        )
        for route in (SearchRoute.UNDATED, SearchRoute.CREATED, SearchRoute.MODIFIED):
            sweep(conn, made, route, now - timedelta(hours=5), error)


def sweep(
    conn: Connection, topic: Topic, route: SearchRoute, at: datetime, error: str | None = None
) -> None:
    """Add a run that found nothing, or that ``error`` stopped."""
    fields = {SearchRoute.CREATED: DateField.CRDT, SearchRoute.MODIFIED: DateField.MDAT}
    field = fields.get(route)
    first_day = at.date() - timedelta(days=14)
    days = None
    if field is not None:
        days = DateWindow(date_field=field, first_day=first_day, last_day=at.date())
    run_id = runs.open_run(
        conn,
        topic.strategy,
        DueSearch(route=route, window=days),
        owner="made/1/1",
        is_owner_alive=lambda owner, since: False,
        tool_version=VERSION,
        flow_run_id=None,
        now=at,
    )
    if error is None:
        query = topic.strategy.query
        nothing = SearchResult(
            n_reported=0,
            slices=(),
            pmids=(),
            query_sent=query,
            query_translation=query,
            translations=(),
            warnings=(),
        )
        runs.save_search(conn, run_id, nothing)
    runs.close_run(conn, run_id, error=error, now=at + timedelta(minutes=2))
