"""What a request brings, read and bounded: a form's fields, or one value of JSON."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from litsweep_app.web.security.limits import DEEPEST_JSON, LARGEST_BODY, MOST_FIELDS

# Without any type: nothing but a token in a header, from a script.
_FORMS: Final = ("", "application/x-www-form-urlencoded")
# PostgreSQL stores no NUL, and half a surrogate pair is no character at all.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


async def read_form(request: Request) -> FormData:
    """Return the fields of a form, as browsers send one that has no files.

    Raises:
        HTTPException: 400 it has too many fields, or texts that cannot be stored; 415 it is sent
            in another way. As multipart it could name any of Python's codecs, of which some take
            seconds, in which nothing else is answered, and some raise errors of their own.
    """
    if _declared(request) not in _FORMS:
        raise HTTPException(415, f"The form has to be sent as {_FORMS[1]}.")
    try:
        form = await request.form(max_fields=MOST_FIELDS, max_part_size=LARGEST_BODY)
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    for name, value in form.multi_items():
        refuse_unstorable([name, value if isinstance(value, str) else ""])
    return form


async def read_json(request: Request) -> Any:
    """Return the value of a JSON body, None where there is no body.

    Raises:
        HTTPException: 400 it is no JSON, too deep, or holds texts that cannot be stored; 415 it
            does not say that it is JSON.
    """
    body = await request.body()
    if not body:
        return None
    if _declared(request) != "application/json":
        raise HTTPException(415, "The body has to be JSON, with Content-Type: application/json.")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise HTTPException(400, f"The body is no JSON: {error}.") from None
    _look_through(value)
    return value


def _declared(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_unstorable(texts: Iterable[str]) -> None:
    """Refuse texts with characters that no database here can store.

    Raises:
        HTTPException: 400.
    """
    if any(_UNSTORABLE.search(text) for text in texts):
        raise HTTPException(400, "A text holds a character that cannot be stored (U+0000).")


def _look_through(value: Any) -> None:
    """Look at each part without calling itself: a value may be as deep as the parser allows."""
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST_JSON:
            raise _too_deep()
        if isinstance(one, str):
            refuse_unstorable([one])
        elif isinstance(one, dict):
            refuse_unstorable(one)
            waiting.extend((part, depth + 1) for part in one.values())
        elif isinstance(one, list):
            waiting.extend((part, depth + 1) for part in one)


def _too_deep() -> HTTPException:
    return HTTPException(400, f"The JSON is deeper than {DEEPEST_JSON} levels.")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
