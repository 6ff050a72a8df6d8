"""Does a number of the source stand at another number's place, or with another unit?

That a number occurs in the source is not enough: "12 of 40" is not "40 of 12", and "5 mg" is
not "5 g". Numbers that the source lacks altogether are `litsweep.checks.numbers`' matter.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from litsweep.checks.numbers import SMALL_NUMBERS
from litsweep.checks.slots import DASH, Beside, Comparison, Token, tokenize
from litsweep.checks.units import UNITS

MARGIN: Final = 0.5
"""How much better the surroundings of another number must agree for a number to be flagged."""
_MARGIN_OF_SAID: Final = 1.0
# One unit serves a list: "5 and 10 mg", "5-10 mg", "3 vs 4 weeks".
_LIST: Final = re.compile(r"[\s,;/(±-]*(?:to|and|or|vs\.?|versus|±|\+/-)?[\s,(-]*", re.IGNORECASE)
_GLUE: Final = re.compile(r"[\s-]{0,2}")


def value_of(token: Token) -> Decimal | None:
    """Return a number's value, in figures or as one word from two upwards; None for a name's."""
    if token.is_number:
        return None if token.is_attached else Decimal(token.key)
    return SMALL_NUMBERS.get(token.text.lower())


def misplaced(comparison: Comparison) -> Iterator[tuple[Token, Token]]:
    """Yield each number with the one that the source has at its place."""
    values = {value_of(token) for token in comparison.said}
    for here, token in enumerate(comparison.said):
        value = value_of(token)
        if value is None:
            continue
        own = comparison.best(here, _of(value))
        rival = comparison.best(here, _of_another(value))
        if rival.token is None or rival.n_neighbours < own.n_neighbours:
            continue
        # A number that is said too has most likely a place of its own.
        margin = _MARGIN_OF_SAID if value_of(rival.token) in values else MARGIN
        if rival.agreement > own.agreement + margin:
            yield token, rival.token


def _of(value: Decimal) -> Callable[[Beside, Token], bool]:
    return lambda _, other: value_of(other) == value


def _of_another(value: Decimal) -> Callable[[Beside, Token], bool]:
    return lambda _, other: value_of(other) not in (None, value)


def lost_units(comparison: Comparison) -> Iterator[tuple[Token, Token]]:
    """Yield each number without a unit whose place in the source has one; "of" follows both."""
    for here, token in enumerate(comparison.said[:-1]):
        value, after = value_of(token), comparison.said[here + 1]
        if value is None or _is_unit(after):
            continue
        own = comparison.best(here, _of(value))
        unit, behind = own.following(1), own.following(2)
        if unit is None or behind is None or not _is_unit(unit):
            continue
        if behind.key == after.key and value_of(behind) is None:
            yield token, unit


def _is_unit(token: Token) -> bool:
    return token.text.casefold() in UNITS


def changed_units(text: str, source: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each number and unit of ``text`` where the source has other units for that number."""
    given: dict[Decimal, set[str]] = {}
    for sentence in source:
        for value, unit in _measures(sentence):
            given.setdefault(value, set()).add(unit)
    for value, unit in _measures(text):
        units = given.get(value, set())
        if unit and units and unit not in units:
            wording = " or ".join(sorted(one or "no unit" for one in units))
            yield f"{value} {unit}", wording


def _measures(text: str) -> Iterator[tuple[Decimal, str]]:
    """Yield each number with its unit ("" without one); a list's unit is that of each number."""
    text = DASH.sub("-", text)
    tokens = tokenize(text)
    unit, following = "", None
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        value = value_of(token)
        if value is None:
            continue
        own = _unit_after(text, tokens, place)
        goes_on = following is not None and _LIST.fullmatch(text, token.end, following.start)
        unit = own or (unit if goes_on else "")
        following = token
        yield value, unit


def _unit_after(text: str, tokens: Sequence[Token], place: int) -> str:
    if place + 1 == len(tokens):
        return ""
    number, after = tokens[place], tokens[place + 1]
    is_near = _GLUE.fullmatch(text, number.end, after.start)
    return UNITS.get(after.text.casefold(), "") if is_near else ""
