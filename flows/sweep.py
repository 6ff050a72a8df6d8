"""One sweep of one topic: identification, then retrieval. Reading is a flow of its own."""

import logging
from typing import Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import pages, planning, retrieval, run_names
from flows.identification import explain_gap, identify_records
from flows.notifying import tell
from flows.parameters import (
    DryRun,
    FirstDayIfAny,
    LastDayIfAny,
    RetrieveReports,
    Shares,
    TopicName,
)
from flows.reporting import reported
from litsweep.domain.strategies import RunStatus, SearchRun
from tasks import checking, identify

_log: Final = logging.getLogger(__name__)


@flow(
    flow_run_name=run_names.name_sweep,
    on_completion=[tell],
    on_failure=[tell],
    on_crashed=[tell],
)
@reported(pages.show_sweep)
def sweep(
    topic: TopicName,
    since: FirstDayIfAny = None,
    until: LastDayIfAny = None,
    retrieve_reports: RetrieveReports = True,
    shares: Shares = 1,
    dry_run: DryRun = False,
) -> State[list[int]]:
    """Run a topic's searches that are due, store every record of them, and seek the full texts.

    Due are the days in which records entered PubMed or were changed, and once a month a search
    without days. Completes with the numbers of the search runs when each one's counts add up;
    fails with the reasons when they do not. What was stored stays either way, and an open
    window is searched again.

    Args:
        topic: Name of the topic, as the command litsweep topic list shows it.
        since: First day on which records entered PubMed; None: all searches that are due.
        until: Last such day; None: today.
        retrieve_reports: Whether to seek the full texts as well.
        shares: Among how many workers of the pool the records of a large search are divided; 1 is
            as fast as NCBI allows.
        dry_run: Only say which searches are due and what PubMed counts; store nothing.
    """
    checking.check_topics([topic])
    checking.check_days(since, until)
    if dry_run:
        return planning.plan_night([topic], since, until, reading_of=[])
    searches = identify.list_due(topic, since, until)
    days = ", ".join(str(due.window or "without days") for due in searches)
    _log.info("%d searches of %s are due: %s.", len(searches), topic, days)
    run_names.rename(topic, [due.window for due in searches if due.window])
    # The first error ends the sweep: the searches behind it stay due, and an outage is not
    # waited for three times.
    runs = [identify_records(identify.open_run(topic, due), shares) for due in searches]
    if retrieve_reports:
        retrieval.retrieve_reports(topic)
    gaps = [explain_gap(run) for run in runs if run.status is not RunStatus.COMPLETE]
    if gaps:
        return Failed(message="\n".join(gaps))
    n_new, n_changed = (sum(counts) for counts in zip(*map(_counts, runs), strict=True))
    return Completed(
        message=f"{n_new} new, {n_changed} changed", data=[run.search_run_id for run in runs]
    )


def _counts(run: SearchRun) -> tuple[int, int]:
    return run.n_new, run.n_changed
