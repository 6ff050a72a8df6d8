"""Run a query's tree over a collection: which entries, and how the server understood it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from litsweep_app.sandbox.dates import parse_bounds, today, write_date
from litsweep_app.sandbox.query.collection import VALUE_MARK, Collection, normalise
from litsweep_app.sandbox.query.fields import Field, Matching, find_field
from litsweep_app.sandbox.query.parsing import parse_query
from litsweep_app.sandbox.query.tree import Chain, Node, Range, Set, Term
from litsweep_app.sandbox.query.vocabulary import (
    FILTERS,
    LANGUAGES,
    PUBLICATION_TYPES,
    STOPWORDS,
)

_RANGED: Final = frozenset({Matching.DATES, Matching.NUMBERS})
_LAST_SPAN: Final = re.compile(r"last (\d{1,5}) (day|month|year)s?", re.IGNORECASE)
_DAYS: Final = {"day": 1, "month": 30, "year": 365}
_KNOWN: Final = {
    "PTYP": PUBLICATION_TYPES,
    "LANG": frozenset(LANGUAGES) | frozenset(LANGUAGES.values()),
    "FILT": FILTERS,
}


@dataclass(slots=True)
class Messages:
    """What ESearch reports beside the ids, in its own words."""

    phrases_not_found: list[str] = field(default_factory=list)
    fields_not_found: list[str] = field(default_factory=list)
    phrases_ignored: list[str] = field(default_factory=list)
    quoted_phrases_not_found: list[str] = field(default_factory=list)
    output_messages: list[str] = field(default_factory=list)
    translations: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a part of the query found; ``uids`` is None where the part was dropped."""

    uids: set[int] | None
    translation: str
    operator: str | None = None

    def grouped(self, operator: str) -> str:
        """Return the translation, in parentheses where it would read wrongly without."""
        needs_none = self.operator is None or self.operator == operator
        return self.translation if needs_none else f"({self.translation})"


DROPPED: Final = Outcome(uids=None, translation="")


class UnknownSet(Exception):
    """The query names a set that the WebEnv does not have; caught by the endpoint."""


def run_query(
    text: str,
    *,
    db: str,
    collection: Collection,
    find_set: Callable[[int], Iterable[int] | None],
    default_tag: str | None = None,
) -> tuple[Outcome, Messages]:
    """Parse and run a query.

    Raises:
        QuerySyntaxError: it cannot be parsed.
        UnknownSet: it refers to a set that does not exist.
    """
    node, warnings = parse_query(text, lambda tag: _is_ranged(db, tag))
    messages = Messages(output_messages=warnings)
    evaluation = _Evaluation(db, collection, find_set, default_tag, messages)
    return evaluation.run(node), messages


def _is_ranged(db: str, tag: str) -> bool:
    found = find_field(db, tag)
    return found is not None and found.matching in _RANGED


def find_between(collection: Collection, name: str, first: date, last: date) -> set[int]:
    """Return the entries with a date of this field from ``first`` to ``last``."""
    return {
        uid
        for uid in collection.uids
        if any(first <= day <= last for day in collection.dates[uid].get(name, ()))
    }


@dataclass(slots=True)
class _Evaluation:
    db: str
    collection: Collection
    find_set: Callable[[int], Iterable[int] | None]
    default_tag: str | None
    messages: Messages

    def run(self, node: Node) -> Outcome:
        if isinstance(node, Chain):
            return self.run_chain(node)
        if isinstance(node, Term):
            return self.run_term(node)
        if isinstance(node, Range):
            return self.run_range(node)
        return self.run_set(node)

    def run_chain(self, chain: Chain) -> Outcome:
        result = self.run(chain.first)
        for operator, operand in chain.rest:
            result = combine(result, operator, self.run(operand))
        return result

    def run_set(self, node: Set) -> Outcome:
        found = self.find_set(node.query_key)
        if found is None:
            raise UnknownSet(node.query_key)
        return Outcome(uids=set(found), translation=f"#{node.query_key}")

    def field_of(self, tag: str | None) -> Field | None:
        """Return the field of a tag; an unknown tag is reported and searched in all fields."""
        tag = self.default_tag if tag is None else tag
        if tag is None:
            return None
        found = find_field(self.db, tag)
        if found is None:
            self.messages.fields_not_found.append(tag)
        return found

    def run_range(self, node: Range) -> Outcome:
        found = self.field_of(node.tag)
        if found is None or found.matching not in _RANGED:
            return self.drop(Term(text=f"{node.first}:{node.last}", is_quoted=False, tag=node.tag))
        if found.matching is Matching.NUMBERS:
            return self.run_numbers(node.first, node.last, found)
        first, last = parse_bounds(node.first), parse_bounds(node.last)
        if first is None or last is None:
            return self.drop(Term(text=f"{node.first}:{node.last}", is_quoted=False, tag=node.tag))
        return Outcome(
            uids=find_between(self.collection, found.name, first[0], last[1]),
            translation=f"{node.first}:{node.last}[{found.full_name}]",
        )

    def run_numbers(self, first: str, last: str, found: Field) -> Outcome:
        written = f"{first}:{last}[{found.full_name}]"
        numbers = [_number(first), _number(last)]
        if None in numbers:
            return self.drop(Term(text=f"{first}:{last}", is_quoted=False, tag=found.name))
        low, high = numbers
        uids = {uid for uid in self.collection.uids if (low or 0) <= uid <= (high or 0)}
        return Outcome(uids=uids, translation=written)

    def run_term(self, term: Term) -> Outcome:
        found = self.field_of(term.tag)
        if found is None:
            return self.run_untagged(term)
        match found.matching:
            case Matching.NUMBERS:
                return self.run_uids(term, found)
            case Matching.DATES:
                return self.run_date(term, found)
            case Matching.WORDS:
                return self.run_words(term, found)
            case Matching.VALUES | Matching.NAMES:
                return self.run_value(term, found)

    def run_uids(self, term: Term, found: Field) -> Outcome:
        numbers = {_number(word) for word in term.text.replace(",", " ").split()}
        uids = set(self.collection.uids) & {number for number in numbers if number}
        return Outcome(uids=uids, translation=f'"{term.text}"[{found.full_name}]')

    def run_date(self, term: Term, found: Field) -> Outcome:
        bounds = _last_span(term.text) or parse_bounds(term.text)
        if bounds is None:
            return self.drop(term)
        written = f"{write_date(bounds[0])}:{write_date(bounds[1])}[{found.full_name}]"
        return Outcome(uids=find_between(self.collection, found.name, *bounds), translation=written)

    def run_untagged(self, term: Term) -> Outcome:
        everywhere = find_field(self.db, "all")
        if everywhere is None:
            return self.drop(term)
        numbers = [_number(word) for word in term.text.split()]
        known = set(self.collection.uids)
        if not term.is_quoted and numbers and all(number in known for number in numbers):
            return Outcome(
                uids={number for number in numbers if number}, translation=f"{term.text}[UID]"
            )
        if normalise(term.text).startswith("has") and self.filtered(normalise(term.text)):
            return Outcome(
                uids=self.filtered(normalise(term.text)), translation=f"{term.text}[All Fields]"
            )
        if term.is_quoted or term.tag is not None:
            return self.run_words(term, everywhere)
        return self.run_mapped(term, everywhere)

    def filtered(self, name: str) -> set[int]:
        return self.collection.contains("FILT", f"{VALUE_MARK} {name} {VALUE_MARK}")

    def run_mapped(self, term: Term, everywhere: Field) -> Outcome:
        """Map words without a tag as PubMed does: to a heading, to all fields, or to both."""
        words = normalise(term.text)
        heading = self.collection.contains("MESH", f"{VALUE_MARK} {words} {VALUE_MARK}")
        plain = self.run_words(term, everywhere)
        if not heading or term.text.endswith("*"):
            return plain
        phrase = f'"{words}"[All Fields]'
        written = [f'"{words}"[MeSH Terms]', phrase]
        if " " in words:
            split = " AND ".join(f'"{word}"[All Fields]' for word in words.split())
            written.insert(1, f"({split})")
        translation = " OR ".join(written)
        self.messages.translations.append((term.text, translation))
        return Outcome(uids=heading | (plain.uids or set()), translation=translation, operator="OR")

    def run_words(self, term: Term, found: Field) -> Outcome:
        words, ending = _needle_words(term.text)
        if not words:
            return self.drop(term)
        uids = self.find(found, f" {words}{ending}")
        shown = f'"{words}{"" if ending else "*"}"[{found.full_name}]'
        is_single = " " not in words
        if uids and (term.is_quoted or is_single or term.tag is not None):
            return Outcome(uids=uids, translation=shown)
        if is_single:
            return self.drop(term)
        if term.is_quoted:
            return self.run_unknown_phrase(term, found, words)
        return self.run_each_word(term, found)

    def run_unknown_phrase(self, term: Term, found: Field, words: str) -> Outcome:
        """Search a quoted phrase that is nowhere as words: PubMed ignores the quotation marks."""
        self.messages.quoted_phrases_not_found.append(term.written)
        single = [word for word in words.split() if word not in STOPWORDS] or words.split()
        uids = set.intersection(*(self.find(found, f" {word} ") for word in single))
        shown = " AND ".join(f'"{word}"[{found.full_name}]' for word in single)
        return Outcome(uids=uids, translation=f"({shown})")

    def run_each_word(self, term: Term, found: Field) -> Outcome:
        """Search several words that are no phrase of the index as words joined by AND."""
        result = DROPPED
        for word in term.text.split():
            if normalise(word) in STOPWORDS:
                self.messages.phrases_ignored.append(word)
                continue
            single = Term(text=word, is_quoted=" " in normalise(word), tag=term.tag)
            result = combine(result, "AND", self.run_words(single, found))
        return result

    def run_value(self, term: Term, found: Field) -> Outcome:
        words, ending = _needle_words(term.text)
        if not words:
            return self.drop(term)
        closing = f" {VALUE_MARK}" if ending else ""
        is_open_name = found.matching is Matching.NAMES and (not term.is_quoted or " " not in words)
        if is_open_name:
            # A surname alone must end there; after a surname, initials may go on.
            closing = " " if " " not in words and ending else ""
        if found.name == "FILT" and words in self.collection.filters:
            uids = set(self.collection.filters[words])
        else:
            uids = self.find(found, f"{VALUE_MARK} {words}{closing}")
        if not uids and words not in _KNOWN.get(found.name, ()):
            return self.drop(term)
        translation = f'"{words if found.name != "AID" else term.text}"[{found.full_name}]'
        if found.name == "MESH":
            self.messages.translations.append((f"{term.text}[MeSH Terms]", translation))
        return Outcome(uids=uids, translation=translation)

    def find(self, found: Field, needle: str) -> set[int]:
        uids: set[int] = set()
        for source in found.sources:
            uids |= self.collection.contains(source, needle)
        return uids

    def drop(self, term: Term) -> Outcome:
        self.messages.phrases_not_found.append(term.written)
        return DROPPED


def combine(left: Outcome, operator: str, right: Outcome) -> Outcome:
    """Join two parts; a part that was dropped leaves the other one as it is."""
    if right.uids is None:
        return left
    if left.uids is None:
        return left if operator == "NOT" else right
    joined = {
        "AND": left.uids & right.uids,
        "OR": left.uids | right.uids,
        "NOT": left.uids - right.uids,
    }[operator]
    # Queries run from left to right, so a compound on the right always keeps its parentheses.
    right_text = right.translation if right.operator is None else f"({right.translation})"
    text = f"{left.grouped(operator)} {operator} {right_text}"
    return Outcome(uids=joined, translation=text, operator=operator)


def _needle_words(text: str) -> tuple[str, str]:
    """Return the normalised words and what must follow them: nothing after a ``*``."""
    return normalise(text), "" if text.rstrip().endswith("*") else " "


def _number(text: str) -> int | None:
    digits = text.strip().upper().removeprefix("PMC").strip('"')
    return int(digits) if digits.isdecimal() and len(digits) < 20 else None


def _last_span(text: str) -> tuple[date, date] | None:
    match = _LAST_SPAN.fullmatch(text.strip())
    if match is None:
        return None
    n_days = min(int(match[1]) * _DAYS[match[2].lower()], 150_000)
    return today() - timedelta(days=n_days), today()
