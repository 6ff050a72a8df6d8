"""Decisions made with other tools, stored with their author: one import of a file, its receipt.

A decision of a file never replaces one that the same person made later; nor, if the file does
not say when it was made, one that was made here. It is about the record that its entry names,
also where that is marked as a duplicate. The same file again adds nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from db.decision_rows import build_row, content_of, replace_standing
from db.imported_decisions import (
    DecisionKey,
    FoundDecision,
    ImportSource,
    Tally,
    find_decisions,
)
from db.tables import decision_imports, screening_decisions, topics
from db.topics import get_topic
from db.writing import add_row
from litsweep.domain.decision_files import (
    DecisionEntry,
    DecisionFile,
    DecisionImport,
    NotTaken,
)
from litsweep.domain.decisions import DecisionOrigin, NewDecision
from litsweep.errors import UsageError


def import_decisions(
    conn: Connection,
    topic: str,
    read: DecisionFile,
    source: ImportSource,
    *,
    tool_version: str,
    now: datetime,
) -> DecisionImport:
    """Store the decisions of a file about the topic's records; return the receipt.

    What was not taken stands in the receipt with its reason.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the file does not say who decided, and ``source`` does not either.
    """
    topic_id = get_topic(conn, topic).topic_id
    _require_names(read, source)
    import_id = add_row(
        conn,
        decision_imports,
        **_receipt_row(topic_id, read, source),
        imported_at=now,
        tool_version=tool_version,
    )
    tally = Tally()
    for batch in find_decisions(conn, topic_id, read, source, tally, now):
        _store(conn, topic_id, batch, tally, import_id, tool_version)
    conn.execute(
        decision_imports.update()
        .where(decision_imports.c.decision_import_id == import_id)
        .values(
            n_entries=tally.n_added + tally.n_unchanged + tally.n_undecided + len(tally.unmatched),
            n_added=tally.n_added,
            n_unchanged=tally.n_unchanged,
            n_undecided=tally.n_undecided,
            unmatched=[asdict(one) for one in tally.unmatched],
        )
    )
    return _select_imports(conn, decision_imports.c.decision_import_id == import_id)[0]


def list_decision_imports(conn: Connection, *, topic: str | None = None) -> list[DecisionImport]:
    """Return the receipts, newest first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        return _select_imports(conn)
    return _select_imports(conn, decision_imports.c.topic_id == get_topic(conn, topic).topic_id)


def _require_names(read: DecisionFile, source: ImportSource) -> None:
    if source.by is not None and source.by.strip():
        return
    for entry in read.entries:
        if isinstance(entry, DecisionEntry) and any(not d.reviewer for d in entry.decisions):
            raise UsageError(
                f"The file does not say who decided ({entry.place}): say it with --by NAME."
            )


def _receipt_row(topic_id: int, read: DecisionFile, source: ImportSource) -> dict[str, Any]:
    return {
        "topic_id": topic_id,
        "stage": source.stage,
        "name": source.name,
        "sha256": source.sha256,
        "tool": read.tool.value,
        "n_entries": 0,
        "n_added": 0,
        "n_unchanged": 0,
        "n_undecided": 0,
        "unmatched": [],
        "imported_by": source.imported_by,
    }


def _store(
    conn: Connection,
    topic_id: int,
    items: Sequence[FoundDecision],
    tally: Tally,
    import_id: int,
    tool_version: str,
) -> None:
    history = _load_history(conn, topic_id, items)
    rows = []
    for item in items:
        before = history[item.key]
        standing = next((one for one in before if one.is_standing), None)
        if _is_known(item.new, before):
            tally.n_unchanged += 1
        elif standing is not None and (reason := _why_overtaken(item, standing)):
            tally.refuse(item.entry, item.new.reviewer, reason)
        else:
            tally.n_added += 1
            rows.append(
                build_row(
                    topic_id,
                    item.new,
                    origin=DecisionOrigin.IMPORTED,
                    tool_version=tool_version,
                    decision_import_id=import_id,
                    supersedes_id=standing.screening_decision_id if standing else None,
                )
            )
    replace_standing(conn, rows)


def _load_history(
    conn: Connection, topic_id: int, items: Sequence[FoundDecision]
) -> dict[DecisionKey, list[Row[Any]]]:
    decided = screening_decisions.c
    statement = select(screening_decisions).where(
        decided.topic_id == topic_id,
        decided.stage == items[0].new.stage,
        decided.record_id.in_(sorted({item.new.record_id for item in items})),
    )
    history: dict[DecisionKey, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(statement.order_by(decided.screening_decision_id)):
        history[(row.record_id, row.reviewer)].append(row)
    return history


def _is_known(new: NewDecision, before: Sequence[Row[Any]]) -> bool:
    """Tell whether the decision stands already, or stood and was replaced since."""
    return any(
        content_of(new) == content_of(one) and (one.is_standing or one.decided_at == new.decided_at)
        for one in before
    )


def _why_overtaken(item: FoundDecision, standing: Row[Any]) -> str | None:
    if standing.is_adjudication:
        return f"{standing.reviewer} settled a conflict here: {standing.decision}."
    told = f"{standing.reviewer} decided here: {standing.decision}, {standing.decided_at:%Y-%m-%d}"
    if standing.decided_at > item.new.decided_at:
        return f"{told}, which is later than {item.new.decided_at:%Y-%m-%d %H:%M} in the file."
    if not item.is_dated and standing.origin is not DecisionOrigin.IMPORTED:
        return f"{told}; the file says {item.new.decision}, and not when."
    return None


def _select_imports(conn: Connection, *conditions: Any) -> list[DecisionImport]:
    names = [one for one in DecisionImport.__dataclass_fields__ if one != "topic"]
    statement = (
        select(*(decision_imports.c[name] for name in names), topics.c.name.label("topic"))
        .join(topics, topics.c.topic_id == decision_imports.c.topic_id)
        .where(*conditions)
        .order_by(decision_imports.c.decision_import_id.desc())
    )
    return [
        DecisionImport(
            **dict(row) | {"unmatched": tuple(NotTaken(**one) for one in row["unmatched"])}
        )
        for row in conn.execute(statement).mappings()
    ]
