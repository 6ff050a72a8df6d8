"""Whether a machine's text may be seen yet: where a topic is judged first, after one's decision."""

from db.engine import Connection
from db.results import RecordCard
from db.screening_protocols import get_protocol
from litsweep.domain.reviewers import Reviewer, Role


def is_withheld(conn: Connection, person: Reviewer, card: RecordCard) -> bool:
    """Tell whether a topic of the record waits for this person's own judgement of it first.

    Who only reads decides nothing, and sees everything.
    """
    if not person.role.may(Role.REVIEWER):
        return False
    decided = {one.topic for one in card.decisions if one.reviewer == person.name}
    return any(_is_judged_first(conn, person, one) for one in card.topics if one not in decided)


def _is_judged_first(conn: Connection, person: Reviewer, topic: str) -> bool:
    if person.preferences.get("judge_first") is True:
        return True
    return get_protocol(conn, topic).rules.is_judge_first
