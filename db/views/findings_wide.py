"""``findings_wide``: the extraction table, one row a report and one column a data item."""

from typing import Any

from sqlalchemy import Label, ScalarSelect, Select, case, func, select

from db.tables import analyses, finding_judgements, findings, readings, records, reports
from db.views.expressions import flag, holds, joined
from db.views.latest import analysis_of, current_report_id
from db.views.record_card import answer
from db.views.view import ViewColumn, column, make_view, same
from litsweep.domain.readings import FindingState
from litsweep.reading.items import DATA_ITEMS


def _answers(data_item: str) -> ScalarSelect[str]:
    given = (
        select(answer())
        .where(findings.c.analysis_id == analyses.c.analysis_id, findings.c.data_item == data_item)
        .order_by(findings.c.position)
        .correlate(analyses)
    )
    return joined(given, "; ")


def _item_columns() -> tuple[ViewColumn, ...]:
    return tuple(column(item.name, _answers(item.name), item.question) for item in DATA_ITEMS)


def _n_flagged() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(findings.c.analysis_id == analyses.c.analysis_id, findings.c.is_flagged)
        .correlate(analyses)
        .scalar_subquery()
    )


def _corrections() -> ScalarSelect[str]:
    """Return what people put beside the machine's answers: item, answer, who."""
    judged = finding_judgements.c
    said = case(
        (
            judged.corrected_state == FindingState.FOUND,
            func.coalesce(judged.corrected_value, "“" + judged.corrected_quote + "”"),
        ),
        (judged.corrected_state == FindingState.NOT_REPORTED, "not reported"),
        else_="not found",
    )
    given = (
        select(findings.c.data_item + ": " + said + " (" + judged.reviewer + ")")
        .join(finding_judgements, judged.finding_id == findings.c.finding_id)
        .where(
            findings.c.analysis_id == analyses.c.analysis_id,
            flag(finding_judgements, "is_standing"),
            judged.corrected_state.is_not(None),
        )
        .order_by(findings.c.position, judged.finding_judgement_id)
        .correlate(analyses)
    )
    return joined(given, "; ")


def _build(columns: tuple[Label[Any], ...]) -> Select[Any]:
    return select(*columns).select_from(
        reports.join(records, records.c.record_id == reports.c.record_id)
        .outerjoin(
            analyses,
            analyses.c.analysis_id == analysis_of(reports.c.document_id, reports),
        )
        .outerjoin(readings, readings.c.reading_id == analyses.c.reading_id)
    )


FINDINGS_WIDE = make_view(
    "findings_wide",
    "One row a report, one column a data item: values, or passages in “quotation marks”, several "
    "separated by '; '; `not reported` (it was read whole and is silent), `not found` (nothing "
    "near was seen); null where it was not analysed. The items are the machine's; what people put "
    "beside them is in `corrections`. Quotations may leave the house only where `may_export` is "
    "true.",
    (
        same(reports.c.report_id),
        same(reports.c.record_id),
        same(records.c.pmid),
        same(reports.c.pmcid),
        same(records.c.title),
        same(records.c.publication_status),
        column(
            "is_current",
            holds(reports.c.report_id == current_report_id()),
            "Whether it is the record's newest report.",
        ),
        same(reports.c.licence_code),
        same(reports.c.may_export),
        same(analyses.c.reading_id),
        same(readings.c.read_at),
        column("n_flagged", _n_flagged(), "Findings that a check asks a person to look at."),
        column(
            "corrections",
            _corrections(),
            "What people found right instead, by item, each with who; null: nothing corrected.",
        ),
        *_item_columns(),
    ),
    _build,
)
"""One row a report."""
