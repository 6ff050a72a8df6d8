"""One record with everything about it, and its full text with the passages that were quoted."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.card_facts import load_card_facts
from db.card_texts import load_card_texts
from db.engine import Connection
from litsweep.domain.decisions import Stage
from litsweep.domain.documents import DocumentKind, Span
from litsweep.domain.reviewers import Role
from litsweep_app.web.card import Work, cut_text, load_card, load_work
from litsweep_app.web.judging.rereading import list_writers
from litsweep_app.web.key_sets import ACTIONS, keys_of
from litsweep_app.web.machine_text import is_withheld
from litsweep_app.web.page import Page
from litsweep_app.web.queue import path_of_card, read_stage
from litsweep_app.web.visit import Visit, path_to


def show_record(visit: Visit) -> Response:
    """Show a record: its texts, what machines made of them, what people decided."""
    record_id = visit.number_of("record_id")
    with visit.database.reading() as conn:
        works = _list_works(conn, visit, record_id)
        card = load_card(conn, visit, record_id, _choose(visit, works))
    return visit.render(
        "record.html",
        card=card,
        works=works,
        queue_paths=[path_of_card(work.topic, work.stage, record_id) for work in works],
        place="",
        keys=keys_of(visit.me.preferences),
        actions=ACTIONS,
        models=list_writers(visit.settings),
        next_path="",
        self_path=path_to("records", record_id),
    )


def show_text(visit: Visit) -> Response:
    """Show the full text of a record by sections, or for a script the one with a data item."""
    record_id = visit.number_of("record_id")
    with visit.database.reading() as conn:
        is_hidden = is_withheld(conn, visit.me, record_id, DocumentKind.FULL_TEXT)
        facts = load_card_facts(conn, record_id)
        texts = load_card_texts(conn, record_id, kinds=(DocumentKind.FULL_TEXT,))
    document = texts.full_text
    if document is None:
        raise HTTPException(404, "The full text of this record is not stored.")
    reading = texts.readings.get(DocumentKind.FULL_TEXT)
    is_of_this = reading is not None and reading.stored.is_current and not is_hidden
    findings = reading.findings if reading and is_of_this else ()
    sources: list[tuple[int, Span]] = [
        (one.finding_id, one.finding.source) for one in findings if one.finding.source is not None
    ]
    context: dict[str, Any] = {
        "facts": facts,
        "parts": cut_text(document, sources),
        "items": {one.finding_id: one.finding.data_item for one in findings},
        "wanted": visit.query.get("finding", ""),
    }
    return visit.render("text_part.html" if visit.is_fragment else "record_text.html", **context)


def _list_works(conn: Connection, visit: Visit, record_id: int) -> list[Work]:
    """Return what the record is decided for: the topic and stage of the address, else all."""
    names = [one.topic for one in load_card_facts(conn, record_id).found_for]
    if asked := visit.query.get("topic"):
        names = [name for name in names if name == asked]
    wanted = visit.query.get("stage")
    stages = [read_stage(wanted)] if wanted else [Stage.TITLE_ABSTRACT]
    return [load_work(conn, visit, name, stage, record_id) for name in names for stage in stages]


def _choose(visit: Visit, works: Sequence[Work]) -> Work | None:
    """Return what can be decided upon on this page: only what the address names."""
    is_named = bool(visit.query.get("topic")) and len(works) == 1
    return works[0] if is_named else None


PAGES: Final[Sequence[Page]] = (
    Page(path="/records/{record_id}", name="record", handler=show_record, role=Role.READER),
    Page(path="/records/{record_id}/text", name="record_text", handler=show_text, role=Role.READER),
)
