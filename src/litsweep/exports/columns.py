"""Entries as rows of tables: which columns a record, a decision and a finding have, and their type.

The same for CSV, XLSX and Parquet, so that a column means the same in each.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from litsweep.domain.decisions import Stage
from litsweep.exports.entries import EntryCorrection, EntryDecision, EntryFinding, ExportEntry
from litsweep.exports.notes import describe


class ColumnType(StrEnum):
    """What the cells of a column are; any may be empty."""

    TEXT = "text"
    """Text, possibly of several lines."""
    INTEGER = "integer"
    """A whole number."""
    NUMBER = "number"
    """A number that may have a fraction."""
    BOOLEAN = "boolean"
    """True or false."""
    DAY = "day"
    """A day."""
    TIME = "time"
    """A time in UTC."""


Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, and where its cells come from."""

    name: str
    type: ColumnType
    read: Callable[..., Cell]


def _text(name: str, read: Callable[..., str | None]) -> Column:
    return Column(name, ColumnType.TEXT, read)


def _joined(items: Sequence[str]) -> str | None:
    return "; ".join(items) or None


RECORD_COLUMNS: Final = (
    Column("record_id", ColumnType.INTEGER, lambda one: one.record_id),
    Column("pmid", ColumnType.INTEGER, lambda one: one.pmid),
    _text("pmcid", lambda one: one.pmcid),
    _text("doi", lambda one: one.doi),
    _text("title", lambda one: one.title),
    _text("abstract", lambda one: one.abstract or None),
    _text("authors", lambda one: _joined([author.name for author in one.authors])),
    Column("year", ColumnType.INTEGER, lambda one: one.year),
    _text("journal", lambda one: one.journal.title),
    _text("volume", lambda one: one.journal.volume),
    _text("issue", lambda one: one.journal.issue),
    _text("pages", lambda one: one.journal.pages),
    _text("publication_status", lambda one: one.publication_status.value),
    _text("publication_status_reasons", lambda one: _joined(one.status_reasons)),
    Column("publication_date", ColumnType.DAY, lambda one: one.publication_date.sortable),
    _text("publication_date_precision", lambda one: one.publication_date.precision.value),
    _text("publication_date_text", lambda one: one.publication_date.text or None),
    Column("created_on", ColumnType.DAY, lambda one: one.created_on),
    Column("first_seen_at", ColumnType.TIME, lambda one: one.first_seen_at),
    _text("publication_types", lambda one: _joined(one.publication_types)),
    _text("languages", lambda one: _joined(one.languages)),
    _text("mesh_headings", lambda one: _joined([each.name for each in one.mesh_headings])),
    _text("keywords", lambda one: _joined(one.keywords)),
    _text("registry_numbers", lambda one: _joined(one.registry_numbers)),
    _text("duplicate_of", lambda one: one.duplicate_of),
    _text("topics", lambda one: _joined(one.topics)),
    _text("title_abstract_decision", lambda one: _agreed(one, Stage.TITLE_ABSTRACT)),
    Column(
        "is_title_abstract_conflict",
        ColumnType.BOOLEAN,
        lambda one: one.is_conflict(Stage.TITLE_ABSTRACT),
    ),
    _text("full_text_decision", lambda one: _agreed(one, Stage.FULL_TEXT)),
    Column(
        "is_full_text_conflict", ColumnType.BOOLEAN, lambda one: one.is_conflict(Stage.FULL_TEXT)
    ),
    _text("summary", lambda one: one.summary and one.summary.text),
    _text("summary_made_by", lambda one: one.summary and one.summary.description),
    Column(
        "is_summary_flagged",
        ColumnType.BOOLEAN,
        lambda one: None if one.summary is None else bool(one.summary.flags),
    ),
    _text("report_licence", lambda one: one.report and (one.report.licence_code or "unknown")),
    _text("report_url", lambda one: one.report and one.report.url),
)
"""One row a record."""

LISTING_COLUMNS: Final = (
    _text("decisions", lambda one: _joined([describe(each) for each in one.decisions])),
    _text("findings", lambda one: _joined([_describe_finding(each) for each in one.findings])),
)
"""Behind these, where a format has one table only: all decisions, all findings, in words."""

DECISION_COLUMNS: Final = (
    _text("topic", lambda one: one.topic),
    _text("stage", lambda one: one.stage.value),
    _text("decision", lambda one: one.decision.value),
    _text("reviewer", lambda one: one.reviewer),
    Column("decided_at", ColumnType.TIME, lambda one: one.decided_at),
    _text("exclusion_reason", lambda one: one.exclusion_reason),
    _text("note", lambda one: one.note),
    _text("labels", lambda one: _joined(one.labels)),
    Column("is_adjudication", ColumnType.BOOLEAN, lambda one: one.is_adjudication),
)
"""One row a standing decision, behind the record's number and PMID."""

FINDING_COLUMNS: Final = (
    _text("data_item", lambda one: one.data_item),
    _text("state", lambda one: one.state.value),
    _text("value", lambda one: one.value),
    _text("value_made_by", lambda one: one.value_method and _made_by(one)),
    _text("structured", lambda one: _as_json(one)),
    _text("quote", lambda one: one.quote),
    _text("section", lambda one: one.section),
    _text("section_title", lambda one: one.section_title or None),
    Column("is_flagged", ColumnType.BOOLEAN, lambda one: bool(one.flags)),
    _text("flags", lambda one: _joined(one.flags)),
    Column("is_withheld", ColumnType.BOOLEAN, lambda one: one.is_withheld),
    _text("judged", lambda one: _joined(one.judged)),
    _text("corrected_state", lambda one: one.correction and one.correction.state.value),
    _text("corrected_value", lambda one: one.correction and one.correction.value),
    _text("corrected_quote", lambda one: one.correction and one.correction.quote),
    _text("corrected_by", lambda one: one.correction and one.correction.reviewer),
    Column(
        "corrected_at",
        ColumnType.TIME,
        lambda one: one.correction and one.correction.corrected_at,
    ),
    _text("correction_note", lambda one: one.correction and one.correction.note),
)
"""One row a finding, behind the record's number and PMID."""

OWNER_COLUMNS: Final = RECORD_COLUMNS[:2]
"""Which record a decision or a finding is of: its number and PMID."""


def iter_rows(
    entry: ExportEntry, items: Sequence[EntryDecision | EntryFinding], columns: Sequence[Column]
) -> Iterator[list[Cell]]:
    """Iterate over the rows of an entry's decisions or findings, its number and PMID first."""
    owner = [column.read(entry) for column in OWNER_COLUMNS]
    return ([*owner, *(column.read(item) for column in columns)] for item in items)


def _agreed(entry: ExportEntry, stage: Stage) -> str | None:
    decision = entry.agreed_decision(stage)
    return None if decision is None else decision.value


def _made_by(finding: EntryFinding) -> str:
    model = f" {finding.model}, revision {finding.model_revision}" if finding.model else ""
    return f"{finding.value_method}{model}"


def _as_json(finding: EntryFinding) -> str | None:
    return json.dumps(dict(finding.structured), ensure_ascii=False) if finding.structured else None


def _describe_finding(finding: EntryFinding) -> str:
    said = _say(finding)
    if finding.correction is None:
        return f"{finding.data_item}: {said}"
    corrected, by = _say(finding.correction), finding.correction.reviewer
    return f"{finding.data_item}: {corrected} (corrected by {by}; the machine said: {said})"


def _say(one: EntryFinding | EntryCorrection) -> str:
    return one.value or one.quote or one.state.value.replace("_", " ")
