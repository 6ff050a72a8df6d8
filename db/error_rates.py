"""How often machines were wrong, by what people judged: per model, prompt, task and method.

What is counted is in ``db.judged_items``; what chance draws to be judged in ``db.audit_draws``.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select

from db.judged_items import (
    MAKER,
    select_finding_faults,
    select_finding_outcomes,
    select_sentence_faults,
    select_sentence_outcomes,
    select_shown_findings,
    select_shown_sentences,
)
from litsweep.domain.error_rates import CheckWorth, ErrorRate, Maker, Tally
from litsweep.domain.judgements import Fault


def measure_error_rates(conn: Connection, topic: str | None = None) -> list[ErrorRate]:
    """Return what people found of every maker of whom anything was judged or shown.

    In the order of task, method and model, summaries first. A sentence that several people
    judged counts once.

    Raises:
        UnknownTopic: no topic has this name.
    """
    judged: dict[Maker, Tally] = {}
    audited: dict[Maker, Tally] = {}
    for row in _run(conn, select_sentence_outcomes, select_finding_outcomes, topic=topic):
        maker = _maker(row)
        judged[maker] = judged.get(maker, Tally()).plus(_tally(row.outcome, row.n))
        audited[maker] = audited.get(maker, Tally()).plus(_tally(row.audit, row.n))
    shown = {
        _maker(row): row.n
        for row in _run(conn, select_shown_sentences, select_shown_findings, topic=topic)
    }
    faults: dict[Maker, dict[Fault, int]] = {}
    for row in _run(conn, select_sentence_faults, select_finding_faults, topic=topic):
        faults.setdefault(_maker(row), {})[Fault(row.fault)] = row.n
    return [
        ErrorRate(
            maker=maker,
            n_shown=shown.get(maker, 0),
            judged=judged.get(maker, Tally()),
            audited=audited.get(maker, Tally()),
            faults=faults.get(maker, {}),
        )
        for maker in sorted(judged.keys() | shown.keys(), key=_order)
    ]


def measure_checks(conn: Connection, topic: str | None = None) -> list[CheckWorth]:
    """Return how many of the flagged, and of the unflagged, people found wrong.

    A sentence is flagged where a check objects to it or to its whole summary. One for
    sentences, one for data items.

    Raises:
        UnknownTopic: no topic has this name.
    """
    return [
        _weigh(name, conn.execute(select(conn, topic)).all())
        for name, select in (
            ("sentences", select_sentence_outcomes),
            ("data items", select_finding_outcomes),
        )
    ]


def _weigh(name: str, rows: Iterable[Row[Any]]) -> CheckWorth:
    judged = {True: Tally(), False: Tally()}
    audited = {True: Tally(), False: Tally()}
    for row in rows:
        is_flagged = bool(row.is_flagged)
        judged[is_flagged] = judged[is_flagged].plus(_tally(row.outcome, row.n))
        audited[is_flagged] = audited[is_flagged].plus(_tally(row.audit, row.n))
    return CheckWorth(
        of=name,
        flagged=judged[True],
        unflagged=judged[False],
        audited_flagged=audited[True],
        audited_unflagged=audited[False],
    )


def _run(conn: Connection, *selects: Any, topic: str | None) -> Iterable[Row[Any]]:
    for select in selects:
        statement: Select[Any] = select(conn, topic)
        yield from conn.execute(statement).all()


def _maker(row: Row[Any]) -> Maker:
    return Maker(**{name: row._mapping[name] for name in MAKER})


def _tally(outcome: str, n: int) -> Tally:
    return Tally() if outcome == "none" else Tally(**{f"n_{outcome}": n})


def _order(maker: Maker) -> tuple[bool, Maker]:
    return maker.task != "summary", maker
