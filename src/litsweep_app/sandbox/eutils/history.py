"""NCBI's history server: snapshots of id lists by WebEnv and query key."""

import secrets
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_MAX_ENVIRONMENTS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A set of ids and the place it was stored at."""

    web_env: str
    query_key: int


class History:
    """Sets of ids; the environments longest unused are forgotten first."""

    def __init__(self) -> None:
        self._environments: OrderedDict[str, list[tuple[str, Sequence[int]]]] = OrderedDict()
        self._lock = threading.Lock()

    def store(self, db: str, ids: Iterable[int], web_env: str = "") -> Stored:
        """Keep a set, in a new environment unless ``web_env`` names a known one."""
        with self._lock:
            if web_env not in self._environments:
                web_env = f"MCID_{secrets.token_hex(12)}"
                self._environments[web_env] = []
            self._environments.move_to_end(web_env)
            while len(self._environments) > _MAX_ENVIRONMENTS:
                self._environments.popitem(last=False)
            sets = self._environments[web_env]
            sets.append((db, array("Q", ids)))
            return Stored(web_env=web_env, query_key=len(sets))

    def find(self, db: str, web_env: str, query_key: int) -> Sequence[int] | None:
        """Return a set in its order, or None where it is unknown or of another database."""
        with self._lock:
            sets = self._environments.get(web_env, [])
            if not 1 <= query_key <= len(sets):
                return None
            stored_db, ids = sets[query_key - 1]
            return ids if stored_db == db else None

    def forget_all(self) -> None:
        """Lose every set, as happens to those that are kept too long (ncbi.md 1.7)."""
        with self._lock:
            self._environments.clear()
