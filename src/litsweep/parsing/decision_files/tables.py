"""CSV and TSV with decisions: of ASReview, of Rayyan, or made by hand."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from litsweep.domain.decision_files import (
    DecisionEntry,
    DecisionFile,
    DecisionTool,
    EntryFailure,
    OtherDecision,
)
from litsweep.domain.decisions import Decision
from litsweep.domain.identifiers import find_doi
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files.columns import NOTES, Columns, find_columns
from litsweep.parsing.decision_files.rayyan import holds_rayyan, read_rayyan
from litsweep.parsing.decision_files.words import (
    find_pmid,
    find_time,
    find_verdict,
    find_year,
    is_flag,
    optional,
    split_list,
)
from litsweep.parsing.ris import find_linked_pmids
from litsweep.parsing.text import collapse

_DELIMITERS: Final = ",;\t"
_MAX_COLUMNS: Final = 2_000
_SHOWN: Final = 40

# A table that is safe to open in a spreadsheet has an apostrophe before these (OWASP, "CSV
# injection"), white space passed over; it is no part of the text.
_GUARDED: Final = re.compile(r"'(?=[\s\u200b-\u200f\u2060-\u2064\ufeff]*[=+\-@＝＋－＠]|[\t\r\n])")


def read_table(text: str, remarks: tuple[str, ...], every: Decision | None) -> DecisionFile:
    """Return the rows with their decisions; a row that cannot be read is a failure.

    Raises:
        FileRefused: it has no column for the decisions, or none to find records by.
    """
    rows = _iter_rows(text.lstrip("\r\n"))
    header = next(rows, None)
    if not isinstance(header, list) or len(header) > _MAX_COLUMNS:
        raise FileRefused("The first line is no list of columns.")
    columns = find_columns(header)
    tool = _find_tool(text, columns)
    _require_columns(header, columns, tool, every)
    entries: list[DecisionEntry | EntryFailure] = []
    # A spreadsheet calls the header row 1.
    for number, row in enumerate(rows, start=2):
        if isinstance(row, str):
            entries.append(EntryFailure(place=f"row {number}", reason=row))
        elif any(cell.strip() for cell in row):
            entries.append(_read(f"row {number}", row, columns, tool, every))
    return DecisionFile(tool=tool, entries=tuple(entries), remarks=remarks)


def _iter_rows(text: str) -> Iterator[list[str] | str]:
    """Yield each row, or a sentence for one that cannot be cut into cells."""
    head = text[: text.find("\n", 1) + 1 or None][: 1 << 16]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"Unreadable ({error}, line {reader.line_num}): is a quotation mark not closed?"


def _find_tool(text: str, columns: Columns) -> DecisionTool:
    if NOTES in columns.places and holds_rayyan(text):
        return DecisionTool.RAYYAN
    # What Rayyan exports of a review in which nobody has decided yet.
    if {"key", "pubmed_id", "pmc_id", NOTES} <= set(columns.names):
        return DecisionTool.RAYYAN
    return DecisionTool.ASREVIEW if columns.is_asreview else DecisionTool.OTHER


def _require_columns(
    header: Sequence[str], columns: Columns, tool: DecisionTool, every: Decision | None
) -> None:
    found = ", ".join(repr(name[:_SHOWN]) for name in header[:20])
    if not columns.has_identity:
        raise FileRefused(
            "The table has no column pmid, doi or title, by which records could be found; its "
            f"columns: {found}."
        )
    says_it = "decision" in columns.places or tool is DecisionTool.RAYYAN
    if says_it and every is not None:
        raise FileRefused("The table says itself what was decided: leave --all away.")
    if not says_it and every is None:
        raise FileRefused(
            "The table has no column decision, included or asreview_label; its columns: "
            f"{found}. Name the column so, or, if it is a list of what was included: "
            "--all include."
        )


def _read(
    place: str, row: list[str], columns: Columns, tool: DecisionTool, every: Decision | None
) -> DecisionEntry | EntryFailure:
    row = [cell[1:] if _GUARDED.match(cell) else cell for cell in row]
    title = collapse(columns.read(row, "title"))
    try:
        _require_shape(row, columns)
        decisions, remark = _read_decisions(row, columns, tool, every)
    except FileRefused as error:
        return EntryFailure(place=place, title=title, reason=f"Unreadable: {error}.")
    url = columns.read(row, "url")
    linked = find_linked_pmids(url)
    pmid = find_pmid(columns.read(row, "pmid"))
    return DecisionEntry(
        place=place,
        decisions=decisions,
        remark=remark,
        pmid=int(linked.pop()) if pmid is None and len(linked) == 1 else pmid,
        doi=find_doi(columns.read(row, "doi")) or (find_doi(url) if "doi.org/" in url else None),
        title=title,
        year=find_year(columns.read(row, "year")),
    )


def _require_shape(row: Sequence[str], columns: Columns) -> None:
    n_columns = len(columns.names)
    if len(row) > n_columns and any(cell.strip() for cell in row[n_columns:]):
        raise FileRefused(f"it has {len(row)} cells for {n_columns} columns")
    # Excel leaves out the last empty cells of a row; the decision is not one of those.
    if max(columns.places.get("decision", 0), columns.places.get(NOTES, 0)) >= len(row):
        raise FileRefused(f"it ends after {len(row)} of {n_columns} cells")


def _read_decisions(
    row: Sequence[str], columns: Columns, tool: DecisionTool, every: Decision | None
) -> tuple[tuple[OtherDecision, ...], str | None]:
    if tool is DecisionTool.RAYYAN:
        return read_rayyan(columns.read(row, NOTES))
    decision = every
    if "decision" in columns.places:
        decision = find_verdict(columns.read(row, "decision"))
    if decision is None:
        return (), None
    reason = optional(columns.read(row, "reason")) if decision is Decision.EXCLUDE else None
    flags = (name for name, place in columns.labels.items() if place < len(row))
    when = optional(columns.read(row, "time"))
    decided_at = find_time(when) if when else None
    found = OtherDecision(
        decision=decision,
        reviewer=optional(columns.read(row, "reviewer")),
        exclusion_reason=reason,
        note=optional(columns.read(row, "note")),
        labels=(
            *split_list(optional(columns.read(row, "labels")) or ""),
            *(name for name in flags if is_flag(row[columns.labels[name]])),
        ),
        decided_at=decided_at,
    )
    unread = f"its time {when[:_SHOWN]!r} is not read" if when and decided_at is None else None
    return (found,), unread
