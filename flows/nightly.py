"""The night: sweep every topic, whatever happens to one of them, then read what is new."""

from datetime import date
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.read_documents import read_documents
from flows.sweep import sweep
from tasks import report

Topics = Annotated[
    list[str] | None, Field(description="Names of the topics; empty: all that are not retired.")
]
Since = Annotated[date | None, Field(description="First day; empty: the window that is due.")]
Until = Annotated[date | None, Field(description="Last day; empty: today.")]
Read = Annotated[bool, Field(description="Whether to seek and read the full texts and abstracts.")]


@flow
def nightly(
    topics: Topics = None, since: Since = None, until: Until = None, read: Read = True
) -> State[int]:
    """Sweep the topics one after the other, then read all that is unread.

    Completes with the number of topics when each sweep's counts add up and everything was read;
    else fails, saying what did not, after all the rest has been done.
    """
    names = topics or report.list_topics()
    states = [sweep(name, since, until, read, return_state=True) for name in names]
    if read:
        scopes: list[str | None] = [*topics] if topics else [None]
        states += [read_documents(name, return_state=True) for name in scopes]
    failures = [str(state.message) for state in states if not state.is_completed()]
    if failures:
        return Failed(message="\n".join(failures))
    return Completed(message=f"{len(names)} topics swept", data=len(names))
