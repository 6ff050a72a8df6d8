"""People of the desk in the database: sessions, addresses that let in once, tokens, attempts."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import make_url

from db.api_tokens import (
    add_token,
    find_person_by_token,
    is_use_to_be_noted,
    list_tokens,
    note_use,
    revoke_token,
)
from db.desk_sessions import (
    Ends,
    end_session,
    end_session_of,
    end_sessions,
    find_session,
    list_last_seen,
    list_sessions,
    note_seen,
    start_session,
)
from db.desk_tickets import FIRST, add_ticket, end_tickets, find_ticket, use_ticket
from db.engine import Connection, Database, open_database
from db.login_attempts import begin_attempt, forget_attempts
from db.reviewers import (
    add_reviewer,
    disable,
    enable,
    find_password_hash,
    get_reviewer,
    set_password_hash,
    set_role,
)
from db.roles import Part, make_roles
from db.roles import Role as DatabaseRole
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from tests.db.conftest import NOW

ENDS = Ends()
HOUR = timedelta(hours=1)


def add(conn: Connection, name: str, role: Role = Role.LEAD) -> Reviewer:
    return add_reviewer(conn, name=name, role=role, created_by="test", now=NOW)


def do_everything(database: Database) -> None:
    """Write what the desk writes of people, in each way that it does."""
    with database.writing() as conn:
        lea, rob = add(conn, "Lea"), add(conn, "Rob", Role.REVIEWER)
        secret = start_session(conn, rob.reviewer_id, NOW - 2 * HOUR)
        other = start_session(conn, rob.reviewer_id, NOW)
        note_seen(conn, secret, now=NOW)
        token = add_token(conn, rob.reviewer_id, "a script", expires_at=None, now=NOW)
        note_use(conn, token, now=NOW)
        ticket = add_ticket(conn, rob.reviewer_id, holds=FIRST, now=NOW)
        assert begin_attempt(conn, "Rob", "10.0.0.1", now=NOW) is None
        forget_attempts(conn, "Rob")
        set_password_hash(conn, rob.reviewer_id, "x")
        set_role(conn, rob, Role.LEAD)
    with database.reading() as conn:
        found = find_session(conn, secret, ends=ENDS, now=NOW)
        assert found is not None
        assert (found.person.name, found.is_seen_to_be_noted) == ("Rob", False)
        assert found.person.role is Role.LEAD
        assert len(list_sessions(conn, rob.reviewer_id, secret=other, ends=ENDS, now=NOW)) == 2
        assert list_last_seen(conn) == {rob.reviewer_id: NOW}
        assert find_person_by_token(conn, token, now=NOW) == found.person
        assert not is_use_to_be_noted(conn, token, now=NOW)
        assert is_use_to_be_noted(conn, token, now=NOW + HOUR)
        assert find_ticket(conn, ticket, now=NOW) is not None
        assert find_password_hash(conn, rob.reviewer_id) == "x"
    with database.writing() as conn:
        person = use_ticket(conn, ticket, now=NOW)
        assert person is not None
        assert use_ticket(conn, ticket, now=NOW) is None
        disable(conn, person, now=NOW)
        assert find_session(conn, secret, ends=ENDS, now=NOW) is None
        assert find_person_by_token(conn, token, now=NOW) is None
        enable(conn, get_reviewer(conn, "Rob"))
        assert find_session(conn, secret, ends=ENDS, now=NOW) is None
        assert find_person_by_token(conn, token, now=NOW) is None
        disable(conn, get_reviewer(conn, "Rob"), now=NOW)
        with pytest.raises(UsageError, match="only lead"):
            disable(conn, lea, now=NOW)


def test_what_the_desk_writes_of_people(database: Database) -> None:
    do_everything(database)


def test_the_role_of_the_desk_may_write_it(database_url: str) -> None:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has no roles")
    name = f"desk_{make_url(database_url).database}"
    make_roles(database_url, [DatabaseRole(part=Part.DESK, name=name)])
    url = make_url(database_url).set(username=name).render_as_string(hide_password=False)
    desk = open_database(url)
    try:
        do_everything(desk)
    finally:
        desk.close()


def test_sessions_end_by_themselves_and_by_hand(database: Database) -> None:
    with database.writing() as conn:
        me = add(conn, "Lea").reviewer_id
        secrets = [start_session(conn, me, NOW) for _ in range(4)]

        def is_open(secret: str, after: timedelta = timedelta()) -> bool:
            return find_session(conn, secret, ends=ENDS, now=NOW + after) is not None

        assert is_open(secrets[0], timedelta(hours=11, minutes=59))
        assert not is_open(secrets[0], timedelta(hours=12))
        end_session(conn, secrets[0], now=NOW)
        assert not is_open(secrets[0])
        shown = list_sessions(conn, me, secret=secrets[1], ends=ENDS, now=NOW)
        assert [one.is_this for one in shown].count(True) == 1
        [other, *_] = [one.session_id for one in shown if not one.is_this]
        assert not end_session_of(conn, me + 1, other, now=NOW)
        assert not end_session_of(conn, me, "%", now=NOW)
        assert not end_session_of(conn, me, "", now=NOW)
        assert end_session_of(conn, me, other, now=NOW)
        assert not end_session_of(conn, me, other, now=NOW)
        end_sessions(conn, me, now=NOW, but=secrets[1])
        assert [is_open(secret) for secret in secrets] == [False, True, False, False]


def test_used_or_not_a_session_ends_after_a_week(database: Database) -> None:
    with database.writing() as conn:
        secret = start_session(conn, add(conn, "Lea").reviewer_id, NOW)
        for day in range(1, 7):
            note_seen(conn, secret, now=NOW + timedelta(days=day))
        note_seen(conn, secret, now=NOW + timedelta(days=6, hours=23))
        late = NOW + timedelta(days=7)
        assert find_session(conn, secret, ends=ENDS, now=late - HOUR / 60)
        assert find_session(conn, secret, ends=ENDS, now=late) is None


def test_what_is_long_over_is_dropped(database: Database) -> None:
    from sqlalchemy import func, select

    from db.tables import desk_sessions, desk_tickets, login_attempts

    later = NOW + timedelta(days=40)
    with database.writing() as conn:
        me = add(conn, "Lea").reviewer_id
        for now in (NOW, later):
            start_session(conn, me, now)
            add_ticket(conn, me, holds=FIRST, now=now)
            begin_attempt(conn, "Lea", "10.0.0.1", now=now)
        for table in (desk_sessions, desk_tickets, login_attempts):
            assert conn.scalar(select(func.count()).select_from(table)) == 1


def test_tickets_of_a_person_can_be_ended(database: Database) -> None:
    with database.writing() as conn:
        me = add(conn, "Lea").reviewer_id
        ticket = add_ticket(conn, me, holds=FIRST, now=NOW)
        assert find_ticket(conn, ticket, now=NOW + FIRST) is None
        end_tickets(conn, me, now=NOW)
        assert find_ticket(conn, ticket, now=NOW) is None


def test_tokens_hold_until_their_end_or_until_they_are_revoked(database: Database) -> None:
    with database.writing() as conn:
        me, other = add(conn, "Lea").reviewer_id, add(conn, "Leo").reviewer_id
        token = add_token(conn, me, "one", expires_at=NOW + HOUR, now=NOW)
        assert find_person_by_token(conn, token, now=NOW)
        assert find_person_by_token(conn, token, now=NOW + HOUR) is None
        with pytest.raises(UsageError, match="'one' already"):
            add_token(conn, me, "one", expires_at=None, now=NOW)
        with pytest.raises(UsageError, match="after today"):
            add_token(conn, me, "two", expires_at=NOW - HOUR, now=NOW)
        with pytest.raises(UsageError, match="1 to 100"):
            add_token(conn, me, "", expires_at=None, now=NOW)
        [listed] = list_tokens(conn, me)
        with pytest.raises(UsageError, match="no token"):
            revoke_token(conn, other, listed.api_token_id, now=NOW)
        revoke_token(conn, me, listed.api_token_id, now=NOW)
        revoke_token(conn, me, listed.api_token_id, now=NOW)
        assert find_person_by_token(conn, token, now=NOW) is None
        for odd in ("", "\ud800", "x" * 100_000):
            assert find_person_by_token(conn, odd, now=NOW) is None


def test_names_that_are_refused(database: Database) -> None:
    alike = ["Zoë Fiction", "Zoe\u0308 Fiction", "ZOË  fiction", "Ｚoë Fiction"]
    unseen = ["a\x00b", "a\x1bb", "a\u202eb", "a\u200bb", "\ud800", "\U000e0041", " ", "x" * 101]
    with database.writing() as conn:
        add(conn, "Zoë Fiction")
        for name in alike:
            with pytest.raises(UsageError, match="already"):
                add(conn, name)
        for name in unseen:
            with pytest.raises(UsageError, match=r"1 to 100|cannot be seen"):
                add(conn, name)
        assert add(conn, " Line\nbreak ").name == "Line break"
