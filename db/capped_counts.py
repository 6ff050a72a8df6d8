"""Counts that stop: "more than 10,000" is as good to a person as the number, and always quick."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, func, literal, select

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
    """Count the rows of ``statement``, ``most`` of them at most; its columns are not read."""
    counted = statement.with_only_columns(literal(1), maintain_column_froms=True)
    rows = counted.order_by(None).limit(most + 1).subquery()
    n = conn.scalar(select(func.count()).select_from(rows)) or 0
    return CappedCount(min(n, most), n <= most)
