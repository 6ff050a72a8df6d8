"""Topics: their queries, how far they have come, and how they are screened."""

from datetime import datetime
from typing import Final

from pydantic import Field

from db.results import count_topic
from db.topics import get_topic, list_strategies, list_topics
from litsweep.domain.decisions import Stage
from litsweep.domain.strategies import SearchStrategy, Topic
from litsweep_app.web.agreement import COUNTS
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Name, Truth
from litsweep_app.web.visit import Visit


class StrategyAnswer(Answer):
    """A version of a topic's query, verbatim, with who wrote it and why."""

    version: int
    query: str
    query_sha256: str
    author: str
    reason: str
    created_at: datetime


class TopicAnswer(Answer):
    """A question under surveillance, with the version of its query that is searched now."""

    name: str
    created_at: datetime
    retired_at: datetime | None
    strategy: StrategyAnswer


class TopicList(Answer):
    """Topics in the order of their names."""

    items: list[TopicAnswer]


class StrategyList(Answer):
    """Every version of a topic's query, the first one first."""

    items: list[StrategyAnswer]


class ReviewerProgressAnswer(Answer):
    """How far one person has come at a stage."""

    reviewer: str
    n_included: int
    n_excluded: int
    n_unsure: int
    n_waiting: int


class StageProgressAnswer(Answer):
    """How far a topic has come at a stage; each record is counted in one place.

    `n_partly` wait for another person.
    """

    stage: Stage
    n_records: int
    n_included: int
    n_excluded: int
    n_conflicts: int
    n_partly: int
    n_unsure: int
    n_waiting: int
    reviewers: list[ReviewerProgressAnswer]


class ProgressAnswer(Answer):
    """What was found, read and decided for a topic."""

    topic: str
    n_records: int
    n_reports: int
    n_abstracts_read: int
    n_full_texts_read: int
    stages: list[StageProgressAnswer]


class AskedTopics(Asked):
    """Which topics."""

    include_retired: Truth = Field(False, description="Those too that are swept no more.")


def list_all_topics(visit: Visit, query: AskedTopics) -> TopicList:
    """All topics."""
    with visit.database.reading() as conn:
        found = list_topics(conn, include_retired=query.include_retired)
    return TopicList(items=[_build_topic(one) for one in found])


def get_one_topic(visit: Visit, topic: Name) -> TopicAnswer:
    """One topic."""
    with visit.database.reading() as conn:
        return _build_topic(get_topic(conn, topic))


def list_topic_strategies(visit: Visit, topic: Name) -> StrategyList:
    """Every version of a topic's query."""
    with visit.database.reading() as conn:
        found = list_strategies(conn, topic)
    return StrategyList(items=[_build_strategy(one) for one in found])


def get_topic_progress(visit: Visit, topic: Name) -> ProgressAnswer:
    """What was found, read and decided for a topic."""
    with visit.database.reading() as conn:
        counts = count_topic(conn, topic)
        stages = COUNTS.find(conn, topic, visit.me.name, is_exact=True).found.progress
    return ProgressAnswer(
        topic=topic,
        n_records=counts.n_records,
        n_reports=counts.n_reports,
        n_abstracts_read=counts.n_abstracts_read,
        n_full_texts_read=counts.n_full_texts_read,
        stages=[StageProgressAnswer.model_validate(one) for one in stages],
    )


def _build_topic(topic: Topic) -> TopicAnswer:
    return TopicAnswer.model_validate(topic)


def _build_strategy(strategy: SearchStrategy) -> StrategyAnswer:
    return StrategyAnswer.model_validate(strategy)


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/topics", handler=list_all_topics),
    Endpoint(method="GET", path="/topics/{topic}", handler=get_one_topic, errors=(404,)),
    Endpoint(
        method="GET",
        path="/topics/{topic}/strategies",
        handler=list_topic_strategies,
        errors=(404,),
    ),
    Endpoint(
        method="GET", path="/topics/{topic}/progress", handler=get_topic_progress, errors=(404,)
    ),
)
