"""A person's own keys at a card, and whether they judge before they see a machine's text."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response

from db.preferences import set_preferences
from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep_app.web.key_sets import ACTIONS, PRESETS, check_keys, keys_of
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def show_keys(visit: Visit) -> Response:
    """Show the person's keys, to be changed."""
    preset = PRESETS.get(visit.query.get("as", ""))
    return _render(visit, preset or keys_of(visit.me.preferences))


def set_keys(visit: Visit) -> Response:
    """Store the person's keys, and whether they judge first."""
    given = {action: visit.field_of(action) for action in ACTIONS}
    try:
        keys = check_keys(given)
    except UsageError as error:
        return _render(visit, given, error=str(error), status=400)
    with visit.database.writing() as conn:
        set_preferences(
            conn,
            visit.me.reviewer_id,
            {"keys": keys, "judge_first": visit.field_of("judge_first") == "yes"},
        )
    return visit.redirect("/keys?stored=1")


def _render(
    visit: Visit, keys: Mapping[str, str], *, error: str | None = None, status: int = 200
) -> Response:
    is_judge_first = visit.me.preferences.get("judge_first") is True
    return visit.render(
        "keys.html",
        status=status,
        keys=keys,
        actions=ACTIONS,
        presets=list(PRESETS),
        error=error,
        is_judge_first=visit.field_of("judge_first") == "yes" if error else is_judge_first,
        is_stored=visit.query.get("stored") == "1",
    )


PAGES: Final[Sequence[Page]] = (
    Page(path="/keys", name="keys", handler=show_keys, role=Role.READER),
    Page(path="/keys", name="set_keys", handler=set_keys, role=Role.READER, methods=("POST",)),
)
