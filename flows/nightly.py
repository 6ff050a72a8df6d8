"""The night: sweep every topic, whatever happens to one of them, then read what is new."""

from datetime import date
from typing import Any

from prefect import flow, runtime, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import reading_elsewhere
from flows.notifying import tell
from flows.outcomes import explain
from flows.read_documents import read_documents
from flows.reading_place import ReadingPlace
from flows.sweep import sweep
from tasks import report
from tasks.policies import SIDE_EFFECTS


def _run_name() -> str:
    topics = runtime.flow_run.parameters.get("topics")
    return f"nightly-{'-'.join(topics) if topics else 'all-topics'}"


@flow(flow_run_name=_run_name, on_completion=[tell], on_failure=[tell], on_crashed=[tell])
def nightly(
    topics: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    reading: ReadingPlace = ReadingPlace.HERE,
    summary_model: str | None = None,
    analysis_model: str | None = None,
) -> State[int]:
    """Sweep the topics one after the other, then read all that is unread.

    Completes with the number of topics when each sweep's counts add up and everything was read;
    else fails, saying what did not, after all the rest has been done.

    Args:
        topics: Names of the topics; empty: all that are not retired.
        since: First day; empty: the window that is due.
        until: Last day; empty: today.
        reading: Where documents are read: here, in one run on the other pool, by whoever hears
            that the sweeps have ended, or nowhere; nowhere also seeks no full texts.
        summary_model: Reads abstracts in this run; empty: what the topic or the settings say.
        analysis_model: Reads full texts in this run; empty: what the topic or the settings say.
    """
    names = topics or report.list_topics()
    seeks_reports = reading is not ReadingPlace.NOWHERE
    states: list[State[Any]] = [
        _sweep(name, since, until, seeks_reports, return_state=True) for name in names
    ]
    models = {"summary_model": summary_model, "analysis_model": analysis_model}
    told = [f"{len(names)} topics swept"]
    if reading is ReadingPlace.HERE:
        scopes: list[str | None] = [*topics] if topics else [None]
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
