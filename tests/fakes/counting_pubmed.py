"""A PubMed that only counts: so many records for a query in all, so many in any window."""

from collections.abc import Mapping

from litsweep.domain.holds import QueryCount
from litsweep.domain.strategies import DateWindow
from litsweep.errors import QueryRefused


class CountingPubMed:
    """Knows ``(in all, in a window)`` of each query and refuses others; ``asked`` lists all."""

    def __init__(self, counts: Mapping[str, tuple[int, int]]) -> None:
        self._counts = counts
        self.asked: list[tuple[str, bool]] = []

    def count(self, query: str, window: DateWindow | None) -> QueryCount:
        """Return what is known of the query."""
        self.asked.append((query, window is not None))
        if query not in self._counts:
            raise QueryRefused(f"{query} is refused.")
        in_all, in_window = self._counts[query]
        return QueryCount(
            n_records=in_all if window is None else in_window, query_translation=f"({query})"
        )
