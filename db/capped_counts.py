"""Counts that stop: "more than 10,000" is as good to a person as the number, and always quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Integer, Select, bindparam, func, select

MOST_COUNTED: Final = 1_000
"""Where a count stops: fifty topics are counted in some ten milliseconds so."""


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A number of rows; not exact: there are more than that."""

    n: int
    is_exact: bool = True

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.n > 0

    def __str__(self) -> str:
        """Show it as people read it."""
        return f"{self.n:,}" if self.is_exact else f"more than {self.n:,}"


NONE: Final = CappedCount(0)


def count_up_to(
    conn: Connection, statement: Select[Any], *, most: int = MOST_COUNTED
) -> CappedCount:
    """Count the rows of ``statement``, ``most`` of them at most."""
    return ask(conn, counting(statement), {}, most=most)


def counting(statement: Select[Any]) -> Select[int]:
    """Return the statement that counts the rows of another one, for `ask`; build it only once."""
    rows = statement.order_by(None).limit(bindparam("n_looked_at", type_=Integer)).subquery()
    return select(func.count()).select_from(rows)


def ask(
    conn: Connection,
    statement: Select[int],
    values: Mapping[str, Any],
    *,
    most: int = MOST_COUNTED,
) -> CappedCount:
    """Count by a statement of `counting`, up to ``most``."""
    n = conn.scalar(statement, {**values, "n_looked_at": most + 1}) or 0
    return CappedCount(min(n, most), n <= most)
