"""The keys of the things that messages tell: each is told once, whatever message it is in."""

from typing import Final

from litsweep.domain.digests import Gap

RUN: Final = "run:"
"""How the keys of runs begin that a digest tells."""


def run_key(search_run_id: int) -> str:
    """Return the key of a run in a digest."""
    return f"{RUN}{search_run_id}"


def failure_key(search_run_id: int) -> str:
    """Return the key of a run that failed."""
    return f"failure:run {search_run_id}"


def problem_key(flow_run_id: str) -> str:
    """Return the key of what went wrong in a flow run beside its searches."""
    return f"failure:flow {flow_run_id}"


def gap_key(search_run_id: int) -> str:
    """Return the key of a run whose counts do not add up."""
    return f"gap:run {search_run_id}"


def absent_key(gap: Gap) -> str:
    """Return the key of a record that PubMed does not deliver, for one topic."""
    return f"absent:{gap.pmid} {gap.topic}"


def unreadable_key(gap: Gap) -> str:
    """Return the key of a record that cannot be read, for one topic."""
    return f"unreadable:{gap.pmid} {gap.topic}"


def alert_key(alert_id: int) -> str:
    """Return the key of an alert."""
    return f"alert:{alert_id}"


def hold_key(query_hold_id: int) -> str:
    """Return the key of a held query."""
    return f"hold:{query_hold_id}"
