"""Proves what of a machine's text was on a card that a person decided upon.

A card carries a seal: what was shown, signed with the stored hash of the session that it was
shown in, which no page holds. A decision may so come later, from another session of the same
person (one signs in again), and still say truthfully what was before their eyes. A seal that does
not hold says nothing: then it is not known.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from db.desk_secrets import hash_secret
from db.engine import Connection
from db.own_decisions import find_session_sha256
from litsweep.domain.decisions import Stage
from litsweep_app.web.visit import Visit

_STATES: Final = (False, True, None)
_BEGINNING: Final = 16
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was on a card; ``reading_id`` is the reading whose text was, None where none was.

    ``has_machine_text`` is None where nobody knows whether the person saw any before.
    """

    topic: str
    stage: Stage
    record_id: int
    record_version: int | None
    has_machine_text: bool | None
    reading_id: int | None


def make_seal(visit: Visit, shown: Shown) -> str:
    """Return what the card's form sends back, to be read by `read_seal`."""
    key = hash_secret(visit.secret)
    state = _STATES.index(shown.has_machine_text)
    said = f"{state}.{shown.reading_id or 0}.{shown.record_version}"
    return f"{said}.{key[:_BEGINNING]}.{_sign(key, visit, shown, said)}"


def read_seal(
    conn: Connection, visit: Visit, seal: str, *, topic: str, stage: Stage, record_id: int
) -> Shown:
    """Return what was on the card that a seal comes from; unknown where it does not hold."""
    unknown = Shown(
        topic=topic,
        stage=stage,
        record_id=record_id,
        record_version=None,
        has_machine_text=None,
        reading_id=None,
    )
    said, _, rest = seal[:_LONGEST].rpartition(".")
    said, _, beginning = said.rpartition(".")
    key = _find_key(conn, visit, beginning)
    if key is None or not hmac.compare_digest(
        rest.encode(), _sign(key, visit, unknown, said).encode()
    ):
        return unknown
    state, reading_id, version = map(int, said.split("."))
    return Shown(
        topic=topic,
        stage=stage,
        record_id=record_id,
        record_version=version,
        has_machine_text=_STATES[state],
        reading_id=reading_id or None,
    )


def _sign(key: str, visit: Visit, shown: Shown, said: str) -> str:
    what = "\n".join(
        (str(visit.me.reviewer_id), shown.topic, shown.stage, str(shown.record_id), said)
    )
    return hmac.new(key.encode(), b"card\n" + what.encode(), hashlib.sha256).hexdigest()


def _find_key(conn: Connection, visit: Visit, beginning: str) -> str | None:
    if len(beginning) != _BEGINNING:
        return None
    own = hash_secret(visit.secret)
    if own.startswith(beginning):
        return own
    return find_session_sha256(conn, visit.me.reviewer_id, beginning)
