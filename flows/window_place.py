"""Where the windows of a backfill are searched."""

from enum import StrEnum


class WindowPlace(StrEnum):
    """Who searches the windows of a topic's history."""

    HERE = "here"
    """Threads of the backfill's own process; workers of Dask, where ``dask_scheduler`` is set."""
    POOL = "pool"
    """The workers of the pool of ``backfill-window``, one run a window, on any machines."""
