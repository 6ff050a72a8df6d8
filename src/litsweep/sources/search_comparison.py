"""A search beside the last complete one of the same strategy and route: what is suspicious.

A change of PubMed's translation changes results without any change of the query, and a query
that stopped working shows in its count. Sentences for people come out; nothing is refused here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import sqrt
from typing import Final

from litsweep.domain.strategies import DateWindow, SearchResult, SearchRoute, SearchRun

# ncbi.md 1.9: "drop > 20 % or jump".
_FALL: Final = 0.8
_JUMP: Final = 1.5

# One in a thousand by chance, one-sided. Ten records, then none, is just that much.
_CHANCE: Final = 3.09

# Days differ: PubMed adds a fraction on Saturdays and Sundays. Weeks can be compared.
_FEWEST_DAYS: Final = 7

_TRANSLATED: Final = re.compile(r'(?:"[^"]*"|[^\s()"\[]+)(?:\[[^\]]*\])?')
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})


def compare_with_last(
    found: SearchResult, route: SearchRoute, window: DateWindow | None, last: SearchRun
) -> tuple[str, ...]:
    """Return sentences on what differs from ``last``: the translation, or the count.

    ``last`` is a complete run of the same version of the query, by the same ``route``.
    """
    return (
        *_compare_translations(found, window, last),
        *_compare_counts(found.n_reported, route, window, last),
    )


def _compare_translations(
    found: SearchResult, window: DateWindow | None, last: SearchRun
) -> Iterator[str]:
    before, now = dict(last.translations), dict(found.translations)
    for written in dict.fromkeys([*before, *now]):
        old, new = before.get(written), now.get(written)
        if old != new:
            yield (
                f"PubMed understands “{written}” otherwise than in run {last.search_run_id}: "
                f"{_differences(old or '', new or '')}."
            )
    if before == now:
        old = _without_days(last.query_translation or "", last.window)
        new = _without_days(found.query_translation, window)
        if old != new:
            yield (
                "PubMed searches for something else than in "
                f"run {last.search_run_id}: {_differences(old, new)}."
            )


def _without_days(translation: str, window: DateWindow | None) -> str:
    if window is None:
        return translation
    for day in (window.first_day, window.last_day):
        translation = translation.replace(f"{day:%Y/%m/%d}", "…")
    return translation


def _differences(old: str, new: str) -> str:
    """Return what left a translation and what came, word by word."""
    before, now = (Counter(_TRANSLATED.findall(text)) for text in (old, new))
    parts = []
    for verb, words in (("left out", before - now), ("added", now - before)):
        named = [word for word in words if word not in _OPERATORS]
        parts += [f"{verb} {', '.join(named)}"] if named else []
    return "; ".join(parts) or f"“{old}” became “{new}”"


def _compare_counts(
    n_now: int, route: SearchRoute, window: DateWindow | None, last: SearchRun
) -> Iterator[str]:
    days = _comparable_days(window, last.window)
    if last.n_reported is None or days is None or route is SearchRoute.BACKFILL:
        return
    expected = last.n_reported * days[0] / days[1]
    if not _is_beyond_chance(n_now, last.n_reported, days[0] / sum(days)):
        return
    before = f"run {last.search_run_id} counted {last.n_reported:,} ({_describe(last.window)})"
    if n_now == 0:
        yield f"Nothing is found any more: {before}. Look whether the query still works."
    # What NLM revises comes in waves, the year's largest in December (ncbi.md 1.7).
    elif route is SearchRoute.MODIFIED:
        return
    elif n_now < _FALL * expected:
        yield f"The count fell: {n_now:,} ({_describe(window)}), and {before}."
    elif n_now > _JUMP * expected:
        yield f"The count jumped: {n_now:,} ({_describe(window)}), and {before}."


def _comparable_days(now: DateWindow | None, before: DateWindow | None) -> tuple[int, int] | None:
    """Return the numbers of days of two windows that can be compared; None where they cannot.

    They must share half of the shorter one's days: years of history differ from last week.
    """
    if now is None or before is None:
        return (1, 1) if now is before else None
    lengths = [(one.last_day - one.first_day).days + 1 for one in (now, before)]
    shared = min(now.last_day, before.last_day) - max(now.first_day, before.first_day)
    if min(lengths) < _FEWEST_DAYS or 2 * (shared.days + 1) < min(lengths):
        return None
    return lengths[0], lengths[1]


def _is_beyond_chance(n_now: int, n_before: int, share: float) -> bool:
    """Return whether two counts of Poisson processes differ by more than chance.

    Of all records of both windows, each falls into the present one with the probability
    ``share`` if the rate is the same: a binomial count, compared by its standard deviation.
    """
    n_both = n_now + n_before
    deviation = sqrt(n_both * share * (1 - share))
    return abs(n_now - n_both * share) > _CHANCE * deviation


def _describe(window: DateWindow | None) -> str:
    return "without dates" if window is None else str(window)
