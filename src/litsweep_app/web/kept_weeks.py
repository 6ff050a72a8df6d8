"""How many decisions each week had, kept in memory: a count goes on from the one before.

Decisions are append-only, so that only those stored since are looked at.
"""

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Final

from db.engine import Connection
from db.trends import DecidedByWeek, count_decided

_MOST_KEPT: Final = 200

_kept: OrderedDict[tuple[str, str], DecidedByWeek] = OrderedDict()
_lock = Lock()


def find_decided(conn: Connection, topic: str, *, today: date) -> DecidedByWeek:
    """Return how many decisions were made on a topic by the Monday of the week.

    Raises:
        UnknownTopic: no topic has this name.
    """
    key = (str(conn.engine.url), topic)
    with _lock:
        known = _kept.get(key)
    counted = count_decided(conn, topic, today=today, known=known)
    with _lock:
        _kept[key] = counted
        _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return counted
