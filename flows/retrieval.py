"""Retrieval as a step of a flow: every full text that a topic's records still lack."""

from tasks import progress, retrieve
from tasks.policies import RETRIEVAL_BATCH, as_it_is


def retrieve_reports(topic: str | None) -> int:
    """Seek the full texts still to be had, of one topic or of all; return how many came."""
    sought = retrieve.list_reports_sought(topic)
    batches = progress.in_batches(sought, RETRIEVAL_BATCH, "full texts sought")
    return sum(retrieve.retrieve_batch(as_it_is(batch)) for batch in batches)
