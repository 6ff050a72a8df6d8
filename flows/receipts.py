"""Receipts of search runs as Markdown: what PubMed counted, what became of it, whether it adds up.

Pure: from a run to text.
"""

from collections.abc import Sequence
from typing import Final

from flows.markdown import escape, listed, table
from flows.places import Places
from litsweep.domain.strategies import RunStatus, SearchRoute, SearchRun

_MOST_WARNINGS: Final = 20
_COLUMNS: Final = (
    *("Search", "PubMed counted", "Ids", "Fetched", "Seen before"),
    *("Absent", "Unreadable", "New", "Changed", "Adds up"),
)
_SEARCHES: Final = {
    SearchRoute.CREATED: "entered PubMed",
    SearchRoute.MODIFIED: "changed in PubMed",
    SearchRoute.UNDATED: "all days",
    SearchRoute.BACKFILL: "history",
}


def build_receipts(runs: Sequence[SearchRun]) -> str:
    """Return the receipts as a table, a run a row."""
    return table(_COLUMNS, [_row(run) for run in runs])


def list_problems(runs: Sequence[SearchRun], places: Places) -> list[str]:
    """Return what is wrong with runs, a line each, with the way out."""
    found = []
    for run in runs:
        if run.error:
            found.append(f"{name_search(run)}: {escape(run.error, 2000)}")
        elif run.status is not RunStatus.COMPLETE:
            receipt = places.run(run.search_run_id, run.topic)
            found.append(
                f"{name_search(run)}: the counts do not add up ({receipt}). The next sweep "
                "searches this window again; nothing that came is lost."
            )
    return found


def list_warnings(runs: Sequence[SearchRun]) -> list[str]:
    """Return what PubMed or the comparison with the last run remarked, a line each."""
    lines = [f"{name_search(run)}: {escape(one, 2000)}" for run in runs for one in run.warnings]
    return listed(lines, _MOST_WARNINGS, "`litsweep runs`")


def name_search(run: SearchRun) -> str:
    """Return what a run searched for, in words."""
    named = _SEARCHES.get(run.route, run.route.value)
    if run.window is None:
        return named
    return f"{named} {run.window.first_day} to {run.window.last_day}"


def _row(run: SearchRun) -> list[str | int | None]:
    named = name_search(run)
    if run.n_reported is None:
        return [named, *[None] * (len(_COLUMNS) - 2), "**no: the search failed**"]
    return [
        *(named, run.n_reported, run.n_ids, run.n_fetched, run.n_known),
        *(run.n_absent, run.n_failed, run.n_new, run.n_changed, _verdict(run)),
    ]


def _verdict(run: SearchRun) -> str:
    if run.status is RunStatus.COMPLETE:
        return "yes"
    return f"**no: {run.status.value}**"
