"""The night: sweep every topic, whatever happens to one of them, then read what is new."""

from datetime import date
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.outcomes import explain
from flows.read_documents import read_documents
from flows.sweep import sweep
from tasks import report


def _run_name() -> str:
    topics = runtime.flow_run.parameters.get("topics")
    return f"nightly-{'-'.join(topics) if topics else 'all-topics'}"


@flow(flow_run_name=_run_name)
def nightly(
    topics: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    read: bool = True,
) -> State[int]:
    """Sweep the topics one after the other, then read all that is unread.

    Completes with the number of topics when each sweep's counts add up and everything was read;
    else fails, saying what did not, after all the rest has been done.

    Args:
        topics: Names of the topics; empty: all that are not retired.
        since: First day; empty: the window that is due.
        until: Last day; empty: today.
        read: Whether to seek the full texts, and to read them and the abstracts.
    """
    names = topics or report.list_topics()
    states: list[State[Any]] = [
        sweep(name, since, until, read, return_state=True) for name in names
    ]
    if read:
        scopes: list[str | None] = [*topics] if topics else [None]
        states += [read_documents(name, return_state=True) for name in scopes]
    failures = [explain(state) for state in states if not state.is_completed()]
    if failures:
        return Failed(message="\n".join(failures))
    return Completed(message=f"{len(names)} topics swept", data=len(names))
