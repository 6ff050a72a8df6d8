"""Reading: drain what is stored and not read yet, abstracts first, then full texts."""

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import retrieval
from litsweep.domain.documents import DocumentKind
from tasks import progress, read


def _run_name() -> str:
    return f"read-{runtime.flow_run.parameters.get('topic') or 'all-topics'}"


@flow(flow_run_name=_run_name)
def read_documents(topic: str | None = None, retrieve_reports: bool = False) -> State[int]:
    """Summarise the unread abstracts and analyse the unread full texts, checked and stored.

    Completes with the number of documents read. Fails when some could not be read; their
    reasons are stored, and the next run tries them again.

    Args:
        topic: Name of the topic; empty: all topics.
        retrieve_reports: Whether to seek missing full texts first.
    """
    if retrieve_reports:
        retrieval.retrieve_reports(topic)
    n_read = n_failed = 0
    for kind in (DocumentKind.ABSTRACT, DocumentKind.FULL_TEXT):
        unread = read.list_unread(kind, topic)
        counted = f"{kind.replace('_', ' ')}s read"
        for batch in progress.in_batches(unread, read.batch_size(kind), counted):
            n_failed += read.read_batch(kind, batch)
        n_read += len(unread)
    if n_failed:
        return Failed(
            message=f"{n_failed} of {n_read} documents could not be read whole; "
            "`litsweep show PMID` gives each one's reason, and the next run tries them again."
        )
    return Completed(message=f"{n_read} documents read", data=n_read)
