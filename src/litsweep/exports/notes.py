"""What formats without fields for it carry as notes: status, decisions, machine text."""

from collections.abc import Iterator
from typing import Final

from litsweep.domain.decisions import Decision, Stage
from litsweep.exports.entries import EntryDecision, ExportEntry

_STAGES: Final = {Stage.TITLE_ABSTRACT: "title and abstract", Stage.FULL_TEXT: "full text"}


def list_notes(entry: ExportEntry) -> Iterator[str]:
    """Iterate over the notes of an entry, each in one line: the gravest first.

    None begins with an identifier: readers would take that for the entry's own.
    """
    if entry.status_note:
        yield f"Publication status: {entry.status_note}"
    if entry.duplicate_of:
        yield f"Duplicate of {entry.duplicate_of}"
    yield from (f"Decision {describe(one)}" for one in entry.decisions)
    if entry.topics:
        yield f"Topics: {'; '.join(entry.topics)}"
    if entry.summary is not None:
        yield f"Summary ({entry.summary.description}): {entry.summary.text}"


def describe(decision: EntryDecision) -> str:
    """Return a decision in one line: topic, stage, what, by whom, when, why."""
    what = decision.decision.value
    if decision.decision is Decision.EXCLUDE and decision.exclusion_reason:
        what = f"{what} ({decision.exclusion_reason})"
    settled = ", settling a conflict" if decision.is_adjudication else ""
    line = (
        f"({decision.topic}, {_STAGES[decision.stage]}): {what}, by {decision.reviewer}, "
        f"{decision.decided_at:%Y-%m-%d}{settled}"
    )
    return f"{line}; {decision.note}" if decision.note else line
