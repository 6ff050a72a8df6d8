"""Whether a machine's text may be seen yet: where a topic is judged first, after one's decision.

The one place where that is decided: every page, card, list, filter, file and answer to a program
asks here, so that no way leads round it. Exempt is the random audit: its rate holds only while
chance alone draws, so that nothing can be passed over; it is a task of its own that says what it
shows. So are numbers of a whole topic.
"""

from collections.abc import Iterable

from starlette.exceptions import HTTPException

from db.asked_readings import AskedReading, list_open_requests
from db.engine import Connection
from db.judged_first import FirstJudge, list_unjudged
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.domain.screening import ScreeningRules


def find_first_judge(person: Reviewer) -> FirstJudge | None:
    """Return the person as one who judges first where it is asked for; None: they never do.

    Who only reads decides nothing, and sees everything.
    """
    if not person.role.may(Role.REVIEWER):
        return None
    wants = person.preferences.get("judge_first") is True
    return FirstJudge(reviewer=person.name, in_every_topic=wants)


def judges_first(person: Reviewer, rules: ScreeningRules) -> bool:
    """Tell whether a person is to decide before they see what machines wrote, by these rules."""
    judge = find_first_judge(person)
    return judge is not None and (rules.is_judge_first or judge.in_every_topic)


def list_withheld(
    conn: Connection, person: Reviewer, record_ids: Iterable[int], kind: DocumentKind
) -> set[int]:
    """Return those records of which this person must not see yet what machines made of a text."""
    judge = find_first_judge(person)
    return set() if judge is None else list_unjudged(conn, record_ids, kind, judge)


def list_hidden(
    conn: Connection, person: Reviewer, record_id: int, *, deciding: ScreeningRules | None = None
) -> frozenset[DocumentKind]:
    """Return the texts of a record of which this person must not see what machines made.

    ``deciding`` are the rules of a decision that is still open on the same page: where they ask
    to judge first, that page shows nothing of any text, whatever was decided elsewhere.
    """
    if deciding is not None and judges_first(person, deciding):
        return frozenset(DocumentKind)
    return frozenset(kind for kind in DocumentKind if is_withheld(conn, person, record_id, kind))


def is_withheld(conn: Connection, person: Reviewer, record_id: int, kind: DocumentKind) -> bool:
    """Tell whether one record's text waits for this person's own judgement first."""
    return bool(list_withheld(conn, person, [record_id], kind))


def list_visible_requests(
    conn: Connection, person: Reviewer, record_id: int, *, deciding: ScreeningRules | None = None
) -> list[AskedReading]:
    """Return the open requests for readings of a record; why they are asked for may tell a text.

    A person's own are shown to them always. ``deciding`` as in `list_hidden`.
    """
    hidden = list_hidden(conn, person, record_id, deciding=deciding)
    found = list_open_requests(conn, record_id)
    return [one for one in found if one.kind not in hidden or one.requested_by == person.name]


def require_judged(conn: Connection, person: Reviewer, record_id: int, kind: DocumentKind) -> None:
    """Refuse (403) who is to judge a record before they see what machines made of it."""
    if is_withheld(conn, person, record_id, kind):
        raise HTTPException(
            403,
            "Decide about this record first: in its topic people judge before they see what a "
            "machine wrote.",
        )
