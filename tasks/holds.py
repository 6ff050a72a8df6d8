"""The gate before a search: a changed query that finds far more waits for a person.

No Prefect task: a night would pay for one a search, and nearly all of them ask nothing.
"""

from datetime import UTC, datetime

from db import holds
from db.holds import Comparison
from litsweep.domain.holds import HELD, QueryHold
from litsweep.errors import QueryHeld
from litsweep.settings import Settings
from litsweep.sources.broadening import Bounds, find_broadening
from tasks.pace import open_eutils
from tasks.policies import results


def check(search_run_id: int) -> None:
    """Let an open run search, or refuse it because its query is held.

    Raises:
        QueryHeld: a person has to decide first, or has refused the query; nothing was fetched.
        SourceError: PubMed could not be asked, or refused the query.
    """
    with results() as (settings, database):
        with database.reading() as conn:
            comparison = holds.find_comparison(conn, search_run_id)
        if comparison is None:
            return
        _refuse_held(comparison.hold, settings)
        hold = _compare(comparison, settings)
    if hold is not None:
        raise QueryHeld(explain(hold))


def explain(hold: QueryHold) -> str:
    """Say why nothing is fetched for a held query, and the way out."""
    start = f"{HELD}version {hold.version} of the query of {hold.topic}"
    if hold.is_approved is False:
        return (
            f"{start} was refused by {hold.decided_by} on {hold.decided_at:%Y-%m-%d}. "
            f"Give the topic another query: `litsweep topic change {hold.topic!r}`."
        )
    return (
        f"{start} waits for a person, since {hold.reason}. Nothing is fetched before "
        f"`litsweep topic approve {hold.topic!r}` or `litsweep topic refuse {hold.topic!r}` "
        f"(hold {hold.query_hold_id}); other topics go on."
    )


def _refuse_held(hold: QueryHold | None, settings: Settings) -> None:
    if hold is None or hold.is_approved:
        return
    # What a person refused stays refused; without a gate, nobody is waited for.
    if hold.is_approved is False or settings.hold_factor:
        raise QueryHeld(explain(hold))


def _compare(comparison: Comparison, settings: Settings) -> QueryHold | None:
    if comparison.former_query is None or not settings.hold_factor:
        return None
    with results() as (_, database):
        with open_eutils(settings, database) as eutils:
            found = find_broadening(
                eutils,
                comparison.run.query,
                comparison.former_query,
                comparison.run.window,
                Bounds(factor=settings.hold_factor, n_records=settings.hold_records),
                n_approved=comparison.hold.n_now if comparison.hold else None,
            )
        if found is None:
            return None
        with database.writing() as conn:
            return holds.open_hold(
                conn, comparison, found.counts, reason=found.reason, now=datetime.now(UTC)
            )
