"""Where a night has its documents read."""

from enum import StrEnum


class ReadingPlace(StrEnum):
    """Where the documents that a night found are read."""

    HERE = "here"
    """In the night's own run, after the sweeps."""
    POOL = "pool"
    """In one run of the setting ``reading_deployment``, which the night waits for."""
    EVENT = "event"
    """Wherever the event that ends the sweeps starts a reading; the night does not wait."""
    NOWHERE = "nowhere"
    """Not now: full texts are not sought either."""
