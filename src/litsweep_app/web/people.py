"""Accounts and roles: who may come in, and what they may do. For leads."""

import logging
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.api_tokens import revoke_tokens
from db.desk_sessions import end_sessions, list_last_seen
from db.desk_tickets import INVITATION, add_ticket, end_tickets
from db.engine import Connection
from db.reviewers import (
    add_reviewer,
    disable,
    enable,
    get_reviewer_by_number,
    list_reviewers,
    set_password_hash,
    set_role,
)
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from litsweep.exports.tables import Table
from litsweep_app.web.filters import Reader
from litsweep_app.web.ordering import Ordering, build_headings, read_ordering, sort_rows
from litsweep_app.web.page import Page
from litsweep_app.web.security.own_paths import ticket_path
from litsweep_app.web.table_columns import PEOPLE, PersonRow
from litsweep_app.web.table_files import send_table
from litsweep_app.web.visit import Visit, path_to

_logger: Final = logging.getLogger(__name__)


def show_people(visit: Visit) -> Response:
    """Show all accounts."""
    return _render(visit)


def add_person(visit: Visit) -> Response:
    """Add an account, and show the address by which its person chooses a password."""
    try:
        with visit.database.writing() as conn:
            person = add_reviewer(
                conn,
                name=visit.field_of("name"),
                role=_read_role(visit),
                created_by=visit.me.name,
                now=visit.now,
            )
            ticket = add_ticket(conn, person.reviewer_id, holds=INVITATION, now=visit.now)
    except UsageError as error:
        return _render(visit, status=400, error=str(error))
    _logger.warning("%r added %r as %s", visit.me.name, person.name, person.role)
    return _render(visit, invited=person, ticket=ticket)


def change_role(visit: Visit) -> Response:
    """Give a person another role."""
    with visit.database.writing() as conn:
        person = _find(visit, conn)
        role = _read_role(visit)
        set_role(conn, person, role)
    _logger.warning("%r made %r a %s", visit.me.name, person.name, role)
    return visit.redirect(path_to("people"))


def shut_out(visit: Visit) -> Response:
    """Let a person in no more."""
    with visit.database.writing() as conn:
        person = _find(visit, conn)
        disable(conn, person, now=visit.now)
    _logger.warning("%r disabled the account %r", visit.me.name, person.name)
    return visit.redirect(path_to("people"))


def let_in_again(visit: Visit) -> Response:
    """Let a person in again."""
    with visit.database.writing() as conn:
        person = _find(visit, conn)
        enable(conn, person)
    _logger.warning("%r enabled the account %r", visit.me.name, person.name)
    return visit.redirect(path_to("people"))


def start_anew(visit: Visit) -> Response:
    """Take a person's password away, and show the address by which they choose another.

    Nobody chooses it for them, and nobody comes in as them unseen: what they had ends.
    """
    with visit.database.writing() as conn:
        person = _find(visit, conn)
        if person.disabled_at is not None:
            raise UsageError(f"The account {person.name!r} is disabled: enable it first.")
        if person.reviewer_id == visit.me.reviewer_id:
            raise UsageError("Change your own password on the page of your account.")
        set_password_hash(conn, person.reviewer_id, None)
        end_sessions(conn, person.reviewer_id, now=visit.now)
        end_tickets(conn, person.reviewer_id, now=visit.now)
        revoke_tokens(conn, person.reviewer_id, now=visit.now)
        ticket = add_ticket(conn, person.reviewer_id, holds=INVITATION, now=visit.now)
    _logger.warning("%r had %r choose a new password", visit.me.name, person.name)
    return _render(visit, invited=person, ticket=ticket)


def send_people(visit: Visit) -> Response:
    """Send the accounts as a file: names and roles, and nothing that lets anybody in."""

    def build(_visit: Visit, conn: Connection, reader: Reader) -> Table:
        rows = sort_rows(_list_rows(conn), PEOPLE, _read_ordering(reader))
        return Table(name="people", columns=PEOPLE, rows=rows)

    return send_table(visit, "people", build)


def _read_ordering(reader: Reader) -> Ordering:
    return read_ordering(reader, [one.name for one in PEOPLE])


def _list_rows(conn: Connection) -> list[PersonRow]:
    last_seen = list_last_seen(conn)
    return [PersonRow(one, last_seen.get(one.reviewer_id)) for one in list_reviewers(conn)]


def _render(
    visit: Visit,
    *,
    status: int = 200,
    error: str | None = None,
    invited: Reviewer | None = None,
    ticket: str = "",
) -> Response:
    ordering = _read_ordering(Reader(visit.query))
    with visit.database.reading() as conn:
        people = sort_rows(_list_rows(conn), PEOPLE, ordering)
    base = visit.settings.desk_url or str(visit.request.base_url)
    return visit.render(
        "people.html",
        status=status,
        people=people,
        headings=build_headings(
            PEOPLE, ordering, lambda one: path_to("people", **one.as_query()), own="name"
        ),
        roles=tuple(Role),
        error=error,
        typed=visit.field_of("name") if error else "",
        invited=invited,
        address=base.rstrip("/") + ticket_path(ticket, path_to("account")),
    )


def _find(visit: Visit, conn: Connection) -> Reviewer:
    return get_reviewer_by_number(conn, visit.number_of("person"))


def _read_role(visit: Visit) -> Role:
    given = visit.field_of("role")
    if given not in set(Role):
        raise UsageError("A role is one of: " + ", ".join(Role) + ".")
    return Role(given)


PAGES: Final[Sequence[Page]] = (
    Page(path="/people", name="people", handler=show_people, role=Role.LEAD),
    Page(path="/people/table", name="people_table", handler=send_people, role=Role.LEAD),
    Page(path="/people", name="add_person", handler=add_person, role=Role.LEAD, methods=("POST",)),
    Page(
        path="/people/{person}/role",
        name="change_role",
        handler=change_role,
        role=Role.LEAD,
        methods=("POST",),
    ),
    Page(
        path="/people/{person}/disable",
        name="shut_out",
        handler=shut_out,
        role=Role.LEAD,
        methods=("POST",),
    ),
    Page(
        path="/people/{person}/enable",
        name="let_in_again",
        handler=let_in_again,
        role=Role.LEAD,
        methods=("POST",),
    ),
    Page(
        path="/people/{person}/link",
        name="start_anew",
        handler=start_anew,
        role=Role.LEAD,
        methods=("POST",),
    ),
)
