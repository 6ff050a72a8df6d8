"""How a topic is screened."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.screening_protocols import get_protocol, list_protocols, set_protocol
from db.topics import get_topic
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import MOST_REVIEWERS, ScreeningRules
from litsweep.errors import DecisionConflict, UsageError
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit, path_to


def show_rules(visit: Visit) -> Response:
    """Show the rules that count, those before them, and to leads the form."""
    name = visit.text_of("topic")
    with visit.database.reading() as conn:
        topic = get_topic(conn, name)
        protocol = get_protocol(conn, name)
        former = [one for one in list_protocols(conn, name) if one.version != protocol.version]
    return visit.render(
        "rules.html",
        topic=topic,
        protocol=protocol,
        former=former,
        is_saved="saved" in visit.query,
        most_reviewers=MOST_REVIEWERS,
    )


def set_rules(visit: Visit) -> Response:
    """Store the form as the next version of the rules, if nobody else was quicker.

    Raises:
        UsageError: a word, the number of people, or the reason is not as it must be.
        DecisionConflict: the rules were changed since the form was shown.
    """
    name = visit.text_of("topic")
    rules = _read_rules(visit)
    with visit.database.writing() as conn:
        former = get_protocol(conn, name)
        if visit.field_of("version") != str(former.version):
            raise DecisionConflict(
                f"{former.author or 'Somebody'} set version {former.version} of the rules while "
                "you wrote; yours were not stored. Go back, copy what you wrote, load the page "
                "again and look at theirs."
            )
        set_protocol(
            conn,
            name,
            rules,
            author=visit.me.name,
            reason=visit.field_of("reason"),
            now=visit.now,
        )
    return visit.redirect(path_to("topics", name, "rules", saved="yes"))


def _read_rules(visit: Visit) -> ScreeningRules:
    return ScreeningRules(
        exclusion_reasons=_lines(visit.field_of("exclusion_reasons")),
        labels=_lines(visit.field_of("labels")),
        n_reviewers=_number(visit.field_of("n_reviewers")),
        is_blinded=bool(visit.field_of("is_blinded")),
        is_judge_first=bool(visit.field_of("is_judge_first")),
        highlighted_terms=_lines(visit.field_of("highlighted_terms")),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _number(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 3):
        raise UsageError(f"How many people decide? {given[:20]!r} is no such number.")
    return int(given)


_PATH: Final = "/topics/{topic}/rules"

PAGES: Final[Sequence[Page]] = (
    Page(path=_PATH, name="rules", handler=show_rules, role=Role.READER),
    Page(path=_PATH, name="set_rules", handler=set_rules, role=Role.LEAD, methods=("POST",)),
)
