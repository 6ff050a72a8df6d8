"""Held queries: a changed query that finds far more than before, and a person's decision on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from litsweep.domain.strategies import DateWindow

HELD: Final = "Held: "
"""How the reason of every run begins that was closed because its query is held."""

# Longer addresses are cut by mail programs and refused by servers.
_LONGEST_LINK: Final = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCount:
    """How many records PubMed counts for a query, and what it made of the query."""

    n_records: int
    query_translation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountComparison:
    """What a changed query finds beside the version before, in all and in a run's window.

    ``before`` is None where PubMed refuses the former query by now; the counts of the window are
    None where they were not asked for.
    """

    now: QueryCount
    before: QueryCount | None
    n_now_in_window: int | None = None
    n_before_in_window: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryHold:
    """One version of a query that is held, or was; ``decided_at`` is None while it waits.

    The counts are of all records that either version finds, and of those in the ``window`` of the
    run that was closed. ``is_current`` tells that the topic is still searched with this version.
    """

    query_hold_id: int
    topic: str
    version: int
    query: str
    compared_version: int
    compared_query: str
    search_run_id: int
    window: DateWindow | None
    n_now: int
    n_before: int | None
    n_now_in_window: int | None
    n_before_in_window: int | None
    translation_now: str
    translation_before: str | None
    reason: str
    opened_at: datetime
    review_flow_run_id: str | None
    decided_at: datetime | None
    decided_by: str | None
    is_approved: bool | None
    note: str | None
    is_current: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for a person: a query that was changed again waits no more."""
        return self.decided_at is None and self.is_current

    @property
    def difference_url(self) -> str | None:
        """The address at which PubMed shows what the query finds and the former one did not."""
        term = quote(f"({self.query}) NOT ({self.compared_query})", safe="")
        url = f"https://pubmed.ncbi.nlm.nih.gov/?term={term}"
        return url if len(url) <= _LONGEST_LINK else None
