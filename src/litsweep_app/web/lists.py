"""Lists of a topic's records: new, flagged, retracted, decided upon; and the alerts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from db.alert_lines import AlertLine, count_open, list_alert_lines
from db.alerts import acknowledge_alert
from db.list_choices import OF_DECISIONS, RecordList, list_reasons
from db.record_lists import FALLING, AskedList, Sort, find_holdings, list_records
from db.topics import get_topic, list_topics
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep.exports.formats import FORMATS
from litsweep_app.web.filters import Reader
from litsweep_app.web.list_filters import (
    NAMES,
    address_of,
    complete,
    export_of,
    order_by,
    ordering_of,
    read_visit,
)
from litsweep_app.web.ordering import Headings
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit, path_to

PAGE: Final = 50
_MOST_ALERTS: Final = 50
_MOST_INCLUDED: Final = 200


def show_list(visit: Visit) -> Response:
    """Show a page of a list; what is new is so since the last complete sweep, unless told."""
    asked = read_visit(visit)
    with visit.database.reading() as conn:
        get_topic(conn, asked.topic)
        shown = complete(conn, asked)
        page = list_records(conn, shown, limit=PAGE)
        holdings = find_holdings(conn, asked.topic)
        reasons: Sequence[str] = ()
        if asked.kind is RecordList.EXCLUDED:
            reasons = list_reasons(conn, asked.topic, asked.stage, visit.me.name)
    return visit.render(
        "list.html",
        asked=asked,
        since=shown.since,
        page=page,
        holdings=holdings,
        reasons=reasons,
        names=NAMES,
        links={
            kind: path_to(
                "topics",
                asked.topic,
                "lists",
                kind,
                stage=asked.stage
                if kind in OF_DECISIONS and asked.stage is not Stage.TITLE_ABSTRACT
                else None,
            )
            for kind in NAMES
        },
        of_decisions=OF_DECISIONS,
        headings=Headings(
            ordering=ordering_of(_as_shown(asked, page.sort)),
            own=Sort.LAST,
            falling=FALLING,
            link=lambda one: address_of(order_by(asked, one), after=None),
        ),
        first_page=None if asked.after is None else address_of(asked, after=None),
        next_page=None if page.after is None else address_of(asked, after=page.after),
        stages=list(Stage),
        export=export_of(shown),
        formats=FORMATS.values(),
    )


def _as_shown(asked: AskedList, sort: Sort) -> AskedList:
    """Return the list in the order in which it is: its own, not turned round, if in no other."""
    is_as_asked = sort is asked.sort
    return replace(asked, sort=sort, is_reversed=asked.is_reversed and is_as_asked)


def show_alerts(visit: Visit) -> Response:
    """Show the alerts that nobody has taken note of, or all; those of included records first."""
    reader = Reader(visit.query)
    wants_all = reader.text("all") == "yes"
    topic = reader.text("topic") or None
    before = reader.number("before")
    asked: dict[str, Any] = {
        "topic": topic,
        "include_acknowledged": wants_all,
        "viewer": visit.me.name,
    }
    with visit.database.reading() as conn:
        included: list[AlertLine] = []
        if before is None:
            included = list_alert_lines(conn, is_included=True, limit=_MOST_INCLUDED, **asked)
        others = list_alert_lines(
            conn, is_included=False, before=before, limit=_MOST_ALERTS, **asked
        )
        n_open = count_open(conn, topic=topic)
        topics = list_topics(conn, include_retired=True)
    query = {"all": "yes" if wants_all else None, "topic": topic}
    is_full = len(others) == _MOST_ALERTS
    return visit.render(
        "alerts.html",
        included=included,
        others=others,
        n_open=n_open,
        wants_all=wants_all,
        topic=topic,
        topics=topics,
        noted=reader.number("noted"),
        may_note=visit.may(Role.REVIEWER),
        is_first=before is None,
        first_page=path_to("alerts", **query),
        export=path_to("export", view="alerts", **query),
        formats=FORMATS.values(),
        next_page=path_to("alerts", **query, before=others[-1].alert.alert_id) if is_full else None,
    )


def note_alert(visit: Visit) -> Response:
    """Write down that the person took note of an alert."""
    number = visit.number_of("alert")
    note = visit.field_of("note")[:2000] or None
    with visit.database.writing() as conn:
        acknowledge_alert(conn, number, by=visit.me.name, note=note, now=visit.now)
    topic = visit.field_of("topic") or None
    return visit.redirect(path_to("alerts", topic=topic, noted=number))


PAGES: Final[Sequence[Page]] = (
    Page(path="/topics/{topic}/lists/{list}", name="list", handler=show_list, role=Role.READER),
    Page(path="/alerts", name="alerts", handler=show_alerts, role=Role.READER),
    Page(
        path="/alerts/{alert}/seen",
        name="alert_seen",
        handler=note_alert,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
)
