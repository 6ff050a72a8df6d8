"""Whether a changed query finds so much more than the version before that a person should look.

PubMed is asked for both versions, over the same days: what was counted on another day over
another window tells less. Counts only; nothing is fetched and nothing is written here.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from litsweep.domain.holds import CountComparison, QueryCount
from litsweep.domain.strategies import DateWindow
from litsweep.errors import QueryRefused


class Counting(Protocol):
    """Whoever counts what a query finds: `litsweep.sources.eutils.EutilsClient`."""

    def count(self, query: str, window: DateWindow | None) -> QueryCount:
        """Return the count of ``query``, in ``window`` or in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much more is too much: so many times as much, and more than so many records."""

    factor: float
    n_records: int

    def is_exceeded(self, n_now: int, n_before: int) -> bool:
        """Tell whether ``n_now`` is too much beside ``n_before``."""
        return n_now > self.n_records and n_now > self.factor * n_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadening:
    """A query that is to be held: the counts, and the reason as a sentence."""

    counts: CountComparison
    reason: str


def find_broadening(
    pubmed: Counting,
    query: str,
    former: str,
    window: DateWindow | None,
    bounds: Bounds,
    *,
    n_approved: int | None,
) -> Broadening | None:
    """Ask PubMed for the counts of both queries; return why to hold ``query``, or None.

    ``n_approved`` is the count that a person approved of: up to ``bounds.factor`` times that, the
    query is not held again. One request where it finds little, at most four else.

    Raises:
        QueryRefused, SourceError: PubMed did not say how much ``query`` finds.
    """
    now = pubmed.count(query, None)
    if now.n_records <= bounds.n_records:
        return None
    if n_approved is not None and not bounds.is_exceeded(now.n_records, n_approved):
        return None
    counts = CountComparison(now=now, before=_count_former(pubmed, former))
    in_all = bounds.is_exceeded(now.n_records, _number(counts.before))
    if window is not None:
        counts = _count_window(pubmed, query, former, window, counts, bounds, ask_both=in_all)
    if n_approved is not None:
        return Broadening(counts=counts, reason=_explain_approved(now.n_records, n_approved))
    in_window = bounds.is_exceeded(counts.n_now_in_window or 0, counts.n_before_in_window or 0)
    if not (in_all or in_window):
        return None
    return Broadening(counts=counts, reason=_explain(counts, None if in_all else window))


def _count_former(pubmed: Counting, former: str) -> QueryCount | None:
    try:
        return pubmed.count(former, None)
    except QueryRefused:
        return None


def _count_window(
    pubmed: Counting,
    query: str,
    former: str,
    window: DateWindow,
    counts: CountComparison,
    bounds: Bounds,
    *,
    ask_both: bool,
) -> CountComparison:
    n_now = pubmed.count(query, window).n_records
    counts = replace(counts, n_now_in_window=n_now)
    if counts.before is None or not (ask_both or n_now > bounds.n_records):
        return counts
    return replace(counts, n_before_in_window=pubmed.count(former, window).n_records)


def _number(count: QueryCount | None) -> int:
    return count.n_records if count else 0


def _explain(counts: CountComparison, window: DateWindow | None) -> str:
    if counts.before is None:
        return (
            f"it finds {counts.now.n_records:,} records, and PubMed refuses the former query by "
            "now, so that they cannot be compared"
        )
    n_now, n_before, where = counts.now.n_records, counts.before.n_records, "in all"
    if window is not None:
        n_now, n_before = counts.n_now_in_window or 0, counts.n_before_in_window or 0
        where = f"in {window}"
    return (
        f"it finds {n_now:,} records {where}, and the former query {n_before:,}"
        f"{_times(n_now, n_before)}"
    )


def _explain_approved(n_now: int, n_approved: int) -> str:
    return (
        f"it finds {n_now:,} records by now, and {n_approved:,} were approved of"
        f"{_times(n_now, n_approved)}"
    )


def _times(n_now: int, n_before: int) -> str:
    return f": {n_now / n_before:.3g} times as many" if n_before else ""
