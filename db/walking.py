"""Goes through a long list in the order of an index, a piece at a time, for the rows that are asked
for: a page costs no more than a bounded number of rows, however few of them answer.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

MOST_LOOKED_AT: Final = 10_000
"""Rows that one page looks at; each costs some microseconds."""

_FIRST_PIECE: Final = 200
_LARGEST_PIECE: Final = 5_000
_NO_LIMIT: Final = 2**63

NextPiece = Callable[[int | None, int], Sequence[int]]
Choose = Callable[[Sequence[int]], Collection[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The keys that were chosen, in order; ``after`` is where to go on, None at the end.

    ``is_cut`` tells that the walk ended because it had looked at enough, and not because the
    page was full: fewer than were asked for are then no sign that there are no more.
    """

    keys: tuple[int, ...]
    after: int | None
    is_cut: bool


@dataclass(frozen=True, slots=True)
class KeysInOrder:
    """Keys that are all known, the highest first."""

    keys: Sequence[int]

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return the next ``size`` below ``after``."""
        start = 0 if after is None else bisect_right(self.keys, -after, key=lambda key: -key)
        return self.keys[start : start + size]


def walk(
    next_piece: NextPiece,
    choose: Choose,
    *,
    after: int | None,
    limit: int,
    most_looked_at: int | None = MOST_LOOKED_AT,
) -> Walked:
    """Return the next ``limit`` keys that ``choose`` keeps.

    ``next_piece`` returns the keys behind one, in order, that many at most: fewer at the end.
    ``most_looked_at`` None goes on to the end.
    """
    kept: list[int] = []
    most = _NO_LIMIT if most_looked_at is None else most_looked_at
    size, n_looked = min(_FIRST_PIECE, most), 0
    while True:
        piece = next_piece(after, size)
        chosen = choose(piece) if piece else ()
        kept += [key for key in piece if key in chosen]
        if len(kept) > limit:
            return Walked(keys=tuple(kept[:limit]), after=kept[limit - 1], is_cut=False)
        if len(piece) < size:
            return Walked(keys=tuple(kept), after=None, is_cut=False)
        after, n_looked = piece[-1], n_looked + len(piece)
        if n_looked >= most:
            return Walked(keys=tuple(kept), after=after, is_cut=True)
        size = min(2 * size, _LARGEST_PIECE, most - n_looked)
