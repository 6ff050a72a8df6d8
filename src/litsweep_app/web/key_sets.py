"""Which key does what at a card: the choices that are offered, and a person's own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from litsweep.errors import UsageError

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "include": "include",
        "exclude": "exclude; at the full text, then the number of the reason",
        "unsure": "leave it open",
        "undo": "take back the last decision, again and again",
        "next": "go on without deciding",
        "previous": "go back to the card before",
        "source": "show the source of the next sentence",
        "text": "open the full text at the passage",
        "note": "write a note",
        "labels": "choose labels",
        "more": "show or fold what else is known of the record",
    }
)
"""What keys do, in words."""

LITSWEEP: Final = "litsweep"
PRESETS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        LITSWEEP: {
            **{"include": "i", "exclude": "e", "unsure": "u", "undo": "z"},
            **{"next": "j", "previous": "k", "source": "s", "text": "t"},
            **{"note": "n", "labels": "l", "more": "m"},
        },
        "Rayyan": {
            **{"include": "i", "exclude": "e", "unsure": "u", "undo": "z"},
            **{"next": "ArrowRight", "previous": "ArrowLeft", "source": "s", "text": "t"},
            **{"note": "n", "labels": "l", "more": "m"},
        },
        "ASReview": {
            **{"include": "r", "exclude": "i", "unsure": "u", "undo": "z"},
            **{"next": "ArrowRight", "previous": "ArrowLeft", "source": "s", "text": "t"},
            **{"note": "n", "labels": "l", "more": "m"},
        },
    }
)
"""Keys as in other tools; the names are those of ``KeyboardEvent.key`` (W3C UI Events)."""

_NAMED: Final = frozenset(
    {
        *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"),
        *("Insert", "Delete", "Backspace", *(f"F{number}" for number in range(2, 13))),
    }
)
# Digits choose reasons; ? shows the keys; Tab, Enter, the blank and Escape are the browser's.
_TAKEN: Final = frozenset("0123456789?")


def keys_of(preferences: Mapping[str, object]) -> dict[str, str]:
    """Return the key of every action, as a person set it, else as litsweep has it."""
    own = preferences.get("keys")
    chosen = own if isinstance(own, Mapping) else {}
    keys = {**PRESETS[LITSWEEP], **{a: str(chosen[a]) for a in ACTIONS if a in chosen}}
    return keys if len(set(keys.values())) == len(keys) else dict(PRESETS[LITSWEEP])


def check_keys(given: Mapping[str, str]) -> dict[str, str]:
    """Return the keys as they are stored: letters in lower case.

    Raises:
        UsageError: an action has no key, a key is none that can be used, or does two things.
    """
    keys: dict[str, str] = {}
    for action in ACTIONS:
        key = _check_key(action, given.get(action, ""))
        other = next((name for name, taken in keys.items() if taken == key), None)
        if other is not None:
            raise UsageError(f"The key {key} would do two things: {other} and {action}.")
        keys[action] = key
    return keys


def _check_key(action: str, given: str) -> str:
    key = given.strip()
    if not key:
        raise UsageError(f"There is no key for: {action}.")
    if key in _NAMED:
        return key
    named = {one.lower(): one for one in _NAMED}
    if key.lower() in named:
        return named[key.lower()]
    if len(key) != 1 or not key.isprintable():
        raise UsageError(f"{key[:20]!r} is no key: write one letter or sign, or ArrowRight.")
    if key in _TAKEN:
        raise UsageError(f"{key} is taken: digits choose reasons, and ? shows the keys.")
    return key.lower()
