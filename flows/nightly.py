"""The night: sweep every topic, whatever happens to one of them, then read what is new."""

import logging
from typing import Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import pages, planning, run_names
from flows.outcomes import explain
from flows.parameters import (
    AnalysisModel,
    DryRun,
    FirstDayIfAny,
    LastDayIfAny,
    Reading,
    SummaryModel,
    Topics,
)
from flows.read_documents import read_documents
from flows.reading_place import ReadingPlace
from flows.reporting import reported
from flows.sweep import sweep
from tasks import checking, report
from tasks.policies import overriding

_log: Final = logging.getLogger(__name__)


@flow(flow_run_name=run_names.name_nightly)
@reported(pages.show_night)
def nightly(
    topics: Topics = None,
    since: FirstDayIfAny = None,
    until: LastDayIfAny = None,
    reading: Reading = ReadingPlace.HERE,
    summary_model: SummaryModel = None,
    analysis_model: AnalysisModel = None,
    dry_run: DryRun = False,
) -> State[int]:
    """Sweep the topics one after the other, then read all that is unread.

    Completes with the number of topics when each sweep's counts add up and everything was read;
    else fails, saying what did not, after all the rest has been done.

    Args:
        topics: Names of the topics, as the command litsweep topic list shows them; None: all
            that are not retired.
        since: First day on which records entered PubMed; None: the window that is due.
        until: Last such day; None: today.
        reading: Where what is new is read. Here: in this run. Pool: in one run on the pool with
            GPUs, which this one waits for. Event: by a run that starts when the sweeps have
            ended. Nowhere: not now, and no full texts are sought either.
        summary_model: Reads abstracts in this run: a model's name, auto or none; None: what the
            topic or the settings say.
        analysis_model: Reads full texts in this run: a model's name, auto or none; None: what
            the topic or the settings say.
        dry_run: Only say which searches are due, what PubMed counts and what waits to be read;
            store nothing.
    """
    checking.check_topics(topics or [])
    checking.check_days(since, until)
    is_here = reading is ReadingPlace.HERE
    checking.check_models(summary_model, analysis_model, reads_here=is_here)
    scopes: list[str | None] = [*topics] if topics else [None]
    names = topics or report.list_topics()
    if dry_run:
        with overriding(summary_model=summary_model, analysis_model=analysis_model):
            return planning.plan_night(names, since, until, reading_of=scopes if is_here else [])
    _log.info("The night sweeps %d topics: %s.", len(names), ", ".join(names))
    seeks_reports = reading is not ReadingPlace.NOWHERE
    states: list[State[Any]] = [
        sweep(name, since, until, seeks_reports, return_state=True) for name in names
    ]
    if is_here:
        models = {"summary_model": summary_model, "analysis_model": analysis_model}
        states += [read_documents(name, **models, return_state=True) for name in scopes]
    failures = [explain(state) for state in states if not state.is_completed()]
    if failures:
        return Failed(message="\n".join(failures))
    return Completed(message=f"{len(names)} topics swept", data=len(names))
