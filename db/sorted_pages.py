"""Pages of what is few enough to be put in any order at each look; keys are numbers of rows.

What is too long for that is walked in the order of an index, which is ``db.walking``'s.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from db.walking import Walked

MOST_SORTED: Final = 20_000
"""Rows up to which a list is counted and can be put in any order."""


def turn_page(
    values: Mapping[int, Any],
    listed: Collection[int],
    after: int | None,
    limit: int,
    *,
    is_falling: bool,
) -> Walked:
    """Return the page of the rows ``listed`` behind the row ``after``, ordered by their values.

    ``is_falling`` puts the largest first. Empty values are last either way; of equal ones the
    lower number is first, or the higher where it falls. A row that is on the list no more is
    still a place to go on from, if ``values`` has it.
    """
    empty = sorted((number for number in values if values[number] is None), reverse=is_falling)
    filled = sorted(
        ((_fold(value), number) for number, value in values.items() if value is not None),
        reverse=is_falling,
    )
    placed = [*(number for _, number in filled), *empty]
    start = 0 if after is None or after not in values else placed.index(after) + 1
    wanted = set(listed)
    following = [number for number in placed[start:] if number in wanted]
    page, has_more = tuple(following[:limit]), len(following) > limit
    return Walked(keys=page, after=page[-1] if has_more else None, is_cut=False)


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
