"""The numbers of a topic's PRISMA 2020 flow diagram, each record counted in one place.

A topic that is watched never ends: beside what the diagram has, there is what still waits. How
one person stands is ``db.screening_progress``'; the drawing is the desk's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Select, Subquery, case, func, literal, select, true

from db.decisions import stands
from db.duplicates import is_shown
from db.records import in_topic
from db.screening_protocols import get_protocol
from db.tables import (
    records,
    reports,
    retrievals,
    screening_decisions,
    topic_records,
)
from db.topics import get_topic
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import SearchRoute

NO_REASON: Final = "no reason given"
NO_PMCID: Final = "not in PubMed Central"
NOT_SOUGHT: Final = "not sought yet"

_INCLUDED, _EXCLUDED, _CONFLICT, _PARTLY, _UNSURE = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCounts:
    """What came of the records of a stage; ``n_open`` sums what people began and did not end."""

    n_included: int = 0
    n_excluded: int = 0
    n_conflicts: int = 0
    n_partly: int = 0
    n_unsure: int = 0

    @property
    def n_open(self) -> int:
        """Conflicts, records that wait for another person, and those left open."""
        return self.n_conflicts + self.n_partly + self.n_unsure

    @property
    def n_settled(self) -> int:
        """Records that are included or excluded."""
        return self.n_included + self.n_excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCounts:
    """The diagram's numbers (PRISMA 2020, item 16a). They add up:

    ``n_identified = n_duplicates + n_automation + n_deleted + n_to_screen``;
    ``n_to_screen = n_unscreened + screened.n_open + screened.n_settled``;
    ``n_sought = screened.n_included + n_sought_besides`` (decided upon at the full text without
    an include before) ``= n_not_retrieved + n_unassessed + assessed.n_open + assessed.n_settled``;
    ``not_retrieved`` and ``excluded`` are pairs of reason and number, the largest first. A machine
    excludes nothing: ``n_automation`` is always 0, and said.
    """

    identified: Mapping[SearchRoute, int]
    n_duplicates: int
    n_deleted: int
    n_unscreened: int
    screened: StageCounts
    n_sought_besides: int
    not_retrieved: tuple[tuple[str, int], ...]
    n_unassessed: int
    assessed: StageCounts
    excluded: tuple[tuple[str, int], ...] = field(default=())
    n_automation: int = 0

    @property
    def n_identified(self) -> int:
        """Records by all routes."""
        return sum(self.identified.values())

    @property
    def n_to_screen(self) -> int:
        """Records after the removals."""
        return self.n_unscreened + self.screened.n_open + self.screened.n_settled

    @property
    def n_sought(self) -> int:
        """Reports sought for retrieval."""
        return self.screened.n_included + self.n_sought_besides

    @property
    def n_not_retrieved(self) -> int:
        """Reports that were not obtained, and that nobody assessed otherwise."""
        return sum(n for _, n in self.not_retrieved)


def count_flow(conn: Connection, topic: str, *, viewer: str | None = None) -> FlowCounts:
    """Count the flow of a topic's records.

    To a ``viewer`` who is blinded, what enough people have not decided yet stands as their own
    decision says.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    judged = _judge(conn, topic, topic_id, viewer)
    at_title, at_full_text = (
        select(judged).where(judged.c.stage == stage).subquery(stage.value)
        for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT)
    )
    screened, assessed = _count_outcomes(conn, at_title), _count_outcomes(conn, at_full_text)
    identified = _count_identified(conn, topic_id)
    n_duplicates = _count_duplicates(conn, topic)
    n_deleted = _count_deleted(conn, topic, at_title)
    n_screened = screened.n_open + screened.n_settled
    n_sought_besides = _count_besides(conn, at_title, at_full_text)
    not_retrieved, n_unassessed = _count_unassessed(conn, at_title, at_full_text)
    return FlowCounts(
        identified=identified,
        n_duplicates=n_duplicates,
        n_deleted=n_deleted,
        n_unscreened=sum(identified.values()) - n_duplicates - n_deleted - n_screened,
        screened=screened,
        n_sought_besides=n_sought_besides,
        not_retrieved=_by_number(not_retrieved),
        n_unassessed=n_unassessed,
        assessed=assessed,
        excluded=_by_number(_count_reasons(conn, topic, topic_id, at_full_text)),
    )


def _judge(conn: Connection, topic: str, topic_id: int, viewer: str | None) -> Subquery:
    """Return kept_id, stage and outcome of what was decided; a settlement alone counts."""
    decided = screening_decisions.c
    is_settling = decided.decision.in_((Decision.INCLUDE, Decision.EXCLUDE))

    rules = get_protocol(conn, topic).rules
    is_seen_by_all = viewer is None or not rules.is_blinded
    is_own = true() if is_seen_by_all else decided.reviewer == viewer

    def best(decision: Decision, *, adjudicated: bool) -> Any:
        counted = decided.decision == decision
        return _is_there(counted & decided.is_adjudication if adjudicated else counted)

    n_people = func.count(case((is_settling, decided.reviewer)).distinct())
    is_open = n_people < rules.n_reviewers
    includes = best(Decision.INCLUDE, adjudicated=False)
    excludes = best(Decision.EXCLUDE, adjudicated=False)
    outcome = case(
        (best(Decision.INCLUDE, adjudicated=True), _INCLUDED),
        (best(Decision.EXCLUDE, adjudicated=True), _EXCLUDED),
        (is_open & _is_there(is_own & is_settling), _PARTLY),
        (is_open & _is_there(is_own), _UNSURE),
        (is_open, None),
        (includes & excludes, _CONFLICT),
        (includes, _INCLUDED),
        else_=_EXCLUDED,
    )
    kept_id = _kept_id(conn, topic)
    return (
        select(kept_id, decided.stage, outcome.label("outcome"))
        .join(records, records.c.record_id == decided.record_id)
        .where(decided.topic_id == topic_id, stands())
        .group_by(kept_id, decided.stage)
        .having(outcome.is_not(None))
        .subquery("judged")
    )


def _is_there(condition: Any) -> Any:
    return func.max(case((condition, 1), else_=0)) == 1


def _kept_id(conn: Connection, topic: str) -> Any:
    is_kept = records.c.duplicate_of_id.is_(None) | is_shown(conn, topic)
    return case((is_kept, records.c.record_id), else_=records.c.duplicate_of_id).label("kept_id")


def _count_outcomes(conn: Connection, judged: Subquery) -> StageCounts:
    statement = select(judged.c.outcome, func.count()).group_by(judged.c.outcome)
    counts = {outcome: n for outcome, n in conn.execute(statement)}
    return StageCounts(
        n_included=counts.get(_INCLUDED, 0),
        n_excluded=counts.get(_EXCLUDED, 0),
        n_conflicts=counts.get(_CONFLICT, 0),
        n_partly=counts.get(_PARTLY, 0),
        n_unsure=counts.get(_UNSURE, 0),
    )


def _count_identified(conn: Connection, topic_id: int) -> dict[SearchRoute, int]:
    statement = (
        select(topic_records.c.route, func.count())
        .where(topic_records.c.topic_id == topic_id)
        .group_by(topic_records.c.route)
    )
    counts = {route: n for route, n in conn.execute(statement)}
    return {route: counts[route] for route in SearchRoute if route in counts}


def _count_duplicates(conn: Connection, topic: str) -> int:
    statement = select(records.c.record_id).where(
        in_topic(conn, topic), records.c.duplicate_of_id.is_not(None), ~is_shown(conn, topic)
    )
    return _count(conn, statement)


def _count_deleted(conn: Connection, topic: str, at_title: Subquery) -> int:
    """Count what PubMed has deleted before anybody decided upon it."""
    statement = (
        select(records.c.record_id)
        .outerjoin(at_title, at_title.c.kept_id == records.c.record_id)
        .where(
            in_topic(conn, topic),
            records.c.publication_status == PublicationStatus.DELETED,
            is_shown(conn, topic),
            at_title.c.kept_id.is_(None),
        )
    )
    return _count(conn, statement)


def _count_besides(conn: Connection, at_title: Subquery, at_full_text: Subquery) -> int:
    statement = (
        select(at_full_text.c.kept_id)
        .outerjoin(
            at_title,
            (at_title.c.kept_id == at_full_text.c.kept_id) & (at_title.c.outcome == _INCLUDED),
        )
        .where(at_title.c.kept_id.is_(None))
    )
    return _count(conn, statement)


def _count_unassessed(
    conn: Connection, at_title: Subquery, at_full_text: Subquery
) -> tuple[Counter[str], int]:
    """Count what nobody assessed: by the reason why there is no report, and where there is one."""
    has_report = (
        select(literal(1)).where(reports.c.record_id == records.c.record_id).correlate(records)
    )
    last_reason = (
        select(retrievals.c.reason)
        .where(retrievals.c.record_id == records.c.record_id)
        .order_by(retrievals.c.attempted_at.desc())
        .limit(1)
        .correlate(records)
        .scalar_subquery()
    )
    missing: Counter[str] = Counter()
    n_there = 0
    rows = (
        select(
            has_report.exists().label("is_there"),
            records.c.pmcid.is_(None).label("is_nowhere"),
            last_reason.label("reason"),
        )
        .select_from(at_title)
        .join(records, records.c.record_id == at_title.c.kept_id)
        .outerjoin(at_full_text, at_full_text.c.kept_id == at_title.c.kept_id)
        .where(at_title.c.outcome == _INCLUDED, at_full_text.c.kept_id.is_(None))
        .subquery()
    )
    counted = select(*rows.c, func.count()).group_by(*rows.c)
    for row in conn.execute(counted):
        is_there, is_nowhere, reason, n = tuple(row)
        if is_there:
            n_there += n
        else:
            missing[reason or (NO_PMCID if is_nowhere else NOT_SOUGHT)] += n
    return missing, n_there


def _count_reasons(
    conn: Connection, topic: str, topic_id: int, at_full_text: Subquery
) -> Counter[str]:
    """Count excluded reports by reason: the settlement's, else that of who decided first."""
    decided = screening_decisions.c
    statement = (
        select(at_full_text.c.kept_id, decided.exclusion_reason)
        .select_from(screening_decisions)
        .join(records, records.c.record_id == decided.record_id)
        .join(at_full_text, at_full_text.c.kept_id == _kept_id(conn, topic))
        .where(
            decided.topic_id == topic_id,
            decided.stage == Stage.FULL_TEXT,
            decided.decision == Decision.EXCLUDE,
            stands(),
            at_full_text.c.outcome == _EXCLUDED,
        )
        .order_by(decided.is_adjudication, decided.screening_decision_id.desc())
    )
    last = {kept_id: reason or NO_REASON for kept_id, reason in conn.execute(statement)}
    return Counter(last.values())


def _by_number(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    found: Iterable[tuple[str, int]] = counts.items()
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _count(conn: Connection, statement: Select[Any]) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0
