"""What waits for me: the queue of a topic at a stage, and which record I have before my eyes."""

from typing import Final

from pydantic import Field

from db.screening_queue import claim, count_waiting, list_queue, take_next
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Limit, Name, Number
from litsweep_app.web.visit import Visit


class QueuedAnswer(Answer):
    """A record that waits; `place` is what the queue goes on `after`.

    `is_unsure`: I have left it open before.
    """

    record_id: int
    place: str
    is_unsure: bool


class QueuePage(Answer):
    """What waits, the next one first; `n_waiting` in all, at least where not `is_exact`."""

    items: list[QueuedAnswer]
    next: str | None
    n_waiting: int
    is_exact: bool


class QueueAsked(Asked):
    """Where to go on."""

    after: str | None = Field(
        None, max_length=200, pattern=r"^[^\x00]*$", description="The `next` of the page before."
    )
    limit: Limit = 1


class NextAsked(Asked):
    """Where to go on: `after` the `place` of a record, null for where I was."""

    after: str | None = Field(None, max_length=200, pattern=r"^[^\x00]*$")


class NextAnswer(Answer):
    """What I have before my eyes now; `record` is null where nothing waits."""

    record: QueuedAnswer | None


class ClaimAsked(Asked):
    """Which record I have before my eyes."""

    record_id: Number
    stage: Stage


class ClaimAnswer(Answer):
    """For the next minutes others are shown other records."""

    topic: str
    stage: Stage
    record_id: int


def list_my_queue(visit: Visit, topic: Name, stage: Stage, query: QueueAsked) -> QueuePage:
    """What waits for my decision, the next one first."""
    with visit.database.reading() as conn:
        found = list_queue(
            conn,
            topic,
            stage,
            visit.me.name,
            now=visit.now,
            after=query.after,
            limit=query.limit + 1,
        )
        n_waiting = count_waiting(conn, topic, stage, visit.me.name, now=visit.now)
    shown = found[: query.limit]
    return QueuePage(
        items=[QueuedAnswer.model_validate(one) for one in shown],
        next=shown[-1].place if len(found) > len(shown) else None,
        n_waiting=n_waiting.n_records,
        is_exact=n_waiting.is_exact,
    )


def take_from_queue(visit: Visit, topic: Name, stage: Stage, body: NextAsked) -> NextAnswer:
    """Take what waits next for my decision: found and claimed in one step.

    Of several programs and people no two get the same record, as far as others are enough.
    """
    with visit.database.writing() as conn:
        found = take_next(conn, topic, stage, visit.me.name, now=visit.now, after=body.after)
    return NextAnswer(record=None if found is None else QueuedAnswer.model_validate(found))


def claim_record(visit: Visit, topic: Name, body: ClaimAsked) -> ClaimAnswer:
    """Say which record I have before my eyes, so that others are shown other ones."""
    with visit.database.writing() as conn:
        claim(conn, topic, body.stage, visit.me.name, body.record_id, visit.now)
    return ClaimAnswer(topic=topic, stage=body.stage, record_id=body.record_id)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/topics/{topic}/queue/{stage}",
        handler=list_my_queue,
        role=Role.REVIEWER,
        errors=(400, 404),
    ),
    Endpoint(
        method="POST",
        path="/topics/{topic}/queue/{stage}/next",
        handler=take_from_queue,
        role=Role.REVIEWER,
        errors=(404,),
        takes_turns=True,
    ),
    Endpoint(
        method="POST",
        path="/topics/{topic}/claims",
        handler=claim_record,
        role=Role.REVIEWER,
        errors=(404,),
        takes_turns=True,
    ),
)
