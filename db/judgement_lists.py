"""What people judged, of all summaries and data items, with who made what they judged.

For lists on the command line. What stands of one text is ``db.judgements``', how often machines
were wrong ``db.error_rates``'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, literal, select

from db.judged_items import (
    finding_maker,
    is_of_topic,
    join_makers,
    sentence_maker,
)
from db.judgement_rows import stands
from db.tables import (
    analyses,
    documents,
    finding_judgements,
    findings,
    generations,
    records,
    sentence_judgements,
    summaries,
    summary_sentences,
)
from db.topics import get_topic
from litsweep.domain.judgements import Fault, Judgement
from litsweep.domain.readings import FindingState


class JudgedKind(StrEnum):
    """What was judged."""

    SENTENCE = "sentence"
    """A sentence of a summary."""
    FINDING = "finding"
    """A data item of an analysis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedJudgement:
    """A person's judgement, and what it is of.

    ``text`` is the machine's sentence, or its answer: the value, else the passage, else None.
    ``task`` to ``prompt_version`` say who made that, as `litsweep.domain.error_rates.Maker` does.
    ``corrected_…`` are None where nothing was corrected. ``is_audit``: chance chose what to judge.
    """

    kind: JudgedKind
    judgement_id: int
    record_id: int
    pmid: int | None
    text: str | None
    judgement: Judgement
    fault: Fault | None
    note: str | None
    corrected_state: FindingState | None
    corrected_value: str | None
    corrected_quote: str | None
    reviewer: str
    judged_at: datetime
    is_audit: bool
    is_standing: bool
    task: str
    method: str
    model_id: str
    model_revision: str
    prompt_name: str
    prompt_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedJudgements:
    """Which judgements: of a kind, a topic's records, a person, a model; None for all.

    ``with_former`` are those replaced or withdrawn, too.
    """

    kind: JudgedKind | None = None
    topic: str | None = None
    reviewer: str | None = None
    model: str | None = None
    with_former: bool = False


def list_judgements(
    conn: Connection, asked: AskedJudgements, *, limit: int | None = None
) -> list[ListedJudgement]:
    """Return judgements, the oldest first; with a ``limit`` the last ones.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if asked.topic is not None:
        get_topic(conn, asked.topic)
    found = [
        ListedJudgement(kind=kind, **row._mapping)
        for kind, select_rows in _SELECTS.items()
        if asked.kind in (None, kind)
        for row in conn.execute(select_rows(conn, asked).limit(limit))
    ]
    found.sort(key=attrgetter("judged_at", "kind", "judgement_id"))
    return found if limit is None else found[-limit:]


def _select_sentences(conn: Connection, asked: AskedJudgements) -> Select[Any]:
    judged = sentence_judgements
    source = judged.join(summaries, summaries.c.summary_id == judged.c.summary_id).join(
        summary_sentences,
        and_(
            summary_sentences.c.summary_id == judged.c.summary_id,
            summary_sentences.c.position == judged.c.position,
        ),
    )
    return _select(
        conn,
        asked,
        judged,
        join_makers(source, summaries),
        literal(None).label("corrected_state"),
        literal(None).label("corrected_value"),
        literal(None).label("corrected_quote"),
        summary_sentences.c.text.label("text"),
        judged.c.sentence_judgement_id.label("judgement_id"),
        *sentence_maker(),
    )


def _select_findings(conn: Connection, asked: AskedJudgements) -> Select[Any]:
    judged = finding_judgements
    source = judged.join(findings, findings.c.finding_id == judged.c.finding_id).join(
        analyses, analyses.c.analysis_id == findings.c.analysis_id
    )
    return _select(
        conn,
        asked,
        judged,
        join_makers(source, findings),
        judged.c.corrected_state,
        judged.c.corrected_value,
        judged.c.corrected_quote,
        func.coalesce(findings.c.value, findings.c.quote).label("text"),
        judged.c.finding_judgement_id.label("judgement_id"),
        *finding_maker(),
    )


def _select(
    conn: Connection, asked: AskedJudgements, judged: Table, source: Any, *columns: Any
) -> Select[Any]:
    named = ("judgement", "fault", "note", "reviewer", "judged_at", "is_audit", "is_standing")
    number = next(iter(judged.primary_key.columns))
    return (
        select(*columns, *(judged.c[name] for name in named), records.c.record_id, records.c.pmid)
        .select_from(source.join(records, records.c.record_id == documents.c.record_id))
        .where(is_of_topic(conn, asked.topic), *_list_conditions(asked, judged))
        .order_by(number.desc())
    )


def _list_conditions(asked: AskedJudgements, judged: Table) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.reviewer is not None:
        conditions.append(judged.c.reviewer == asked.reviewer)
    if asked.model is not None:
        ranked_by = summaries if judged is sentence_judgements else analyses
        model = func.coalesce(generations.c.model_id, ranked_by.c.ranked_by, "")
        conditions.append(model == asked.model)
    if not asked.with_former:
        conditions += [stands(judged), judged.c.judgement != Judgement.WITHDRAWN]
    return conditions


_SELECTS = {
    JudgedKind.SENTENCE: _select_sentences,
    JudgedKind.FINDING: _select_findings,
}
