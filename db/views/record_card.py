"""``record_card``: one row a record, with all that a person asks of it first."""

from typing import Any

from sqlalchemy import ColumnElement, Label, ScalarSelect, Select, case, func, select

from db.tables import (
    checks,
    findings,
    generations,
    readings,
    records,
    reports,
    retrievals,
    routes,
    screening_decisions,
    summaries,
    topic_records,
    topics,
)
from db.views.expressions import DayOf, flag, joined, words
from db.views.latest import (
    FULL_TEXT_STATES,
    analysis_of,
    current_report_id,
    full_text_state,
    is_valid,
    last_attempt,
    select_abstract_readings,
    shown_summary,
)
from db.views.view import column, make_view, same
from litsweep.domain.decisions import Decision
from litsweep.domain.readings import FindingState, SummaryMethod, Verdict

_withheld = summaries.alias("withheld")
_made_by = generations.alias("made_by")


def answer() -> ColumnElement[str]:
    """Return what a finding says: its value, else its quotation, else that there is none."""
    return case(
        (
            findings.c.state == FindingState.FOUND,
            func.coalesce(findings.c.value, "“" + findings.c.quote + "”"),
        ),
        (findings.c.state == FindingState.NOT_REPORTED, "not reported"),
        else_="not found",
    )


def _topics() -> ScalarSelect[str]:
    names = (
        select(topics.c.name)
        .join(topic_records, topic_records.c.topic_id == topics.c.topic_id)
        .where(topic_records.c.record_id == records.c.record_id)
        .order_by(topics.c.name)
        .correlate(records)
    )
    return joined(names, "; ")


def _flags(summary_id: ColumnElement[Any], *correlated: Any) -> ScalarSelect[str]:
    """Return what the checks of a summary object to, in words."""
    objections = (
        select(checks.c.name + ": " + checks.c.detail)
        .where(checks.c.summary_id == summary_id, checks.c.verdict == Verdict.FLAG)
        .order_by(checks.c.position)
        .correlate(*correlated)
    )
    return joined(objections, "; ")


def _withheld_flags() -> ScalarSelect[str]:
    """Return what is objected to in the written summary that is therefore not shown."""
    return (
        select_abstract_readings(_flags(_withheld.c.summary_id, _withheld))
        .join(_withheld, _withheld.c.reading_id == readings.c.reading_id)
        .where(
            is_valid(),
            _withheld.c.method == SummaryMethod.GENERATED,
            ~_withheld.c.is_shown,
            _withheld.c.is_flagged,
        )
        .scalar_subquery()
    )


def _summary_state() -> ColumnElement[str]:
    """Return what came of reading the current abstract, as a word."""
    best = (
        select_abstract_readings(
            case((is_valid(), 2), (readings.c.failure.is_not(None), 1), else_=0)
        )
        .order_by(None)
        .order_by(readings.c.failure.is_not(None), readings.c.superseded_by_id.is_not(None))
        .scalar_subquery()
    )
    return case(
        (summaries.c.summary_id.is_not(None), "shown"),
        else_=case({2: "none_made", 1: "failed"}, value=best, else_="not_read"),
    )


def _summary_reason() -> ColumnElement[str]:
    """Return why there is no summary: the last reading's failure, or what its route says."""
    return (
        select_abstract_readings(func.coalesce(readings.c.failure, routes.c.reason))
        .outerjoin(routes, routes.c.reading_id == readings.c.reading_id)
        .scalar_subquery()
    )


def _data_items() -> ScalarSelect[str]:
    lines = (
        select(findings.c.data_item + ": " + answer())
        .where(findings.c.analysis_id == analysis_of(reports.c.document_id, reports))
        .order_by(findings.c.position)
        .correlate(reports)
    )
    return joined(lines, "\n")


def _decisions() -> ScalarSelect[str]:
    stands = screening_decisions.c
    sentence = (
        topics.c.name
        + ", "
        + words(stands.stage)
        + ": "
        + words(stands.decision)
        + func.coalesce(" (" + stands.exclusion_reason + ")", "")
        + ", "
        + stands.reviewer
        + ", "
        + DayOf(stands.decided_at)
    )
    lines = (
        select(sentence)
        .join(topics, topics.c.topic_id == stands.topic_id)
        .where(
            stands.record_id == records.c.record_id,
            flag(screening_decisions, "is_standing"),
            stands.decision != Decision.WITHDRAWN,
        )
        .order_by(topics.c.name, stands.stage.desc(), stands.decided_at, stands.reviewer)
        .correlate(records)
    )
    return joined(lines, "\n")


def _build(columns: tuple[Label[Any], ...]) -> Select[Any]:
    return select(*columns).select_from(
        records.outerjoin(reports, reports.c.report_id == current_report_id())
        .outerjoin(summaries, summaries.c.summary_id == shown_summary("summary_id"))
        .outerjoin(_made_by, _made_by.c.generation_id == summaries.c.generation_id)
    )


RECORD_CARD = make_view(
    "record_card",
    "One row a record: the index entry, the summary that is shown, its full text, what the "
    "analysis found, and what people decided.",
    (
        same(records.c.record_id),
        same(records.c.pmid),
        same(records.c.doi),
        same(records.c.pmcid),
        same(records.c.title),
        same(records.c.authors),
        same(records.c.journal),
        same(records.c.publication_date),
        same(records.c.publication_date_precision),
        same(records.c.publication_date_text),
        same(records.c.publication_types),
        same(records.c.language),
        same(records.c.abstract),
        same(records.c.publication_status),
        same(records.c.duplicate_of_id),
        column("topics", _topics(), "Names of its topics, separated by '; '; or null."),
        column("summary", summaries.c.text, "The summary that is shown: machine text; or null."),
        column("summary_method", summaries.c.method, "Quoted (extractive) or generated."),
        column(
            "summary_model",
            func.coalesce(_made_by.c.model_id, summaries.c.ranked_by),
            "The model that wrote it, or what chose the sentences that it quotes.",
        ),
        column("summary_is_flagged", summaries.c.is_flagged, "Whether a check objects to it."),
        column(
            "summary_flags",
            _flags(summaries.c.summary_id, summaries),
            "What the checks object to, in words; null: nothing.",
        ),
        column(
            "withheld_flags",
            _withheld_flags(),
            "What the checks object to in a written summary that is therefore not shown; or null.",
        ),
        column(
            "summary_state",
            _summary_state(),
            "`shown`, `none_made` (it was read, and nothing came of it), `failed`, or `not_read`.",
        ),
        column(
            "summary_reason",
            _summary_reason(),
            "Why the last reading of the abstract failed, else why it was read as it was.",
        ),
        column("full_text_state", full_text_state(), FULL_TEXT_STATES),
        column(
            "full_text_reason",
            last_attempt(retrievals.c.reason),
            "Why the last attempt to obtain it failed; null where it did not.",
        ),
        column("full_text_source", reports.c.source, "Where the newest full text was had."),
        column("full_text_licence", reports.c.licence_code, "The licence its source states."),
        same(reports.c.may_export),
        column(
            "data_items",
            _data_items(),
            "What the analysis of the newest full text says, one data item a line; "
            "passages without a value in “quotation marks”.",
        ),
        column("decisions", _decisions(), "The decisions that stand, one a line."),
        same(records.c.first_seen_at),
        same(records.c.updated_at),
    ),
    _build,
)
"""One row a record."""
