"""The small values that addresses and bodies of the API are made of, with what each may hold."""

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LARGEST_NUMBER: Final = 2**31 - 1
"""What fits into a number's column on PostgreSQL."""
LONGEST_PAGE: Final = 200
"""As many items as one answer holds."""

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_TRUTHS: Final = {"true": True, "false": False}


def number(given: object) -> object:
    """Read a number of an address, written as JSON writes it: no blanks, signs or zeros before."""
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        return int(given)
    if isinstance(given, float) and given.is_integer():
        return int(given)  # 20.0 is an integer to JSON Schema
    return given if isinstance(given, int) and not isinstance(given, bool) else _refuse("a number")


def _truth(given: object) -> object:
    if isinstance(given, str):
        return _TRUTHS.get(given, given) if given in _TRUTHS else _refuse("true or false")
    return given if isinstance(given, bool) else _refuse("true or false")


def _refuse(what: str) -> Any:
    raise ValueError(f"this is not {what}")


Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER), BeforeValidator(number)]
"""The number of something stored."""
Place = Annotated[int, Field(ge=0, le=LARGEST_NUMBER), BeforeValidator(number)]
"""A place in a list, 0 the first."""
Limit = Annotated[int, Field(ge=1, le=LONGEST_PAGE), BeforeValidator(number)]
"""How many items one answer is to hold at most."""
Truth = Annotated[bool, BeforeValidator(_truth)]
"""true or false."""
# Neither database stores the character 0 in a text; half a surrogate pair is refused by pydantic.
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
"""The name of a topic or a person."""
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
"""One line of text: a reason, a label."""
LongText = Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]
"""A text of some paragraphs."""


class Asked(BaseModel):
    """What a program sends: no name that is not described, no value of another kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What a program is told: exactly the names that are described."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)
