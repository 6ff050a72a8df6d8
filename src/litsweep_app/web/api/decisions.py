"""Decisions: making and undoing them, their history, conflicts and how far people agree."""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from db.conflicts import OpenConflict, list_open_conflicts
from db.decisions import find_standing, get_decision, undo_decision
from db.engine import Connection
from db.histories import AskedHistory, HistorySort, list_history_page
from db.screening import adjudicate, decide
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.errors import DecisionConflict
from litsweep_app.web.api.answers.decisions import DecisionAnswer
from litsweep_app.web.api.endpoint import Endpoint, Refused
from litsweep_app.web.api.values import Answer, Asked, Limit, Line, LongText, Name, Number, Truth
from litsweep_app.web.visit import TOOL_VERSION, Visit

Labels = Annotated[list[Line], Field(max_length=50)]


class DecisionAsked(Asked):
    """What I decide. `expected_id` is the number of my decision that was before my eyes, null
    for none; `has_seen_machine_text` is null where nobody knows.
    """

    record_id: Number
    stage: Stage
    decision: Decision
    expected_id: Number | None
    exclusion_reason: Line | None = Field(
        None, description="Of the topic's list; only with `exclude`, and asked for at full text."
    )
    note: LongText | None = None
    labels: Labels = Field(default_factory=list)
    has_seen_machine_text: bool | None = None
    reading_id: Number | None = Field(None, description="The reading that was shown.")


class AdjudicationAsked(DecisionAsked):
    """How I settle a conflict of others; `withdrawn` takes my settlement back."""

    decision: Literal[Decision.INCLUDE, Decision.EXCLUDE, Decision.WITHDRAWN]


class HistoryAsked(Asked):
    """Which of my decisions."""

    stage: Stage | None = None
    sort: HistorySort = HistorySort.DECIDED_AT
    reverse: Truth = Field(False, description="Whether the order is turned round.")
    after: Number | None = Field(None, description="The `next` of the page before.")
    limit: Limit = 50


class DecisionPage(Answer):
    """Some decisions, replaced ones too; `order_reason` says why they come by their time only."""

    items: list[DecisionAnswer]
    next: int | None
    order_reason: str | None


class ConflictAnswer(Answer):
    """A record that one person includes and another excludes."""

    record_id: int
    pmid: int | None
    title: str
    stage: Stage
    decisions: list[DecisionAnswer]


class ConflictPage(Answer):
    """Conflicts that wait for a third person, those of records stored last first."""

    items: list[ConflictAnswer]
    next: int | None


class ConflictsAsked(Asked):
    """Which page."""

    after: Number | None = Field(None, description="The `next` of the page before.")
    limit: Limit = 20


class StaleFault(Answer):
    """Something else stands than was expected: nothing was stored; `standing` is what stands."""

    error: str
    status: int
    standing: DecisionAnswer | None


def decide_on_record(visit: Visit, topic: Name, body: DecisionAsked) -> DecisionAnswer:
    """Decide about a record.

    The same decision sent again adds nothing and gives the same answer: a program that got none
    may just repeat it. 409 where another decision of mine stands than `expected_id`.
    """
    return _store(visit, topic, body, is_adjudication=False)


def settle_conflict(visit: Visit, topic: Name, body: AdjudicationAsked) -> DecisionAnswer:
    """Settle a conflict of others: from then on this decision alone counts."""
    return _store(visit, topic, body, is_adjudication=True)


def undo_one_decision(visit: Visit, decision_id: Number) -> DecisionAnswer:
    """Take a decision of mine back: what stood before it stands again, or nothing does.

    To undo several, name them from the newest to the oldest. 409 where it does not stand any more.
    """
    with visit.database.writing() as conn:
        number = undo_decision(
            conn,
            decision_id,
            by=visit.me.name,
            origin=DecisionOrigin.DESK,
            tool_version=TOOL_VERSION,
            now=visit.now,
        )
        return DecisionAnswer.model_validate(get_decision(conn, number))


def list_my_decisions(visit: Visit, topic: Name, query: HistoryAsked) -> DecisionPage:
    """My decisions of a topic, replaced ones too, the newest first unless told otherwise."""
    asked = AskedHistory(
        reviewer=visit.me.name,
        topic=topic,
        stage=query.stage,
        sort=query.sort,
        is_reversed=query.reverse,
        after=query.after,
    )
    with visit.database.reading() as conn:
        page = list_history_page(conn, asked, limit=query.limit)
    return DecisionPage(
        items=[DecisionAnswer.model_validate(one) for one in page.decisions],
        next=page.after,
        order_reason=page.order_reason,
    )


def list_topic_conflicts(
    visit: Visit, topic: Name, stage: Stage, query: ConflictsAsked
) -> ConflictPage:
    """Where people disagree at a stage, with what each of them says.

    A lead sees all, who decides those of which they are a party.
    """
    with visit.database.reading() as conn:
        found = list_open_conflicts(
            conn,
            topic,
            stage,
            viewer=visit.me.name,
            only_own=not visit.may(Role.LEAD),
            after=query.after,
            limit=query.limit,
        )
    items = [_build_conflict(one, stage) for one in found.conflicts]
    return ConflictPage(items=items, next=found.page.after)


def _build_conflict(one: OpenConflict, stage: Stage) -> ConflictAnswer:
    return ConflictAnswer(
        record_id=one.record.record_id,
        pmid=one.record.pmid,
        title=one.record.title,
        stage=stage,
        decisions=[DecisionAnswer.model_validate(each) for each in one.listed.decisions],
    )


def _store(
    visit: Visit, topic: str, body: DecisionAsked, *, is_adjudication: bool
) -> DecisionAnswer:
    new = _build_new(visit.me.name, visit.now, body)
    store = adjudicate if is_adjudication else decide
    try:
        with visit.database.writing() as conn:
            number = store(
                conn, topic, new, expected_id=body.expected_id, tool_version=TOOL_VERSION
            )
            return DecisionAnswer.model_validate(get_decision(conn, number))
    except DecisionConflict as error:
        with visit.database.reading() as conn:
            standing = _find_standing(conn, topic, new)
        fault = StaleFault(error=str(error), status=409, standing=standing)
        raise Refused(409, fault) from None


def _build_new(reviewer: str, now: datetime, body: DecisionAsked) -> NewDecision:
    return NewDecision(
        record_id=body.record_id,
        stage=body.stage,
        decision=Decision(body.decision),
        reviewer=reviewer,
        decided_at=now,
        exclusion_reason=body.exclusion_reason,
        note=body.note,
        labels=tuple(body.labels),
        has_seen_machine_text=body.has_seen_machine_text,
        reading_id=body.reading_id,
    )


def _find_standing(conn: Connection, topic: str, new: NewDecision) -> DecisionAnswer | None:
    found = find_standing(conn, topic, new.record_id, new.stage, new.reviewer)
    return None if found is None else DecisionAnswer.model_validate(found)


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path="/topics/{topic}/decisions",
        handler=decide_on_record,
        role=Role.REVIEWER,
        errors=(404,),
        takes_turns=True,
        faults={409: StaleFault},
    ),
    Endpoint(
        method="GET", path="/topics/{topic}/decisions", handler=list_my_decisions, errors=(404,)
    ),
    Endpoint(
        method="POST",
        path="/decisions/{decision_id}/undo",
        handler=undo_one_decision,
        role=Role.REVIEWER,
        errors=(400, 404, 409),
    ),
    Endpoint(
        method="GET",
        path="/topics/{topic}/conflicts/{stage}",
        handler=list_topic_conflicts,
        role=Role.REVIEWER,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/topics/{topic}/adjudications",
        handler=settle_conflict,
        role=Role.LEAD,
        errors=(404,),
        faults={409: StaleFault},
    ),
)
