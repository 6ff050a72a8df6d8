"""ASReview's notes in RIS: ``ASReview_relevant``, and since LAB 2 ``asreview_time: "…"``.

Its tables are read as any other, by the names of their columns.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from litsweep.domain.decision_files import OtherDecision
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files.words import find_time, is_flag, optional

LABEL_PREFIX: Final = "asreview_tag_"
"""What the columns of ASReview's own labels begin with, as do its notes about them."""

_MARK: Final = re.compile(r"\bASReview_(relevant|irrelevant|not_seen)\b")
_FIELD: Final = re.compile(r"(?:<p>)?(asreview_\w[^:]*):\s*(.*?)(?:</p>)?", re.DOTALL)


def holds_asreview(text: str) -> bool:
    """Tell whether ASReview wrote somewhere in ``text`` what is relevant."""
    return _MARK.search(text) is not None


def read_asreview(notes: Sequence[str]) -> tuple[OtherDecision, ...]:
    """Return the decision in the notes of one entry of RIS, or none.

    Raises:
        FileRefused: it is marked as relevant and irrelevant.
    """
    marks = {mark for note in notes for mark in _MARK.findall(note)}
    if len(marks) > 1:
        raise FileRefused(f"it is marked as {' and '.join(sorted(marks))} at once")
    if not marks or marks == {"not_seen"}:
        return ()
    fields = _read_fields(notes)
    return (
        OtherDecision(
            decision=Decision.INCLUDE if marks == {"relevant"} else Decision.EXCLUDE,
            reviewer=optional(
                fields.get("asreview_user_name") or fields.get("asreview_user_email", "")
            ),
            note=optional(fields.get("asreview_note", "")),
            labels=tuple(
                name.removeprefix(LABEL_PREFIX)
                for name, value in fields.items()
                if name.startswith(LABEL_PREFIX) and is_flag(value)
            ),
            decided_at=find_time(fields.get("asreview_time", "")),
        ),
    )


def _read_fields(notes: Sequence[str]) -> dict[str, str]:
    found = (_FIELD.fullmatch(note.strip()) for note in notes)
    return {match[1]: _plain(match[2]) for match in found if match}


def _plain(value: str) -> str:
    # ASReview writes each value as JSON.
    try:
        return str(json.loads(value))
    except (ValueError, RecursionError):
        return value
