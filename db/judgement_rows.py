"""Rows of judgements: a newer one of the same person in place of the former, which stays.

The same for sentences and for data items. Whether a judgement makes sense is for
``litsweep.domain.judgements`` to say.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Column, Connection, Row, Table, TextClause, and_, select, text

from db.decision_rows import plain_text
from db.decisions import ANY, Expected
from db.writing import add_row
from litsweep.domain.judgements import Judgement
from litsweep.errors import DecisionConflict, UsageError

_CORRECTED: Final = (
    *("corrected_state", "corrected_value", "corrected_quote"),
    *("corrected_start", "corrected_end"),
)


def store_judgement(
    conn: Connection,
    table: Table,
    of: Mapping[str, int],
    said: Mapping[str, Any],
    *,
    reviewer: str,
    now: datetime,
    tool_version: str,
    expected_id: int | Literal[Expected.ANY] | None,
    is_audit: bool,
) -> int:
    """Store what ``reviewer`` says of what ``of`` names, and return the judgement's number.

    What stands already adds nothing: its number is returned. Of what chance once chose, every
    later judgement of the person counts as chosen by it.

    Raises:
        UsageError: nobody judges, or a judgement is to be withdrawn and there is none.
        DecisionConflict: what stands is not what was expected; nothing was stored.
    """
    name = " ".join(plain_text(reviewer).split())
    if not name:
        raise UsageError("Who judges? Give a name.")
    standing = _find_standing(conn, table, of, name)
    if standing is not None and _content(table, standing._mapping) == _content(table, said):
        return _number(table, standing)
    _require_expected(table, standing, said["judgement"], expected_id)
    if standing is None and said["judgement"] is Judgement.WITHDRAWN:
        raise UsageError(f"{name} has judged nothing here that could be withdrawn.")
    if standing is not None:
        conn.execute(
            table.update().where(_key(table) == _number(table, standing)).values(is_standing=False)
        )
    return add_row(
        conn,
        table,
        **of,
        **said,
        reviewer=name,
        judged_at=now,
        supersedes_id=None if standing is None else _number(table, standing),
        is_standing=True,
        is_audit=is_audit or (standing is not None and standing.is_audit),
        tool_version=tool_version,
    )


def stands(table: Table) -> TextClause:
    """Return the condition that a judgement of ``table`` stands, as SQLite's indexes have it.

    ``is_standing = 1``, as a column is written for SQLite, leaves a partial index unused.
    """
    return text(f"{table.name}.is_standing")


def clean(given: str | None) -> str | None:
    """Return a text as a database can hold it, without blanks around; None for nothing."""
    return plain_text(given or "").strip() or None


def _find_standing(
    conn: Connection, table: Table, of: Mapping[str, int], reviewer: str
) -> Row[Any] | None:
    is_it = and_(*(table.c[name] == value for name, value in of.items()))
    return conn.execute(
        select(table).where(is_it, table.c.reviewer == reviewer, stands(table))
    ).first()


def _content(table: Table, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    names = ("judgement", "fault", "note", *(name for name in _CORRECTED if name in table.c))
    return tuple(row.get(name) for name in names)


def _require_expected(
    table: Table,
    standing: Row[Any] | None,
    judgement: Judgement,
    expected_id: int | Literal[Expected.ANY] | None,
) -> None:
    if expected_id is ANY:
        return
    stands = None if standing is None else _number(table, standing)
    if standing is not None and standing.judgement is Judgement.WITHDRAWN and expected_id is None:
        return
    if stands != expected_id:
        raise DecisionConflict(
            f"Your judgement ({judgement}) was not stored, for meanwhile another of yours was: "
            f"{_describe(standing)} Look at it and judge again."
        )


def _describe(standing: Row[Any] | None) -> str:
    if standing is None:
        return "none stands."
    fault = f" ({standing.fault.replace('_', ' ')})" if standing.fault else ""
    return f"{standing.judgement}{fault}, {standing.judged_at:%Y-%m-%d %H:%M} UTC."


def _key(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


def _number(table: Table, row: Row[Any]) -> int:
    return int(row._mapping[_key(table).name])
