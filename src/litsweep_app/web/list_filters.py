"""What narrows and orders a list of a topic, as it stands in the address."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final

from db.engine import Connection
from db.list_choices import OF_DECISIONS, RecordList
from db.record_lists import AskedList, Sort, find_last_sweep
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from litsweep_app.web.filters import Reader, Typed
from litsweep_app.web.machine_text import find_first_judge
from litsweep_app.web.ordering import Ordering, read_reverse
from litsweep_app.web.visit import Visit, path_to

NAMES: Final = {
    RecordList.ALL: "All records",
    RecordList.NEW: "New",
    RecordList.LATE: "Found late",
    RecordList.CHANGED: "Changed",
    RecordList.FLAGGED: "Flagged",
    RecordList.RETRACTED: "Retracted or doubted",
    RecordList.NOT_RETRIEVED: "Full text not retrieved",
    RecordList.UNREAD: "Not read",
    RecordList.FAILED: "Reading failed",
    RecordList.WITHOUT_ABSTRACT: "Without abstract",
    RecordList.INCLUDED: "Included",
    RecordList.EXCLUDED: "Excluded",
    RecordList.UNSURE: "Unsure",
    RecordList.CONFLICTS: "In conflict",
    RecordList.MINE: "Decided by me",
}
"""What people call the lists, in the order in which they are offered."""


def read_kind(given: str) -> RecordList:
    """Return the list of this name.

    Raises:
        UsageError: there is none.
    """
    try:
        return RecordList(given)
    except ValueError:
        listed = ", ".join(RecordList)
        raise UsageError(f"There is no list {given[:40]!r}; there are {listed}.") from None


def read_list(topic: str, kind: RecordList, typed: Typed, person: Reviewer) -> AskedList:
    """Read what narrows and orders a list; ``person`` is who asks.

    Of conflicts each sees their own, and a lead all.

    Raises:
        UsageError: something cannot be read: what, and how it is written.
    """
    reader = Reader(typed)
    since = reader.day("since")
    asked = AskedList(
        topic=topic,
        kind=kind,
        viewer=person.name,
        first_judge=find_first_judge(person),
        only_own=kind is RecordList.CONFLICTS and not person.role.may(Role.LEAD),
        since=_begin_of(since) if since and kind is RecordList.NEW else None,
        stage=(reader.word("stage", Stage) if kind in OF_DECISIONS else None)
        or Stage.TITLE_ABSTRACT,
        reason=(reader.text("reason", 1000) or None) if kind is RecordList.EXCLUDED else None,
        sort=reader.word("sort", Sort) or Sort.LAST,
        is_reversed=read_reverse(reader),
        after=reader.number("after"),
    )
    for name, message in reader.problems.items():
        raise UsageError(f"{name}: {message}")
    return asked


def complete(conn: Connection, asked: AskedList) -> AskedList:
    """Return a list with what its address leaves out: new is what the last whole sweep found.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if asked.kind is not RecordList.NEW or asked.since is not None:
        return asked
    return replace(asked, since=find_last_sweep(conn, asked.topic))


def write_list(asked: AskedList) -> dict[str, object]:
    """Return it as `visit.path_to` takes it: only what is not as it would be anyway."""
    is_first = asked.stage is Stage.TITLE_ABSTRACT
    return {
        name: value
        for name, value in {
            "since": None if asked.since is None else f"{asked.since:%Y-%m-%d}",
            "stage": None if is_first else asked.stage,
            "reason": asked.reason,
            **ordering_of(asked).as_query(),
            "after": asked.after,
        }.items()
        if value is not None
    }


def ordering_of(asked: AskedList) -> Ordering:
    """Return the order of a list as its headings have it."""
    is_own = asked.sort is Sort.LAST
    return Ordering(sort=None if is_own else asked.sort, is_reversed=asked.is_reversed)


def order_by(asked: AskedList, ordering: Ordering) -> AskedList:
    """Return the list in another order."""
    sort = Sort(ordering.sort) if ordering.sort else Sort.LAST
    return replace(asked, sort=sort, is_reversed=ordering.is_reversed)


def address_of(asked: AskedList, **changed: object) -> str:
    """Return the address of a list; ``changed`` are fields that are to be otherwise."""
    asked = replace(asked, **changed)  # type: ignore[arg-type]
    return path_to("topics", asked.topic, "lists", asked.kind, **write_list(asked))


def export_of(asked: AskedList) -> str:
    """Return the address of the list as a file, but for the format."""
    query = write_list(replace(asked, after=None))
    return path_to("export", topic=asked.topic, list=asked.kind, **query)


def read_visit(visit: Visit) -> AskedList:
    """Read the list that a visit to its own address asks for.

    Raises:
        UsageError: as `read_kind` and `read_list`.
    """
    kind = read_kind(visit.text_of("list"))
    return read_list(visit.text_of("topic"), kind, visit.query, visit.me)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
