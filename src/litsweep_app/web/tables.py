"""The desk's tables of numbers, receipts and decisions as files; those of records are exports.

Each is what its page shows to the same person: by the same counts, filters and order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.alert_lines import AlertLine, list_alert_lines
from db.card_facts import list_titles
from db.decisions import list_names
from db.engine import Connection
from db.histories import iter_history
from db.run_hits import RunHit, list_run_hits
from db.run_pages import iter_runs
from db.runs import get_run
from litsweep.domain.decisions import ScreeningDecision
from litsweep.domain.reviewers import Role
from litsweep.domain.strategies import HitState
from litsweep.errors import UsageError
from litsweep.exports.columns import Column
from litsweep.exports.tables import Table
from litsweep_app.web import agreement, flow, history, overview, runs
from litsweep_app.web import table_columns as columns
from litsweep_app.web.error_rates import rates
from litsweep_app.web.filters import Reader
from litsweep_app.web.flow_lines import list_lines
from litsweep_app.web.ordering import read_ordering, sort_rows
from litsweep_app.web.page import Page
from litsweep_app.web.table_files import BuildTable, send_table
from litsweep_app.web.visit import Visit

_AT_ONCE: Final = 1_000

ListRows = Callable[[Visit, Connection, Reader], Iterable[Any]]


def send(visit: Visit) -> Response:
    """Send one of `TABLES`."""
    name = visit.text_of("table")
    if name not in TABLES:
        raise HTTPException(404, f"There is no table {name[:40]!r}; there are {', '.join(TABLES)}.")
    return send_table(visit, name, TABLES[name])


def _counted(name: str, of: Sequence[Column], list_rows: ListRows) -> BuildTable:
    """Return a table that is small enough to be put in the order of any of its columns."""

    def build(visit: Visit, conn: Connection, reader: Reader) -> Table:
        ordering = read_ordering(reader, [column.name for column in of])
        rows = list(list_rows(visit, conn, reader))
        return Table(name=name, columns=of, rows=sort_rows(rows, of, ordering))

    return build


def _streamed(name: str, of: Sequence[Column], list_rows: ListRows) -> BuildTable:
    """Return a table of any length, in an order of the database's."""
    return lambda visit, conn, reader: Table(
        name=name, columns=of, rows=list_rows(visit, conn, reader)
    )


def _require_topic(reader: Reader) -> str:
    topic = reader.text("topic")
    if not topic:
        raise UsageError("topic: this table is one of a topic; name it.")
    return topic


def _list_agreement(visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    counted = agreement.COUNTS.find(conn, _require_topic(reader), visit.me.name)
    return agreement.list_pairs(counted.found)


def _list_progress(visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    counted = agreement.COUNTS.find(conn, _require_topic(reader), visit.me.name)
    return agreement.list_progress(counted.found)


def _list_flow(visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    return list_lines(flow.FLOWS.find(conn, _require_topic(reader), visit.me.name).found)


def _list_weeks(visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    return overview.list_topic_weeks(conn, _require_topic(reader), visit.now)


def _list_rates(_visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    return rates.list_rates(conn, reader.text("topic") or None, reader.text("model") or None)


def _list_checks(_visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    return rates.list_check_rows(conn, reader.text("topic") or None)


def _list_runs(_visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    return iter_runs(conn, runs.read_runs(reader))


def _list_identifiers(_visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    run_id, state = reader.number("run"), reader.word("state", HitState)
    if run_id is None:
        raise UsageError("run: identifiers are those of a search run; give its number.")
    get_run(conn, run_id)  # Is there such a run?
    return _iter_identifiers(conn, run_id, state)


def _iter_identifiers(conn: Connection, run_id: int, state: HitState | None) -> Iterator[RunHit]:
    after = 0
    while found := list_run_hits(conn, run_id, state=state, after=after, limit=_AT_ONCE):
        yield from found
        after = found[-1].pmid


def _list_alerts(visit: Visit, conn: Connection, reader: Reader) -> Iterator[AlertLine]:
    topic, wants_all = reader.text("topic") or None, reader.text("all") == "yes"
    before: int | None = None
    while found := list_alert_lines(
        conn,
        viewer=visit.me.name,
        is_included=None,
        topic=topic,
        include_acknowledged=wants_all,
        before=before,
        limit=_AT_ONCE,
    ):
        yield from found
        before = found[-1].alert.alert_id


def _list_decisions(visit: Visit, conn: Connection, reader: Reader) -> Iterable[Any]:
    asked = history.read_history(reader, _require_topic(reader), visit.me.name)
    return _name_records(conn, iter_history(conn, asked))


def _name_records(
    conn: Connection, decisions: Iterable[ScreeningDecision]
) -> Iterator[columns.DecisionRow]:
    pending = iter(decisions)
    while some := list(islice(pending, _AT_ONCE)):
        numbers = [one.record_id for one in some]
        pmids, titles = list_names(conn, numbers), list_titles(conn, numbers)
        for one in some:
            yield columns.DecisionRow(one, pmids[one.record_id], titles[one.record_id])


TABLES: Final[Mapping[str, BuildTable]] = {
    "agreement": _counted("agreement", columns.AGREEMENT, _list_agreement),
    "progress": _counted("progress", columns.PROGRESS, _list_progress),
    "flow": _counted("flow", columns.FLOW, _list_flow),
    "weeks": _counted("weeks", columns.WEEKS, _list_weeks),
    "error-rates": _counted("error_rates", columns.ERROR_RATES, _list_rates),
    "checks": _counted("checks", columns.CHECKS, _list_checks),
    "runs": _streamed("runs", columns.RUNS, _list_runs),
    "identifiers": _streamed("identifiers", columns.IDENTIFIERS, _list_identifiers),
    "alerts": _streamed("alerts", columns.ALERTS, _list_alerts),
    "decisions": _streamed("decisions", columns.DECISIONS, _list_decisions),
}
"""All tables that every signed-in person may have, by their names in an address."""

PAGES: Final[Sequence[Page]] = (
    Page(path="/tables/{table}", name="table", handler=send, role=Role.READER),
)
