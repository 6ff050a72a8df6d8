"""Whether a machine's text may be seen yet: where a topic is judged first, after one's decision.

Every page, file and answer to a program asks here, so that no way leads round it; a card of the
queue is decided for one topic, and asks ``web.card``. Exempt is the random audit: its rate
holds only while chance alone draws, so that nothing can be passed over; it is a task of its own
that says what it shows.
"""

from collections.abc import Iterable

from starlette.exceptions import HTTPException

from db.engine import Connection
from db.judged_first import list_unjudged
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Reviewer, Role


def list_withheld(
    conn: Connection, person: Reviewer, record_ids: Iterable[int], kind: DocumentKind
) -> set[int]:
    """Return those records of which this person must not see yet what machines made of a text.

    Who only reads decides nothing, and sees everything.
    """
    if not person.role.may(Role.REVIEWER):
        return set()
    wants = person.preferences.get("judge_first") is True
    return list_unjudged(conn, record_ids, kind, person.name, in_every_topic=wants)


def is_withheld(conn: Connection, person: Reviewer, record_id: int, kind: DocumentKind) -> bool:
    """Tell whether one record's text waits for this person's own judgement first."""
    return bool(list_withheld(conn, person, [record_id], kind))


def require_judged(conn: Connection, person: Reviewer, record_id: int, kind: DocumentKind) -> None:
    """Refuse (403) who is to judge a record before they see what machines made of it."""
    if is_withheld(conn, person, record_id, kind):
        raise HTTPException(
            403,
            "Decide about this record first: in its topic people judge before they see what a "
            "machine wrote.",
        )
