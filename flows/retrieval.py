"""Retrieval as a step of a flow: every full text that a topic's records still lack."""

from tasks import progress, retrieve
from tasks.policies import RETRIEVAL_BATCH, batched


def retrieve_reports(topic: str | None) -> int:
    """Seek the full texts still to be had, of one topic or of all; return how many came."""
    sought = retrieve.list_reports_sought(topic)
    n_retrieved = 0
    for batch in batched(sought, RETRIEVAL_BATCH):
        n_retrieved += retrieve.retrieve_batch(batch)
        progress.advance("full texts sought", len(batch), len(sought))
    return n_retrieved
