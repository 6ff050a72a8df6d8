"""Deciding at the desk: `db.decisions` with the rules that the topic's people agreed on.

Each verb is one step of a transaction of `Database.writing`, so that of two people, or two tabs of
one person, the second sees what the first one stored.
"""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam

from db.blinding import hide_blinded
from db.decision_rows import clean, content_of
from db.decisions import (
    add_decision,
    build_decision,
    find_standing,
    select_decisions,
    stands,
)
from db.histories import find_newest
from db.reviewers import find_reviewer
from db.screening_outcomes import list_about
from db.screening_protocols import get_protocol
from db.tables import screening_decisions
from db.topics import get_topic
from litsweep.domain.decisions import (
    SETTLING,
    Decision,
    DecisionOrigin,
    NewDecision,
    ScreeningDecision,
    Stage,
)
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.domain.screening import Outcome, ScreeningRules, judge
from litsweep.errors import DecisionConflict, UsageError


def decide(
    conn: Connection,
    topic: str,
    new: NewDecision,
    *,
    expected_id: int | None,
    tool_version: str,
    origin: DecisionOrigin = DecisionOrigin.DESK,
) -> int:
    """Store a person's decision as the topic's rules ask for it; return its number.

    The same decision sent again, for its answer was lost, adds nothing and is no conflict: its
    number is returned. ``expected_id`` is the number of the person's own decision that was
    before their eyes, None for none.

    Raises:
        UnknownTopic, UnknownRecord: there is no such topic, or the record is not one of it.
        UsageError: a reason is missing or not on the topic's list; there is nothing to
            withdraw; the person settled a conflict about this record, and would replace that.
        DecisionConflict: what stands is not what was expected; nothing was stored.
    """
    new = clean(replace(new, is_adjudication=False))
    standing = find_standing(conn, topic, new.record_id, new.stage, new.reviewer)
    if standing is None or content_of(standing) != content_of(new):
        new = _follow(get_protocol(conn, topic).rules, new)
        _keep_settlement(standing)
    return add_decision(
        conn, topic, new, origin=origin, tool_version=tool_version, expected_id=expected_id
    )


def adjudicate(
    conn: Connection,
    topic: str,
    new: NewDecision,
    *,
    expected_id: int | None,
    tool_version: str,
    origin: DecisionOrigin = DecisionOrigin.DESK,
) -> int:
    """Settle a conflict: from now on this decision alone counts; return its number.

    It stands until it is withdrawn (``decision`` WITHDRAWN), whatever the others decide since.

    Raises:
        UnknownTopic, UnknownRecord: there is no such topic, or the record is not one of it.
        UsageError: there is no conflict; the person is no lead, or one of those who disagree;
            it is neither include nor exclude; a reason is missing or not on the list.
        DecisionConflict: somebody else settled it, or what stands is not what was expected.
    """
    is_withdrawn = new.decision is Decision.WITHDRAWN
    new = clean(replace(new, is_adjudication=not is_withdrawn))
    standing = find_standing(conn, topic, new.record_id, new.stage, new.reviewer)
    if standing is None or content_of(standing) != content_of(new):
        new = _follow(get_protocol(conn, topic).rules, new)
        _require_lead(conn, new.reviewer)
        _require_conflict(conn, topic, new, standing)
    return add_decision(
        conn, topic, new, origin=origin, tool_version=tool_version, expected_id=expected_id
    )


def list_visible_decisions(
    conn: Connection, topic: str, record_id: int, stage: Stage, viewer: Reviewer
) -> list[ScreeningDecision]:
    """Return what stands about a record at a stage, as far as the person may see it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    values = {"topic_id": topic_id, "record_id": record_id, "stage": stage}
    found = [build_decision(row) for row in conn.execute(_ABOUT, values)]
    return hide_blinded(conn, found, viewer.name)


def find_last_undoable(
    conn: Connection, reviewer: str, topic: str, stage: Stage
) -> ScreeningDecision | None:
    """Return the person's newest decision that still holds and was made here, or None.

    Undone, it makes way for the one before: called again and again, it walks the person's own
    history of the topic back to its beginning. What is an undoing, was taken back, or was
    overtaken by another decision of the same person, is passed over.

    Raises:
        UnknownTopic: no topic has this name.
    """
    undone: set[int] = set()
    for row in conn.execute(_select_newest(conn, reviewer, topic, stage)):
        one = build_decision(row)
        if one.undoes_id is not None:
            undone.add(one.undoes_id)
        elif one.screening_decision_id not in undone and _can_be_undone(conn, one):
            return one
    return None


def _can_be_undone(conn: Connection, one: ScreeningDecision) -> bool:
    if one.origin is DecisionOrigin.IMPORTED:
        return False
    standing = find_standing(conn, one.topic, one.record_id, one.stage, one.reviewer)
    return standing is not None and content_of(standing) == content_of(one)


def _select_newest(conn: Connection, reviewer: str, topic: str, stage: Stage) -> Any:
    decided = screening_decisions.c
    topic_id = get_topic(conn, topic).topic_id
    return select_decisions(
        decided.reviewer == reviewer,
        decided.topic_id == topic_id,
        decided.stage == stage,
        # Else all that the person decided later, elsewhere, is passed over row by row.
        decided.screening_decision_id <= find_newest(conn, reviewer, topic_id, [stage]),
    ).order_by(decided.screening_decision_id.desc())


def _follow(rules: ScreeningRules, new: NewDecision) -> NewDecision:
    """Return the decision with its reason as the list spells it."""
    if new.decision is not Decision.EXCLUDE:
        return new
    if new.exclusion_reason is None:
        if new.stage is Stage.FULL_TEXT:
            raise UsageError(
                "At the full text a reason to exclude is asked for (PRISMA 2020, item 16b)."
            )
        return new
    if not rules.exclusion_reasons:
        return new
    spelled = {one.casefold(): one for one in rules.exclusion_reasons}
    reason = spelled.get(new.exclusion_reason.casefold())
    if reason is None:
        raise UsageError(
            f"{new.exclusion_reason!r} is none of the topic's reasons to exclude: "
            f"{'; '.join(rules.exclusion_reasons)}."
        )
    return replace(new, exclusion_reason=reason)


def _keep_settlement(standing: ScreeningDecision | None) -> None:
    if standing is not None and standing.is_adjudication:
        raise UsageError(
            f"{standing.reviewer} settled a conflict about this record (decision "
            f"{standing.screening_decision_id}). Withdraw that first, among the conflicts."
        )


def _require_lead(conn: Connection, name: str) -> None:
    person = find_reviewer(conn, name)
    if person is None or person.disabled_at is not None or not person.role.may(Role.LEAD):
        raise UsageError(f"Only a lead settles a conflict, and {name} is none.")


def _require_conflict(
    conn: Connection, topic: str, new: NewDecision, standing: ScreeningDecision | None
) -> None:
    if standing is not None and standing.is_adjudication:
        return  # the person's own settlement, changed or withdrawn
    if new.decision is Decision.WITHDRAWN:
        raise UsageError(f"{new.reviewer} has settled nothing here that could be withdrawn.")
    about = list_about(conn, topic, new.record_id, new.stage)
    for one in about:
        if one.is_adjudication:
            raise DecisionConflict(
                f"{one.reviewer} has settled this already: {one.decision} (decision "
                f"{one.screening_decision_id})."
            )
    if judge(about, get_protocol(conn, topic).rules.n_reviewers) is not Outcome.CONFLICT:
        raise UsageError("There is no conflict about this record to be settled.")
    if any(one.reviewer == new.reviewer and one.decision in SETTLING for one in about):
        raise UsageError(
            f"{new.reviewer} is one of those who disagree: a third person settles it, or one of "
            "you decides otherwise."
        )


_ABOUT: Final = select_decisions(
    screening_decisions.c.topic_id == bindparam("topic_id"),
    screening_decisions.c.record_id == bindparam("record_id"),
    screening_decisions.c.stage == bindparam("stage"),
    stands(),
).order_by(screening_decisions.c.screening_decision_id)
