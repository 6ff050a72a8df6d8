"""Receipts of searches in words, so that each can be seen to add up or not."""

from collections.abc import Iterator

from litsweep.domain.strategies import SearchRoute, SearchRun


def receipt_lines(run: SearchRun, *, with_error: bool = True) -> Iterator[str]:
    """Yield a receipt line by line; without ``with_error``, not what stopped the run."""
    yield f"{run.topic}, {searched(run)}: {run.status.value}"
    if run.n_reported is None:
        yield "  the search gave no result"
    else:
        yield f"  {_sum(run)}"
        yield f"  {run.n_new} new, {run.n_changed} changed, {run.n_failed} unreadable"
    if run.n_beside:
        n_came = run.n_beside - run.n_beside_absent
        yield f"  {run.n_beside} asked for beside: {n_came} came, {run.n_beside_absent} absent"
    for warning in run.warnings:
        yield f"  ! {warning}"
    if run.error and with_error:
        yield f"  ! {run.error}"


def searched(run: SearchRun) -> str:
    """Return the days that were searched, as people write them."""
    if run.window is None:
        return "without dates"
    return f"{'backfill ' if run.route is SearchRoute.BACKFILL else ''}{run.window}"


def _sum(run: SearchRun) -> str:
    slices = f"{run.n_in_slices} in {len(run.slices)} slices"
    seen = f"{run.n_known} seen before"
    if not run.adds_up:
        return (
            f"PubMed counted {run.n_reported}, {slices}; {run.n_ids} ids came, {run.n_fetched} "
            f"were fetched, {seen}, {run.n_absent} are absent"
        )
    parts = [f"PubMed counted {run.n_reported}"]
    parts += [slices] if len(run.slices) > 1 else []
    parts.append(f"{run.n_ids} ids")
    accounted = f"{run.n_fetched} fetched + {run.n_absent} absent"
    parts.append(f"{accounted} + {seen}" if run.n_known else accounted)
    return " = ".join(parts)
