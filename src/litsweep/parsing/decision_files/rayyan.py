r"""Rayyan's notes: everybody's decision, the labels and reasons of all, each person's notes.

``RAYYAN-INCLUSION: {"Ada"=>"Included", "Ben"=>"Maybe"} | RAYYAN-LABELS: a,b |
RAYYAN-EXCLUSION-REASONS: wrong population | USER-NOTES: {"Ada"=>["see table 2"]}``, in the
column ``notes`` of its CSV or in N1 of its RIS, after what the entry had noted before. The
pairs are Ruby's: with ``\"`` inside, and blanks around ``=>`` since Ruby 3.4.
"""

import re
from typing import Final

from litsweep.domain.decision_files import OtherDecision
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files.words import find_verdict, split_list

_SECTION: Final = re.compile(
    r"(RAYYAN-INCLUSION|RAYYAN-LABELS|RAYYAN-EXCLUSION-REASONS|USER-NOTES)\s*:"
)
_QUOTED: Final = r'"((?:[^"\\]|\\.)*+)"'
# Matched one after the other from the beginning, so that a hostile note costs no more than its
# length.
_PAIR: Final = re.compile(rf"[{{,]?\s*{_QUOTED}\s*(?:=>|:)\s*{_QUOTED}\s*", re.DOTALL)
_WRITER: Final = re.compile(rf"[{{,]?\s*{_QUOTED}\s*(?:=>|:)\s*\[\s*", re.DOTALL)
_NOTE: Final = re.compile(rf"{_QUOTED}\s*,?\s*", re.DOTALL)
_WRITER_END: Final = re.compile(r"\]\s*")


def holds_rayyan(text: str) -> bool:
    """Tell whether Rayyan wrote somewhere in ``text`` who decided what."""
    return "RAYYAN-INCLUSION" in text


def read_rayyan(notes: str) -> tuple[tuple[OtherDecision, ...], str | None]:
    """Return every person's decision in the notes of one entry, and a remark on what is left out.

    Rayyan does not say whose labels and reasons they are: each person gets the labels, and
    each who excluded gets the reasons. A note is its writer's, and left out if they decided
    nothing.

    Raises:
        FileRefused: a word is no decision, a person decided twice, or nobody can be read.
    """
    sections = _cut(notes)
    verdicts = _read_verdicts(sections.get("RAYYAN-INCLUSION", []))
    labels = _read_list(sections.get("RAYYAN-LABELS", []))
    reasons = "; ".join(_read_list(sections.get("RAYYAN-EXCLUSION-REASONS", [])))
    said = _read_notes(sections.get("USER-NOTES", []))
    decisions = tuple(
        OtherDecision(
            decision=decision,
            reviewer=person,
            exclusion_reason=reasons if reasons and decision is Decision.EXCLUDE else None,
            note="; ".join(said.get(person, ())) or None,
            labels=labels,
        )
        for person, decision in verdicts.items()
        if decision is not None
    )
    silent = sorted(set(said) - {one.reviewer for one in decisions})
    return decisions, f"{', '.join(silent)}: a note without a decision" if silent else None


def _cut(notes: str) -> dict[str, list[str]]:
    starts = list(_SECTION.finditer(notes))
    sections: dict[str, list[str]] = {}
    ends = [following.start() for following in starts[1:]] + [len(notes)]
    for start, end in zip(starts, ends[: len(starts)], strict=True):
        text = notes[start.end() : end].strip()
        sections.setdefault(start[1], []).append(text.removesuffix("|").strip())
    return sections


def _read_verdicts(sections: list[str]) -> dict[str, Decision | None]:
    verdicts: dict[str, Decision | None] = {}
    for section in sections:
        place = 0
        while match := _PAIR.match(section, place):
            place = match.end()
            _note_verdict(verdicts, _unescape(match[1]).strip(), match[2])
        if section[place:].lstrip("{ ")[:1] not in ("", "}", "|"):
            raise FileRefused(f"nobody's decision can be read from {section[place:][:80]!r}")
    return verdicts


def _note_verdict(verdicts: dict[str, Decision | None], person: str, word: str) -> None:
    if not person:
        raise FileRefused(f"the decision {word!r} is nobody's")
    verdict = find_verdict(word)
    if verdicts.setdefault(person, verdict) != verdict:
        raise FileRefused(f"it has two different decisions of {person}")


def _read_list(sections: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for text in sections for one in split_list(text, ",")))


def _read_notes(sections: list[str]) -> dict[str, list[str]]:
    notes: dict[str, list[str]] = {}
    for section in sections:
        place = 0
        while writer := _WRITER.match(section, place):
            said = notes.setdefault(_unescape(writer[1]).strip(), [])
            place = writer.end()
            while note := _NOTE.match(section, place):
                said.append(_unescape(note[1]).strip())
                place = note.end()
            if end := _WRITER_END.match(section, place):
                place = end.end()
        if section[place:].lstrip("{ ")[:1] not in ("", "}", "|"):
            raise FileRefused(f"nobody's notes can be read from {section[place:][:80]!r}")
    return notes


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
