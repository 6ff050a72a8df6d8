"""What the forms of judging send, and the way back to where they stood.

What is wrong with a form is told beside it, with what was typed: nothing is typed twice.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from starlette.responses import Response

from litsweep.domain.judgements import Correction, Fault, Judgement, Opinion
from litsweep.domain.readings import FindingState
from litsweep.errors import DecisionConflict, UnknownRecord, UsageError
from litsweep_app.web.faults import status_of
from litsweep_app.web.visit import Visit, path_to

_MOST_CHARACTERS: Final = 5000

_Member = TypeVar("_Member", Fault, FindingState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed into a form, to be shown in it again."""

    fault: str
    note: str
    state: str
    value: str
    quote: str


def read_given(visit: Visit) -> Given:
    """Return what was typed, as it was typed."""
    return Given(
        fault=visit.field_of("fault"),
        note=visit.field_of("note"),
        state=visit.field_of("state"),
        value=visit.field_of("value"),
        quote=visit.field_of("quote"),
    )


def read_opinion(given: Given, judgement: str) -> Opinion:
    """Return what the form says.

    Raises:
        UsageError: it says nothing, too much, or contradicts itself.
    """
    if judgement not in list(Judgement):
        raise UsageError("Say whether it is right or wrong.")
    if max(len(given.note), len(given.value), len(given.quote)) > _MOST_CHARACTERS:
        raise UsageError(f"A note, a value or a passage has at most {_MOST_CHARACTERS} characters.")
    if judgement != Judgement.WRONG:
        # What stands in the folded part of the form was not meant.
        return Opinion(judgement=Judgement(judgement))
    return Opinion(
        judgement=Judgement.WRONG,
        fault=_read_member(Fault, given.fault),
        note=given.note or None,
        correction=_read_correction(given),
    )


def read_expected(visit: Visit) -> int | None:
    """Return the number of the judgement that was before the person's eyes, or None."""
    given = visit.field_of("expected")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None


def make_seal(visit: Visit, *drawn: object) -> str:
    """Return what proves that chance drew this for the person's session, for a hidden field."""
    said = "/".join(map(str, drawn)).encode()
    return hmac.new(visit.secret.encode(), b"audit/" + said, hashlib.sha256).hexdigest()


def is_sealed(visit: Visit, *drawn: object) -> bool:
    """Tell whether the form came from the random audit, and is about what it drew."""
    return hmac.compare_digest(visit.field_of("seal").encode(), make_seal(visit, *drawn).encode())


def go_back(visit: Visit, record_id: int, anchor: str) -> Response:
    """Send the browser to the page that the form stood on, at its place.

    Only a path of the desk is taken from the header; the record's page stands in for none, and
    for an address that takes forms alone.
    """
    came_from = _split(visit.field_of("back") or visit.request.headers.get("referer", ""))
    path = came_from.path
    is_ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    if not is_ours or path.endswith(("/judgements", "/rereads")):
        return visit.redirect(f"{path_to('records', record_id)}#{anchor}")
    query = f"?{came_from.query}" if came_from.query else ""
    return visit.redirect(f"{path}{query}#{anchor}")


def refuse(
    visit: Visit, template: str, error: UsageError | DecisionConflict, context: dict[str, Any]
) -> Response:
    """Answer a form that was refused: the form again, what was typed, and why.

    Raises:
        UnknownRecord: that was the reason, and there is no form to show.
    """
    if isinstance(error, UnknownRecord):
        raise error
    return visit.render(template, status=status_of(error), **context | {"error": str(error)})


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets that are no address
        return urlsplit("")


def _read_correction(given: Given) -> Correction | None:
    state = _read_member(FindingState, given.state)
    if state is None and (given.value or given.quote):
        state = FindingState.FOUND
    if state is None:
        return None
    return Correction(state=state, value=given.value or None, quote=given.quote or None)


def _read_member(kind: type[_Member], given: str) -> _Member | None:
    if not given:
        return None
    try:
        return kind(given)
    except ValueError:
        raise UsageError(f"{given[:40]!r} is not in the list.") from None
