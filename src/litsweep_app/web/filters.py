"""Filters as they stand in an address: read with a message for each that is wrong, written back.

What is read and written again is the same, so that an address can be shared, and pages, exports
and programs mean the same by it. Nothing is searched here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from db.search import Order
from db.search_filters import UNDECIDED, SearchFilters, Undecided
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.reviewers import Reviewer
from litsweep.errors import UsageError
from litsweep_app.web.machine_text import find_first_judge

MOST_TYPES: Final = 50
"""Names of publication types in one search; there are about as many that are in use."""
_MOST_CHARACTERS: Final = 200
_LARGEST_KEY: Final = 2**62
_LARGEST_NUMBER: Final = 2**31 - 1

_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


class Typed(Protocol):
    """What stands behind the question mark; Starlette's ``QueryParams`` and ``FormData`` fit."""

    def getlist(self, key: Any) -> list[Any]:
        """Return the values of a name, none where it is absent."""


class By(StrEnum):
    """What records are compared by."""

    WORDS = "words"
    """The words of title, abstract, headings and keywords."""
    MEANING = "meaning"
    """The meaning of title and abstract, as near as to the best answers by words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSearch:
    """A search: by words, or for what is like the record ``similar``; what narrows it; its order.

    ``after`` is the sort key of the last answer of the page before, None for the first page. Who
    asks (``filters.viewer``) does not stand in an address.
    """

    q: str = ""
    similar: int | None = None
    filters: SearchFilters = field(default_factory=SearchFilters)
    by: By = By.WORDS
    order: Order = Order.NEWEST
    after: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for yet."""
        return not self.q and self.similar is None and not self.is_narrowed

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is set."""
        given = self.filters
        nothing = SearchFilters(
            with_duplicates=given.with_duplicates,
            viewer=given.viewer,
            first_judge=given.first_judge,
        )
        return given != nothing

    def as_query(self) -> dict[str, object]:
        """Return it as `visit.path_to` takes it: only what is not as it would be anyway."""
        found = self.filters
        return _left_out(
            {
                "q": self.q,
                "similar": self.similar,
                "topic": found.topic,
                "since": found.since,
                "until": found.until,
                "status": [str(one) for one in found.statuses],
                "type": list(found.publication_types),
                "decision": found.decision,
                "stage": found.stage,
                "flagged": None if found.is_flagged is None else _yes_no(found.is_flagged),
                "duplicates": "yes" if found.with_duplicates else None,
                "by": None if self.by is By.WORDS else self.by,
                "order": None if self.order is Order.NEWEST else self.order,
                "after": self.after,
            }
        )

    def seen_by(self, person: Reviewer) -> "AskedSearch":
        """Return it as this person may ask it: by decisions and checks that they may see."""
        judge = find_first_judge(person)
        return replace(self, filters=replace(self.filters, viewer=person.name, first_judge=judge))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSearch:
    """What was read; ``problems`` are messages by the name of the field that they are about.

    Where there are any, what is wrong is left out of ``asked``.
    """

    asked: AskedSearch
    problems: Mapping[str, str]

    def require(self) -> AskedSearch:
        """Return what was asked for.

        Raises:
            UsageError: something is wrong with it: the first of ``problems``.
        """
        for name, message in self.problems.items():
            raise UsageError(f"{name}: {message}")
        return self.asked


def read_search(typed: Typed) -> ReadSearch:
    """Read a search out of an address or a form; names that are not known are passed over."""
    reader = Reader(typed)
    filters = SearchFilters(
        topic=reader.text("topic") or None,
        since=reader.day("since"),
        until=reader.day("until"),
        statuses=tuple(dict.fromkeys(reader.words("status", PublicationStatus))),
        publication_types=tuple(dict.fromkeys(reader.names("type"))),
        decision=reader.one("decision", _read_decision),
        stage=reader.word("stage", Stage),
        is_flagged=reader.one("flagged", _read_yes_no),
        with_duplicates=reader.one("duplicates", _read_yes_no) or False,
    )
    asked = AskedSearch(
        q=reader.text("q", 5_000),
        similar=reader.number("similar"),
        filters=filters,
        by=reader.word("by", By) or By.WORDS,
        order=reader.word("order", Order) or Order.NEWEST,
        after=reader.number("after", _LARGEST_KEY),
    )
    if filters.since and filters.until and filters.since > filters.until:
        reader.problems["until"] = "The last day is before the first."
    return ReadSearch(asked=asked, problems=reader.problems)


class Reader:
    """Reads named values; what cannot be read is left out, and ``problems`` says why."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed
        self.problems: dict[str, str] = {}

    def text(self, name: str, longest: int = _MOST_CHARACTERS) -> str:
        """Return a text without blanks around it, empty where it is absent."""
        given = self._given(name)
        if not given:
            return ""
        if len(given[0]) > longest:
            self.problems[name] = f"At most {longest:,} characters; this has {len(given[0]):,}."
            return ""
        return given[0]

    def one(self, name: str, read: Callable[[str], _Value]) -> _Value | None:
        """Return a value as ``read`` reads it, which raises UsageError; None where absent."""
        given = self._given(name)
        if not given:
            return None
        try:
            return read(given[0])
        except UsageError as error:
            self.problems[name] = str(error)
            return None

    def day(self, name: str) -> date | None:
        """Return a day in ISO 8601."""
        return self.one(name, _read_day)

    def number(self, name: str, largest: int = _LARGEST_NUMBER) -> int | None:
        """Return a whole number from 0 on."""
        return self.one(name, lambda given: _read_number(given, largest))

    def word(self, name: str, words: type[_Word]) -> _Word | None:
        """Return one of some words."""
        return self.one(name, lambda given: _read_word(given, words))

    def words(self, name: str, words: type[_Word]) -> list[_Word]:
        """Return those of some words that are given, in their order."""
        found: list[_Word] = []
        for given in self._given(name):
            try:
                found.append(_read_word(given, words))
            except UsageError as error:
                self.problems[name] = str(error)
        return found

    def names(self, name: str) -> list[str]:
        """Return texts that are given several times, or with semicolons between them."""
        given = [part.strip() for one in self._given(name) for part in one.split(";")]
        found = [one for one in given if one]
        if len(found) > MOST_TYPES or any(len(one) > _MOST_CHARACTERS for one in found):
            self.problems[name] = (
                f"At most {MOST_TYPES} names of at most {_MOST_CHARACTERS} characters."
            )
            return []
        return found

    def _given(self, name: str) -> list[str]:
        values = self._typed.getlist(name)
        texts = [_clean(one) for one in values if isinstance(one, str)]
        return [one for one in texts if one]


def list_names() -> tuple[str, ...]:
    """Return the names that a search may have in its address."""
    return (
        *("q", "similar", "topic", "since", "until", "status", "type", "decision", "stage"),
        *("flagged", "duplicates", "by", "order", "after"),
    )


def _clean(given: str) -> str:
    # No database and no address holds them.
    kept = given.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    return kept.strip()


def _read_day(given: str) -> date:
    try:
        if len(given) != len("2026-11-22"):
            raise ValueError
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"{given[:40]!r} is no day; write it as 2026-11-22.") from None


def _read_number(given: str, largest: int) -> int:
    is_number = given.isascii() and given.isdigit() and len(given) <= len(str(largest))
    if not is_number or int(given) > largest:
        raise UsageError(f"{given[:40]!r} is no number that stands for anything here.")
    return int(given)


def _read_word(given: str, words: type[_Word]) -> _Word:
    try:
        return words(given)
    except ValueError:
        listed = ", ".join(words)
        raise UsageError(f"{given[:40]!r} is none of: {listed}.") from None


def _read_decision(given: str) -> Decision | Undecided:
    if given == UNDECIDED:
        return UNDECIDED
    decision = _read_word(given, Decision)
    if decision is Decision.WITHDRAWN:
        raise UsageError("A decision that was withdrawn does not stand; ask for undecided.")
    return decision


def _read_yes_no(given: str) -> bool:
    if given not in ("yes", "no"):
        raise UsageError(f"{given[:40]!r} is neither yes nor no.")
    return given == "yes"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _left_out(query: Mapping[str, object]) -> dict[str, object]:
    """Return what is not empty, days and words as text."""
    kept = {name: value for name, value in query.items() if value not in (None, "", [])}
    return {name: str(one) if isinstance(one, date) else one for name, one in kept.items()}
