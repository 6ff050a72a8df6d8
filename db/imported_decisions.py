"""The decisions of a file about records that are stored, in the order in which to store them.

What cannot be stored is counted in the tally, with its reason. Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from db.decision_matching import match_entries
from db.decision_rows import clean, plain_text
from db.tables import decision_imports
from db.writing import batches
from litsweep.domain.decision_files import (
    DecisionEntry,
    DecisionFile,
    EntryFailure,
    NotTaken,
    OtherDecision,
)
from litsweep.domain.decisions import NewDecision, Stage

_SHOWN: Final = 200

DecisionKey = tuple[int, str]
"""Record and reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSource:
    """Where decisions come from; ``by`` is whose they are where the file does not say it."""

    name: str
    sha256: str
    stage: Stage
    by: str | None
    imported_by: str


@dataclass(frozen=True, slots=True)
class FoundDecision:
    """A decision of the file, about a record that was found.

    ``is_dated`` tells that the file says when it was made.
    """

    entry: DecisionEntry
    new: NewDecision
    is_dated: bool

    @property
    def key(self) -> DecisionKey:
        """Whose decision it is, and about which record."""
        return (self.new.record_id, self.new.reviewer)


@dataclass(slots=True)
class Tally:
    """What came of the decisions so far."""

    n_added: int = 0
    n_unchanged: int = 0
    n_undecided: int = 0
    unmatched: list[NotTaken] = field(default_factory=list)

    def refuse(self, entry: DecisionEntry | EntryFailure, who: str | None, reason: str) -> None:
        """Note that a decision, or an entry without one, is not taken."""
        self.unmatched.append(
            NotTaken(
                entry=entry.place,
                title=plain_text(entry.title[:_SHOWN]),
                reviewer=plain_text(who) if who else None,
                reason=plain_text(reason),
            )
        )


def find_decisions(
    conn: Connection,
    topic_id: int,
    read: DecisionFile,
    source: ImportSource,
    tally: Tally,
    now: datetime,
) -> Iterator[Sequence[FoundDecision]]:
    """Yield batches in which nobody decides twice about a record, each person's in their order."""
    items = list(_find_items(conn, topic_id, read, source, tally, now))
    by_key = _refuse_contradictions(items, tally)
    place = 0
    while turn := [found[place] for found in by_key.values() if place < len(found)]:
        yield from batches(turn)
        place += 1


def _find_items(
    conn: Connection,
    topic_id: int,
    read: DecisionFile,
    source: ImportSource,
    tally: Tally,
    now: datetime,
) -> Iterator[FoundDecision]:
    """Yield the decisions about records that are found; count everything else."""
    decided: list[DecisionEntry] = []
    for entry in read.entries:
        if isinstance(entry, EntryFailure):
            tally.refuse(entry, None, entry.reason)
        elif not entry.decisions:
            tally.n_undecided += 1
        else:
            decided.append(entry)
    undated = _first_imported(conn, topic_id, source) or now
    for entry, match in zip(decided, match_entries(conn, topic_id, decided), strict=True):
        for one in entry.decisions:
            reviewer = one.reviewer or source.by or ""
            if match.record_id is None:
                tally.refuse(entry, reviewer, match.reason or "")
                continue
            # A time that is yet to come is a clock gone wrong.
            is_dated = one.decided_at is not None and one.decided_at <= now
            at = one.decided_at if is_dated and one.decided_at else undated
            yield FoundDecision(
                entry, _build_new(one, match.record_id, source.stage, reviewer, at), is_dated
            )


def _build_new(
    one: OtherDecision, record_id: int, stage: Stage, reviewer: str, at: datetime
) -> NewDecision:
    return clean(
        NewDecision(
            record_id=record_id,
            stage=stage,
            decision=one.decision,
            reviewer=reviewer,
            decided_at=at,
            exclusion_reason=one.exclusion_reason,
            note=one.note,
            labels=one.labels,
        )
    )


def _first_imported(conn: Connection, topic_id: int, source: ImportSource) -> datetime | None:
    """Return when this very file was imported first: its decisions are no younger."""
    imports = decision_imports.c
    at: datetime | None = conn.scalar(
        select(func.min(imports.imported_at)).where(
            imports.topic_id == topic_id,
            imports.stage == source.stage,
            imports.sha256 == source.sha256,
        )
    )
    return at


def _refuse_contradictions(
    items: Sequence[FoundDecision], tally: Tally
) -> dict[DecisionKey, list[FoundDecision]]:
    """Return the decisions of each person about each record, in the order of their times.

    Two that differ and do not both say when they were made are both left out.
    """
    by_key: dict[DecisionKey, list[FoundDecision]] = defaultdict(list)
    for item in items:
        by_key[item.key].append(item)
    for key, found in list(by_key.items()):
        if len({one.new.decision for one in found}) == 1:
            continue
        times = {one.new.decided_at for one in found}
        if all(one.is_dated for one in found) and len(times) == len(found):
            found.sort(key=lambda one: one.new.decided_at)
            continue
        told = ", ".join(f"{one.entry.place}: {one.new.decision}" for one in found[:5])
        for one in by_key.pop(key):
            tally.refuse(one.entry, one.new.reviewer, f"The file contradicts itself ({told}).")
    return by_key
