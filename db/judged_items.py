"""Queries that ``db.error_rates`` counts by: who made a text, what people say of it, its flags.

Everything starts from the judgements, which are few, however many records there are.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Label,
    Select,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from db.tables import (
    analyses,
    checks,
    documents,
    finding_judgements,
    findings,
    generations,
    readings,
    screening_decisions,
    sentence_judgements,
    summaries,
    summary_sentences,
    topic_records,
)
from db.topics import get_topic
from litsweep.domain.judgements import Judgement
from litsweep.domain.readings import FindingState, SummaryMethod, Verdict

MAKER = ("task", "method", "model_id", "model_revision", "prompt_name", "prompt_version")
"""The columns by which all is grouped, as `litsweep.domain.error_rates.Maker` has them."""


def select_sentence_outcomes(conn: Connection, topic: str | None) -> Select[Any]:
    """Count judged sentences by maker, flag, outcome and the random audit's outcome."""
    items = _outcomes(sentence_judgements, "summary_id", "position")
    flagged = exists().where(
        checks.c.summary_id == items.c.summary_id,
        checks.c.verdict == Verdict.FLAG,
        or_(checks.c.sentence_position == items.c.position, checks.c.sentence_position.is_(None)),
    )
    source = items.join(summaries, summaries.c.summary_id == items.c.summary_id)
    return _count(
        sentence_maker(), items, flagged, join_makers(source, summaries), is_of_topic(conn, topic)
    )


def select_finding_outcomes(conn: Connection, topic: str | None) -> Select[Any]:
    """Count judged data items by maker, flag, outcome and the random audit's outcome."""
    items = _outcomes(finding_judgements, "finding_id")
    source = items.join(findings, findings.c.finding_id == items.c.finding_id).join(
        analyses, analyses.c.analysis_id == findings.c.analysis_id
    )
    made = join_makers(source, findings)
    return _count(finding_maker(), items, findings.c.is_flagged, made, is_of_topic(conn, topic))


def select_sentence_faults(conn: Connection, topic: str | None) -> Select[Any]:
    """Count judged sentences by maker and fault, each once a fault."""
    items = _faults(sentence_judgements, "summary_id", "position")
    source = items.join(summaries, summaries.c.summary_id == items.c.summary_id)
    return _count_faults(
        sentence_maker(), items, join_makers(source, summaries), is_of_topic(conn, topic)
    )


def select_finding_faults(conn: Connection, topic: str | None) -> Select[Any]:
    """Count judged data items by maker and fault, each once a fault."""
    items = _faults(finding_judgements, "finding_id")
    source = items.join(findings, findings.c.finding_id == items.c.finding_id).join(
        analyses, analyses.c.analysis_id == findings.c.analysis_id
    )
    return _count_faults(
        finding_maker(), items, join_makers(source, findings), is_of_topic(conn, topic)
    )


def select_shown_sentences(conn: Connection, topic: str | None) -> Select[Any]:
    """Count, by maker, the sentences that stood before the eyes of people who decided."""
    shown = _shown_readings(conn, topic)
    source = shown.join(
        summaries, and_(summaries.c.reading_id == shown.c.reading_id, summaries.c.is_shown)
    ).join(summary_sentences, summary_sentences.c.summary_id == summaries.c.summary_id)
    source = source.outerjoin(generations, generations.c.generation_id == summaries.c.generation_id)
    return _group(sentence_maker(), func.count().label("n")).select_from(source)


def select_shown_findings(conn: Connection, topic: str | None) -> Select[Any]:
    """Count, by maker, the data items that stood before the eyes of people who decided."""
    shown = _shown_readings(conn, topic)
    source = shown.join(analyses, analyses.c.reading_id == shown.c.reading_id).join(
        findings, findings.c.analysis_id == analyses.c.analysis_id
    )
    source = source.outerjoin(generations, generations.c.generation_id == findings.c.generation_id)
    return _group(finding_maker(), func.count().label("n")).select_from(source)


def sentence_maker() -> tuple[Label[Any], ...]:
    """Return the columns of `MAKER` for a summary's sentences."""
    is_written = summaries.c.method == SummaryMethod.GENERATED
    method = case((is_written, "generated"), else_="quoted")
    return _maker(literal("summary"), method, summaries.c.ranked_by)


def finding_maker() -> tuple[Label[Any], ...]:
    """Return the columns of `MAKER` for a data item."""
    method = case(
        (findings.c.state != FindingState.FOUND, "no answer"),
        (findings.c.value_method.is_(None), "quoted"),
        else_=findings.c.value_method,
    )
    return _maker(findings.c.data_item, method, analyses.c.ranked_by)


def _maker(
    task: ColumnElement[Any], method: ColumnElement[Any], ranked_by: ColumnElement[Any]
) -> tuple[Label[Any], ...]:
    return (
        task.label("task"),
        method.label("method"),
        func.coalesce(generations.c.model_id, ranked_by, "").label("model_id"),
        func.coalesce(generations.c.model_revision, "").label("model_revision"),
        func.coalesce(generations.c.prompt_name, "").label("prompt_name"),
        func.coalesce(generations.c.prompt_version, 0).label("prompt_version"),
    )


def _outcomes(table: Table, *of: str) -> Subquery:
    keys = [table.c[name] for name in of]

    def said(judgement: Judgement, *so: ColumnElement[bool]) -> ColumnElement[int]:
        return func.max(case((and_(table.c.judgement == judgement, *so), 1), else_=0))

    drawn = (table.c.is_audit,)
    right, wrong = Judgement.RIGHT, Judgement.WRONG
    return (
        select(
            *keys,
            _outcome(said(right), said(wrong)).label("outcome"),
            _outcome(said(right, *drawn), said(wrong, *drawn)).label("audit"),
        )
        .where(table.c.is_standing, table.c.judgement != Judgement.WITHDRAWN)
        .group_by(*keys)
        .subquery("items")
    )


def _outcome(right: ColumnElement[int], wrong: ColumnElement[int]) -> ColumnElement[str]:
    return case(
        (right + wrong == 2, "disputed"),
        (wrong == 1, "wrong"),
        (right == 1, "right"),
        else_="none",
    )


def _faults(table: Table, *of: str) -> Subquery:
    wrong = (table.c.judgement == Judgement.WRONG) & table.c.is_standing
    return (
        select(*(table.c[name] for name in of), table.c.fault)
        .where(wrong)
        .distinct()
        .subquery("items")
    )


def join_makers(source: Any, text: Table) -> Any:
    """Join what made a text, and the document that it is about."""
    reading_id = analyses.c.reading_id if text is findings else summaries.c.reading_id
    return (
        source.join(readings, readings.c.reading_id == reading_id)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .outerjoin(generations, generations.c.generation_id == text.c.generation_id)
    )


def _count(
    maker: tuple[Label[Any], ...],
    items: Subquery,
    flagged: ColumnElement[bool],
    source: Any,
    is_ours: ColumnElement[bool],
) -> Select[Any]:
    is_flagged = case((flagged, 1), else_=0).label("is_flagged")
    each = (
        select(*maker, is_flagged, items.c.outcome, items.c.audit)
        .select_from(source)
        .where(is_ours)
        .subquery("each_item")
    )
    columns = tuple(each.c)
    return select(*columns, func.count().label("n")).group_by(*columns)


def _count_faults(
    maker: tuple[Label[Any], ...], items: Subquery, source: Any, is_ours: ColumnElement[bool]
) -> Select[Any]:
    each = select(*maker, items.c.fault).select_from(source).where(is_ours).subquery("each_fault")
    columns = tuple(each.c)
    return select(*columns, func.count().label("n")).group_by(*columns)


def _group(maker: tuple[Label[Any], ...], counted: Label[Any]) -> Select[Any]:
    return select(*maker, counted).group_by(*(column.element for column in maker))


def _shown_readings(conn: Connection, topic: str | None) -> Subquery:
    decided = screening_decisions.c
    statement = select(decided.reading_id).where(
        decided.reading_id.is_not(None), decided.has_seen_machine_text
    )
    if topic is not None:
        statement = statement.where(decided.topic_id == get_topic(conn, topic).topic_id)
    return statement.distinct().subquery("shown")


def is_of_topic(conn: Connection, topic: str | None) -> ColumnElement[bool]:
    """Return the condition, on ``documents``, that the record is one of a topic; None: of any.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        return true()
    return exists().where(
        topic_records.c.topic_id == get_topic(conn, topic).topic_id,
        topic_records.c.record_id == documents.c.record_id,
    )
