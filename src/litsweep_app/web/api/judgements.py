"""What people say of machine sentences and data items: right, wrong, and what is right."""

from datetime import datetime
from typing import Final

from pydantic import Field

from db.engine import Connection
from db.judged_texts import (
    JudgedFinding,
    JudgedSentence,
    get_judged_finding,
    get_judged_sentence,
)
from db.judgements import (
    judge_finding,
    judge_sentence,
    list_finding_judgements,
    list_sentence_judgements,
)
from litsweep.domain.judgements import Correction, Fault, Judgement, Opinion
from litsweep.domain.readings import FindingState
from litsweep.domain.reviewers import Role
from litsweep_app.web.api.answers.readings import SpanAnswer
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, LongText, Number, Place
from litsweep_app.web.machine_text import is_withheld, require_judged
from litsweep_app.web.visit import TOOL_VERSION, Visit


class CorrectionAsked(Asked):
    """What a data item should say; `quote` is a passage of the report, word for word."""

    state: FindingState
    value: LongText | None = None
    quote: LongText | None = None


class SentenceJudgementAsked(Asked):
    """What I say of a sentence; `expected_id` is the number of my judgement that it replaces,
    null for none.
    """

    judgement: Judgement
    fault: Fault | None = Field(None, description="What is wrong; only with `wrong`.")
    note: LongText | None = None
    expected_id: Number | None


class FindingJudgementAsked(SentenceJudgementAsked):
    """What I say of a data item, and what it should say."""

    correction: CorrectionAsked | None = None


class SentenceJudgementAnswer(Answer):
    """What a person says of a sentence of a summary."""

    sentence_judgement_id: int
    summary_id: int
    position: int
    judgement: Judgement
    fault: Fault | None
    note: str | None
    reviewer: str
    judged_at: datetime
    supersedes_id: int | None


class FindingJudgementAnswer(Answer):
    """What a person says of a data item, with their correction."""

    finding_judgement_id: int
    finding_id: int
    judgement: Judgement
    fault: Fault | None
    corrected_state: FindingState | None
    corrected_value: str | None
    corrected_quote: str | None
    corrected_source: SpanAnswer | None
    note: str | None
    reviewer: str
    judged_at: datetime
    supersedes_id: int | None


class JudgementStored(Answer):
    """The number under which it is stored."""

    judgement_id: int


class SentenceJudgementList(Answer):
    """Judgements that stand, the oldest first."""

    items: list[SentenceJudgementAnswer]


class FindingJudgementList(Answer):
    """Judgements that stand, the oldest first."""

    items: list[FindingJudgementAnswer]


def list_judgements_of_summary(visit: Visit, summary_id: Number) -> SentenceJudgementList:
    """What people say of the sentences of a summary."""
    with visit.database.reading() as conn:
        found = list_sentence_judgements(conn, [summary_id])
        if found and _is_hidden(conn, visit, get_judged_sentence(conn, summary_id, 0)):
            found = [one for one in found if one.reviewer == visit.me.name]
    return SentenceJudgementList(items=[SentenceJudgementAnswer.model_validate(o) for o in found])


def judge_one_sentence(
    visit: Visit, summary_id: Number, position: Place, body: SentenceJudgementAsked
) -> JudgementStored:
    """Say of a sentence that it is right, or wrong.

    The same again adds nothing. Another judgement stands in place of mine: 409 where it is not
    `expected_id`.
    """
    with visit.database.writing() as conn:
        _require_judged(conn, visit, get_judged_sentence(conn, summary_id, position))
        number = judge_sentence(
            conn,
            summary_id,
            position,
            Opinion(judgement=body.judgement, fault=body.fault, note=body.note),
            reviewer=visit.me.name,
            now=visit.now,
            tool_version=TOOL_VERSION,
            expected_id=body.expected_id,
        )
    return JudgementStored(judgement_id=number)


def list_judgements_of_finding(visit: Visit, finding_id: Number) -> FindingJudgementList:
    """What people say of a data item."""
    with visit.database.reading() as conn:
        found = list_finding_judgements(conn, [finding_id])
        if found and _is_hidden(conn, visit, get_judged_finding(conn, finding_id)):
            found = [one for one in found if one.reviewer == visit.me.name]
    return FindingJudgementList(items=[FindingJudgementAnswer.model_validate(o) for o in found])


def judge_one_finding(
    visit: Visit, finding_id: Number, body: FindingJudgementAsked
) -> JudgementStored:
    """Say of a data item that it is right or wrong, and what it should say.

    A passage is looked for in the text that was read, and stored as it stands there.
    """
    correction = None
    if (given := body.correction) is not None:
        correction = Correction(state=given.state, value=given.value, quote=given.quote)
    with visit.database.writing() as conn:
        _require_judged(conn, visit, get_judged_finding(conn, finding_id))
        number = judge_finding(
            conn,
            finding_id,
            Opinion(
                judgement=body.judgement, fault=body.fault, note=body.note, correction=correction
            ),
            reviewer=visit.me.name,
            now=visit.now,
            tool_version=TOOL_VERSION,
            expected_id=body.expected_id,
        )
    return JudgementStored(judgement_id=number)


def _is_hidden(conn: Connection, visit: Visit, judged: JudgedSentence | JudgedFinding) -> bool:
    """Tell whether the text waits for the visitor's own decision: what others say tells of it."""
    kind = judged.reading.stored.reading.document.kind
    return is_withheld(conn, visit.me, judged.record.record_id, kind)


def _require_judged(conn: Connection, visit: Visit, judged: JudgedSentence | JudgedFinding) -> None:
    kind = judged.reading.stored.reading.document.kind
    require_judged(conn, visit.me, judged.record.record_id, kind)


ENDPOINTS: Final = (
    Endpoint(
        method="GET", path="/summaries/{summary_id}/judgements", handler=list_judgements_of_summary
    ),
    Endpoint(
        method="POST",
        path="/sentences/{summary_id}/{position}/judgements",
        handler=judge_one_sentence,
        role=Role.REVIEWER,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET", path="/findings/{finding_id}/judgements", handler=list_judgements_of_finding
    ),
    Endpoint(
        method="POST",
        path="/findings/{finding_id}/judgements",
        handler=judge_one_finding,
        role=Role.REVIEWER,
        errors=(404, 409),
    ),
)
