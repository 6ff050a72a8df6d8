"""Reading: drain what is stored and not read yet, abstracts first, then full texts."""

from typing import Annotated

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows import retrieval
from litsweep.domain.documents import DocumentKind
from tasks import progress, read
from tasks.policies import READING_BATCH, batched

TopicName = Annotated[str | None, Field(description="Name of the topic; empty: all topics.")]
Retrieve = Annotated[bool, Field(description="Whether to seek missing full texts first.")]


def _run_name() -> str:
    return f"read-{runtime.flow_run.parameters.get('topic') or 'all-topics'}"


@flow(flow_run_name=_run_name)
def read_documents(topic: TopicName = None, retrieve_reports: Retrieve = False) -> State[int]:
    """Summarise the unread abstracts and analyse the unread full texts, checked and stored.

    Completes with the number of documents read. Fails when some could not be read; their
    reasons are stored, and the next run tries them again.
    """
    if retrieve_reports:
        retrieval.retrieve_reports(topic)
    n_read = n_failed = 0
    for kind in (DocumentKind.ABSTRACT, DocumentKind.FULL_TEXT):
        unread = read.list_unread(kind, topic)
        for batch in batched(unread, READING_BATCH):
            n_failed += read.read_batch(kind, batch)
            progress.advance(f"{kind.replace('_', ' ')}s read", len(batch), len(unread))
        n_read += len(unread)
    if n_failed:
        return Failed(
            message=f"{n_failed} of {n_read} documents could not be read whole; "
            "`litsweep show PMID` gives each one's reason, and the next run tries them again."
        )
    return Completed(message=f"{n_read} documents read", data=n_read)
