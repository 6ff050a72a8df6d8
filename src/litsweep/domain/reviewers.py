"""The people of a review desk, and what each may do there."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from litsweep.errors import UsageError

_MOST_LETTERS: Final = 100
# Control, format, surrogate, private and unassigned; line and paragraph separators.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"


class Role(StrEnum):
    """What a person may do at the desk; each role may do what those before it may."""

    READER = "reader"
    """Looks at everything, searches and exports; decides nothing."""
    REVIEWER = "reviewer"
    """Decides, judges sentences and data items, asks for new readings."""
    LEAD = "lead"
    """Settles conflicts, sets how a topic is screened, adds people."""

    def may(self, needed: "Role") -> bool:
        """Tell whether who has this role may do what ``needed`` is asked for."""
        return _RANKS.index(self) >= _RANKS.index(needed)


_RANKS: Final = (Role.READER, Role.REVIEWER, Role.LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A person with an account; ``name`` is the one that stands beside their decisions.

    ``preferences`` are the person's own: ``keys`` (action to key), ``judge_first``.
    """

    reviewer_id: int
    name: str
    role: Role
    has_password: bool
    preferences: dict[str, object]
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What is known of a token of a person's programs; the token itself is not stored."""

    api_token_id: int
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it lets a program in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSession:
    """One browser in which a person is signed in; ``session_id`` tells it among theirs.

    ``is_this`` marks the one that asks.
    """

    session_id: str
    started_at: datetime
    last_seen_at: datetime
    is_this: bool


def clean_name(name: str) -> str:
    """Return a person's name as it is stored: composed letters, single blanks.

    Raises:
        UsageError: it is empty, too long, or holds what cannot be seen.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > _MOST_LETTERS:
        raise UsageError(f"A name has 1 to {_MOST_LETTERS} letters.")
    for letter in name:
        if unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS:
            raise UsageError(f"A name holds U+{ord(letter):04X}, which cannot be seen.")
    return name


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two names would be taken for each other: capitals and forms do not count."""
    return _fold(one) == _fold(other)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
