"""RIS with decisions in its notes (N1), of ASReview or Rayyan."""

import io
import re
from typing import Final

from litsweep.domain.decision_files import (
    DecisionEntry,
    DecisionFile,
    DecisionTool,
    EntryFailure,
    OtherDecision,
)
from litsweep.domain.decisions import Decision
from litsweep.domain.loads import ExportedRecord
from litsweep.domain.records import RecordFailure
from litsweep.errors import FileRefused, MalformedReply
from litsweep.parsing.decision_files.asreview import holds_asreview, read_asreview
from litsweep.parsing.decision_files.rayyan import holds_rayyan, read_rayyan
from litsweep.parsing.ris import iter_ris, read_notes

_RIS: Final = re.compile(r"^\s*TY  ?-", re.MULTILINE)


def is_ris(text: str) -> bool:
    """Tell whether the text begins as RIS does."""
    return _RIS.search(text[: 1 << 16]) is not None


def read_ris(data: bytes, remarks: tuple[str, ...], every: Decision | None) -> DecisionFile:
    """Return the entries with the decisions of their notes.

    Raises:
        FileRefused: no entry says anything of a decision, and ``every`` does not either.
    """
    try:
        found = list(iter_ris(io.BytesIO(data)))
    except MalformedReply as error:
        raise FileRefused(str(error)) from error
    notes = [read_notes(one.raw) if isinstance(one, ExportedRecord) else () for one in found]
    if any(holds_rayyan(note) for entry in notes for note in entry):
        tool = DecisionTool.RAYYAN
    elif any(holds_asreview(note) for entry in notes for note in entry):
        tool = DecisionTool.ASREVIEW
    else:
        tool = DecisionTool.OTHER
    if tool is not DecisionTool.OTHER and every is not None:
        raise FileRefused("The file says itself what was decided: leave --all away.")
    if tool is DecisionTool.OTHER and every is None:
        raise FileRefused(
            "No entry of this RIS file says in its notes (N1) what was decided, as ASReview and "
            "Rayyan write it. If it is a list of what was included: --all include."
        )
    entries = tuple(
        _read(f"entry {place}", one, said, tool, every)
        for place, (one, said) in enumerate(zip(found, notes, strict=True), start=1)
    )
    return DecisionFile(tool=tool, entries=entries, remarks=remarks)


def _read(
    place: str,
    one: ExportedRecord | RecordFailure,
    notes: tuple[str, ...],
    tool: DecisionTool,
    every: Decision | None,
) -> DecisionEntry | EntryFailure:
    if isinstance(one, RecordFailure):
        return EntryFailure(place=place, reason=one.reason)
    try:
        decisions, remark = _read_decisions(notes, tool, every)
    except FileRefused as error:
        return EntryFailure(place=place, title=one.title, reason=f"Unreadable: {error}.")
    published = one.publication_date.sortable
    return DecisionEntry(
        place=place,
        decisions=decisions,
        remark=remark,
        pmid=one.pmid,
        doi=one.doi,
        title=one.title,
        year=published.year if published else None,
    )


def _read_decisions(
    notes: tuple[str, ...], tool: DecisionTool, every: Decision | None
) -> tuple[tuple[OtherDecision, ...], str | None]:
    if tool is DecisionTool.RAYYAN:
        return read_rayyan(" | ".join(notes))
    if tool is DecisionTool.ASREVIEW:
        return read_asreview(notes), None
    return ((OtherDecision(decision=every),) if every is not None else ()), None
