"""The next card to be decided upon, at an address that stays that card's.

``/topics/T/queue/S`` finds what is next and goes there, so that the browser's way back leads to
the cards that were seen. A script asks for the same address as a part of a page, for cards that it
holds ready. What is shown is claimed, so that two people do not do one's work.
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from db.card_facts import list_titles
from db.engine import Connection
from db.own_decisions import count_decided
from db.runs import list_runs
from db.screening import find_last_undoable
from db.screening_protocols import get_protocol
from db.screening_queue import QueuedRecord, claim, count_waiting, list_queue
from db.topics import get_topic
from litsweep.domain.decisions import ScreeningDecision, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Role
from litsweep.errors import DatabaseBusy, UsageError
from litsweep_app.web.card import Card, load_card, load_work
from litsweep_app.web.judging.rereading import list_writers
from litsweep_app.web.key_sets import ACTIONS, keys_of
from litsweep_app.web.machine_text import judges_first
from litsweep_app.web.next_step import find_next as find_next_step
from litsweep_app.web.page import Page
from litsweep_app.web.topic_card import list_cards
from litsweep_app.web.visit import Visit, path_to

STAGE_NAMES: Final = {Stage.TITLE_ABSTRACT: "Titles and abstracts", Stage.FULL_TEXT: "Full texts"}
_MOST_AHEAD: Final = 12


def show_queue(visit: Visit) -> Response:
    """Show a card of the queue, or go to the next one; a part of a page to a script."""
    topic, stage = visit.text_of("topic"), read_stage(visit.text_of("stage"))
    if given := visit.query.get("record"):
        return _show_card(visit, topic, stage, read_number(given))
    found = take_next(visit, topic, stage, after=visit.query.get("after"))
    if found is None:
        return _show_end(visit, topic, stage)
    if not visit.is_fragment:
        return visit.redirect(path_of_card(topic, stage, found.record_id))
    return _show_card(visit, topic, stage, found.record_id, is_claimed=True)


def take_next(visit: Visit, topic: str, stage: Stage, *, after: str | None) -> QueuedRecord | None:
    """Find what waits for the visitor and claim it in one step, so that no two get one record.

    Who only reads claims nothing; where the database is busy, it is claimed when it is shown.
    """
    if visit.may(Role.REVIEWER):
        try:
            with visit.database.writing() as conn:
                found = find_next(conn, visit, topic, stage, after=after)
                if found is not None:
                    _hold(conn, visit, topic, stage, found.record_id)
                return found
        except DatabaseBusy:
            pass
    with visit.database.reading() as conn:
        return find_next(conn, visit, topic, stage, after=after)


def find_next(
    conn: Connection, visit: Visit, topic: str, stage: Stage, *, after: str | None
) -> QueuedRecord | None:
    """Return what waits for the visitor after a place of the queue, or None.

    Records that the script holds already are passed over.
    """
    held = set(_read_held(visit))
    found = list_queue(
        conn, topic, stage, visit.me.name, now=visit.now, after=after or None, limit=len(held) + 1
    )
    return next((one for one in found if one.record_id not in held), None)


def path_of_card(topic: str, stage: Stage, record_id: int, **query: object) -> str:
    """Return the address of a record's card in a queue."""
    return path_to("topics", topic, "queue", stage, record=record_id, **query)


def read_stage(given: str) -> Stage:
    """Return the stage of an address or a form.

    Raises:
        UsageError: it is none.
    """
    try:
        return Stage(given)
    except ValueError:
        raise UsageError(f"{given[:40]!r} is no stage; title_abstract or full_text.") from None


def read_number(given: str) -> int:
    """Return a record's or a decision's number.

    Raises:
        UsageError: it is none.
    """
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise UsageError(f"{given[:40]!r} is not a number.")
    return int(given)


def describe_card(visit: Visit, card: Card) -> dict[str, Any]:
    """Return what the templates of a card ask for beside it."""
    assert card.work is not None
    topic, stage = card.work.topic, card.work.stage
    place = f"record-{card.record_id}"
    return {
        "card": card,
        "place": place,
        "keys": keys_of(visit.me.preferences),
        "actions": ACTIONS,
        "models": list_writers(visit.settings),
        "next_path": path_to("topics", topic, "queue", stage, after=place),
        "self_path": path_of_card(topic, stage, card.record_id),
    }


def _show_card(
    visit: Visit, topic: str, stage: Stage, record_id: int, *, is_claimed: bool = False
) -> Response:
    with visit.database.reading() as conn:
        work = load_work(conn, visit, topic, stage, record_id)
        is_full_text = stage is Stage.FULL_TEXT
        card = load_card(
            conn,
            visit,
            record_id,
            work,
            kinds=tuple(DocumentKind) if is_full_text else (DocumentKind.ABSTRACT,),
        )
        if not visit.is_fragment:
            frame = _load_frame(conn, visit, topic, stage)
    if work.decided is None and not is_claimed and visit.may(Role.REVIEWER):
        _claim(visit, topic, stage, record_id)
    if visit.is_fragment:
        return visit.render("card.html", **describe_card(visit, card))
    return visit.render("queue.html", **frame, **describe_card(visit, card))


def _show_end(visit: Visit, topic: str, stage: Stage) -> Response:
    with visit.database.reading() as conn:
        runs = list_runs(conn, topic=topic, limit=1)
        frame = _load_frame(conn, visit, topic, stage)
        cards = list_cards(conn, visit, [get_topic(conn, topic)], since=None)
    template = "queue_end_part.html" if visit.is_fragment else "queue_end.html"
    return visit.render(
        template,
        **frame,
        run=runs[0] if runs else None,
        next_step=find_next_step(cards, visit.me.role, n_alerts=0),
        keys=keys_of(visit.me.preferences),
        actions=ACTIONS,
    )


def _load_frame(conn: Connection, visit: Visit, topic: str, stage: Stage) -> dict[str, Any]:
    """Return what stands around a card: how far the person came, and what undoing takes back."""
    name = visit.me.name
    last: ScreeningDecision | None = find_last_undoable(conn, name, topic, stage)
    return {
        "topic": topic,
        "stage": stage,
        "stage_name": STAGE_NAMES[stage],
        "n_mine": count_decided(conn, topic, stage, name),
        "waiting": count_waiting(conn, topic, stage, name, now=visit.now),
        "last": last,
        "last_title": list_titles(conn, [last.record_id])[last.record_id] if last else "",
        "is_judge_first": judges_first(visit.me, get_protocol(conn, topic).rules),
    }


def _claim(visit: Visit, topic: str, stage: Stage, record_id: int) -> None:
    """Hold the shown card, and what the script holds; a busy database holds nothing, and shows."""
    try:
        with visit.database.writing() as conn:
            _hold(conn, visit, topic, stage, record_id)
    except DatabaseBusy:
        return


def _hold(conn: Connection, visit: Visit, topic: str, stage: Stage, record_id: int) -> None:
    before, *ahead = (*_read_held(visit), record_id)
    claim(conn, topic, stage, visit.me.name, before, visit.now, ahead=ahead)


def _read_held(visit: Visit) -> Sequence[int]:
    """Return the records that the script holds, that before the person's eyes first."""
    given = visit.query.get("held", "").split(",")[:_MOST_AHEAD]
    return [read_number(one) for one in given if one]


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/queue/{stage}",
        name="queue",
        handler=show_queue,
        role=Role.READER,
        takes_turns=True,
    ),
)
