"""What a person sets for themselves: their password, where they are signed in, their tokens."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from starlette.responses import Response

from db.api_tokens import add_token, list_tokens, revoke_token
from db.desk_sessions import end_session_of, end_sessions, list_sessions
from db.desk_tickets import end_tickets
from db.reviewers import set_password_hash
from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep_app.web.page import Page
from litsweep_app.web.security.guard import find_ends
from litsweep_app.web.security.passwords import SHORTEST, check_password, hash_password
from litsweep_app.web.security.signing import begin_session, send_in, try_password
from litsweep_app.web.visit import Visit, path_to

_DAYS: Final = timedelta(days=90)
"""How long a token holds unless its person says otherwise."""


def show_account(visit: Visit) -> Response:
    """Show it."""
    return _render(visit)


def change_password(visit: Visit) -> Response:
    """Set a password; who has one gives it too. Everywhere else the person is signed out."""
    new = _as_typed(visit, "new")
    error = _find_fault(visit, new)
    if error is not None:
        return _render(visit, status=400, errors=error)
    made = hash_password(new)
    me = visit.me
    with visit.database.writing() as conn:
        set_password_hash(conn, me.reviewer_id, made)
        end_sessions(conn, me.reviewer_id, now=visit.now)
        end_tickets(conn, me.reviewer_id, now=visit.now)
        secret = begin_session(visit, conn, me)
    return send_in(visit, path_to("account", changed="password"), secret)


def end_one(visit: Visit) -> Response:
    """Sign the person out in one browser."""
    with visit.database.writing() as conn:
        number = visit.text_of("session")
        if not end_session_of(conn, visit.me.reviewer_id, number, now=visit.now):
            raise UsageError("This session has ended already.")
    return visit.redirect(path_to("account"))


def end_others(visit: Visit) -> Response:
    """Sign the person out everywhere but here."""
    with visit.database.writing() as conn:
        end_sessions(conn, visit.me.reviewer_id, now=visit.now, but=visit.secret)
    return visit.redirect(path_to("account"))


def make_token(visit: Visit) -> Response:
    """Make a token for the person's programs, and show it, once."""
    try:
        last_day = _read_day(visit.field_of("until"))
        with visit.database.writing() as conn:
            token = add_token(
                conn,
                visit.me.reviewer_id,
                visit.field_of("name"),
                expires_at=last_day,
                now=visit.now,
            )
    except UsageError as error:
        return _render(visit, status=400, errors={"token": str(error)})
    return _render(visit, token=token)


def take_token_back(visit: Visit) -> Response:
    """Revoke a token: whatever uses it is refused from now on."""
    with visit.database.writing() as conn:
        revoke_token(conn, visit.me.reviewer_id, visit.number_of("token"), now=visit.now)
    return visit.redirect(path_to("account"))


def _render(
    visit: Visit,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Response:
    me = visit.me
    with visit.database.reading() as conn:
        sessions = list_sessions(
            conn,
            me.reviewer_id,
            secret=visit.secret,
            ends=find_ends(visit.settings),
            now=visit.now,
        )
        tokens = list_tokens(conn, me.reviewer_id)
    return visit.render(
        "account.html",
        status=status,
        errors=errors or {},
        sessions=sessions,
        tokens=[one for one in tokens if one.is_valid(visit.now)],
        former_tokens=[one for one in tokens if not one.is_valid(visit.now)],
        token=token,
        typed={"name": visit.field_of("name")} if status != 200 else {"name": ""},
        until=visit.now + _DAYS,
        shortest=SHORTEST,
    )


def _find_fault(visit: Visit, new: str) -> dict[str, str] | None:
    """Return what is wrong with a new password, by the field that it stands beside; or None."""
    try:
        check_password(new, name=visit.me.name)
    except UsageError as error:
        return {"new": str(error)}
    if new != _as_typed(visit, "again"):
        return {"again": "The two differ: type the new password twice."}
    if not visit.me.has_password:
        return None
    attempt = try_password(visit, visit.me.name, _as_typed(visit, "old"))
    if attempt.wait is not None:
        return {"old": "There were too many attempts: try again in some minutes."}
    return None if attempt.person is not None else {"old": "This is not your password."}


def _as_typed(visit: Visit, name: str) -> str:
    value = visit.form.get(name, "")
    return value if isinstance(value, str) else ""


def _read_day(text: str) -> datetime | None:
    """Return the end of a day that a form gives; None where it gives none.

    Raises:
        UsageError: it is no day.
    """
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError("Write the last day as 2027-01-31, or leave it empty.") from None
    return datetime.combine(day, time.max, UTC).replace(microsecond=0)


PAGES: Final[Sequence[Page]] = (
    Page(path="/account", name="account", handler=show_account, role=Role.READER),
    Page(
        path="/account/password",
        name="change_password",
        handler=change_password,
        role=Role.READER,
        methods=("POST",),
    ),
    Page(
        path="/account/sessions/end-others",
        name="end_others",
        handler=end_others,
        role=Role.READER,
        methods=("POST",),
    ),
    Page(
        path="/account/sessions/{session}/end",
        name="end_one",
        handler=end_one,
        role=Role.READER,
        methods=("POST",),
    ),
    Page(
        path="/account/tokens",
        name="make_token",
        handler=make_token,
        role=Role.READER,
        methods=("POST",),
    ),
    Page(
        path="/account/tokens/{token}/revoke",
        name="take_token_back",
        handler=take_token_back,
        role=Role.READER,
        methods=("POST",),
    ),
)
