"""Failed attempts to sign in, and how long the next one waits for them.

An attempt is stored before the password is looked at, and taken back when it was right: so a
hundred at once, on any number of processes, are counted as a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from db.reviewers import find_reviewer
from db.tables import login_attempts
from db.writing import add_row


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """After ``free`` failures within ``window`` each next attempt waits twice as long."""

    free: int
    window: timedelta


# NIST SP 800-63B 3.2.2 allows at most 100 failures in a row on one account: with 20 free ones and
# a quarter of an hour between later ones, a day has about that many, from however many addresses.
# One address gets few for one name, so that guessing elsewhere seldom slows the person down.
_SAME_BOTH: Final = _Rule(free=5, window=timedelta(hours=24))
_SAME_NAME: Final = _Rule(free=20, window=timedelta(hours=24))
_SAME_ADDRESS: Final = _Rule(free=20, window=timedelta(hours=1))
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_KEPT: Final = timedelta(hours=24)
_COUNTED: Final = 40


def begin_attempt(conn: Connection, name: str, address: str, *, now: datetime) -> timedelta | None:
    """Count an attempt to sign in; return how long to wait instead, where it comes too soon.

    One that comes too soon is not counted: whoever goes on trying does not lock anybody out for
    longer. Ask within the transaction of the one writer.
    """
    conn.execute(login_attempts.delete().where(login_attempts.c.attempted_at < now - _KEPT))
    name = _as_stored(conn, name)
    wait = max(
        _wait(conn, _SAME_BOTH, _is(name=name, address=address), now),
        _wait(conn, _SAME_NAME, _is(name=name), now),
        _wait(conn, _SAME_ADDRESS, _is(address=address), now),
    )
    if wait > timedelta():
        return wait
    add_row(conn, login_attempts, name=name, address=address, attempted_at=now)
    return None


def forget_attempts(conn: Connection, name: str) -> None:
    """Take back what was counted of a name: its person has come in."""
    conn.execute(login_attempts.delete().where(*_is(name=_as_stored(conn, name))))


def _wait(
    conn: Connection, rule: _Rule, condition: Sequence[ColumnElement[bool]], now: datetime
) -> timedelta:
    at = login_attempts.c.attempted_at
    found = conn.scalars(
        select(at)
        .where(*condition, at > now - rule.window)
        .order_by(at.desc())
        .limit(rule.free + _COUNTED)
    ).all()
    beyond = len(found) - rule.free
    if beyond < 0:
        return timedelta()
    # 2 ** 8 times the first wait is more than the longest.
    wait = min(_FIRST_WAIT * 2 ** min(beyond, 8), _LONGEST_WAIT)
    last: datetime = found[0]
    left: timedelta = last + wait - now
    return left


def _is(**values: str) -> list[ColumnElement[bool]]:
    return [login_attempts.c[name] == value for name, value in values.items()]


def _as_stored(conn: Connection, name: str) -> str:
    """Return a name; of one that nobody has, a mark: people type passwords into that field."""
    if find_reviewer(conn, name) is not None:
        return name
    return "?" + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
