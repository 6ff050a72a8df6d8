"""The night: sweep every topic, whatever happens to one of them, then read what is new."""

import logging
from datetime import date
from typing import Any, Final

from prefect import flow, runtime, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import pages, planning, reading_elsewhere, run_names
from flows.notifying import tell
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
from tasks.policies import SIDE_EFFECTS, overriding

_log: Final = logging.getLogger(__name__)


@flow(
    flow_run_name=run_names.name_nightly,
    on_completion=[tell],
    on_failure=[tell],
    on_crashed=[tell],
)
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
        _sweep(name, since, until, seeks_reports, return_state=True) for name in names
    ]
    models = {"summary_model": summary_model, "analysis_model": analysis_model}
    told = [f"{len(names)} topics swept"]
    if is_here:
        states += [_read(name, **models, return_state=True) for name in scopes]
    elif reading is ReadingPlace.POOL:
        states.append(reading_elsewhere.read_on_pool(topics, **models))
        told.append(str(states[-1].message))
    failures = [explain(state) for state in states if not state.is_completed()]
    if reading is ReadingPlace.EVENT:
        reading_elsewhere.announce_swept(names, len(failures), **models)
    if failures:
        return Failed(message="\n".join(failures))
    return Completed(message="; ".join(told), data=len(names))


# Each is a task run of the night, and no flow run inside it: a sync flow run with heartbeats is
# held open for up to a second after its work, and costs the server's database twice as much.


@task(cache_policy=SIDE_EFFECTS, task_run_name="sweep-{topic}")
def _sweep(
    topic: str, since: date | None, until: date | None, retrieve_reports: bool
) -> State[list[int]]:
    return sweep.fn(topic, since, until, retrieve_reports)


def _reading_name() -> str:
    return f"read-{runtime.task_run.parameters.get('topic') or 'all-topics'}"


@task(cache_policy=SIDE_EFFECTS, task_run_name=_reading_name)
def _read(topic: str | None, summary_model: str | None, analysis_model: str | None) -> State[int]:
    state = read_documents.fn(topic, summary_model=summary_model, analysis_model=analysis_model)
    # A task cannot be handed to another worker, as a run can whose worker is told to end.
    return state if state.is_final() else Failed(message=state.message)
