"""Reporting: what the database says about the work, for flows and people."""

from db import topics
from tasks.policies import results
from tasks.retrying import tried_again


@tried_again
def list_topics() -> list[str]:
    """Return the names of the topics that are not retired, in alphabetical order."""
    with results() as (_, database), database.reading() as conn:
        return [topic.name for topic in topics.list_topics(conn)]
