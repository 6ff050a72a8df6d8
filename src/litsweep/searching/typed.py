"""Reads what a person types into a search: words, "phrases", OR, minus, parentheses, ``ti:``.

Words stand for "and", which binds closer than OR (or |). A minus before a word, or NOT, excludes
it. Chunks joined by punctuation are phrases: non-small, TNF-α. A star at the end cuts a word off.
Fields are written before (``ti:`` ``ab:`` ``mesh:`` ``kw:``) or behind ([ti] [tiab] [mh] [ot]).
What is not balanced is mended; only what cannot be meant is refused.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from litsweep.errors import UsageError
from litsweep.searching.query import EVERYWHERE, AllOf, AnyOf, Field, Pattern, Phrase, Query
from litsweep.searching.spellings import list_spellings
from litsweep.searching.words import fold_ending, list_parts

MOST_CHARACTERS: Final = 5_000
MOST_WORDS: Final = 500
MOST_PARENTHESES: Final = 8  # within each other; SQLite's own reader of queries ends at about 30
_LEAST_CUT: Final = 3  # letters before a star: shorter ones stand for a great part of all words
_MOST_SPELLINGS: Final = 16  # of one phrase

_TIAB: Final = (Field.TITLE, Field.ABSTRACT)
_NAMES: Final = {
    **dict.fromkeys(("ti", "title"), (Field.TITLE,)),
    **dict.fromkeys(("ab", "abstract"), (Field.ABSTRACT,)),
    **dict.fromkeys(("tiab", "title/abstract"), _TIAB),
    **dict.fromkeys(("mesh", "mh", "mesh terms", "majr", "mesh major topic"), (Field.MESH,)),
    **dict.fromkeys(("kw", "ot", "keyword", "keywords", "other term"), (Field.KEYWORDS,)),
    **dict.fromkeys(("all", "all fields", "tw", "text word"), EVERYWHERE),
}
_BEFORE: Final = "|".join(sorted((name for name in _NAMES if " " not in name), reverse=True))
_QUOTE: Final = '"“”„«»'
_TAG: Final = r"\[(?P<{}>[A-Za-z][A-Za-z/ :~-]{{0,30}})\](?=[\s)|]|$)"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>\s+) | (?P<open>\() | (?P<close>\)) | (?P<or>\|+)
    | [{_QUOTE}](?P<quoted>[^{_QUOTE}]*)(?:[{_QUOTE}](?P<star>\*?))?
    | (?P<minus>(?<![^\s(|])-(?=[{_QUOTE}(]|[^\W\d_]))
    | (?P<field>(?<![^\s(|-])(?:{_BEFORE})):
    | (?<=[^\s(|]){_TAG.format("tag")}
    | (?P<chunk>(?:(?!(?<=[^\s(|]){_TAG.format("next")})[^\s()|{_QUOTE}])+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_INSIDE: Final = re.compile(r"[^\W\d_]\*+[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Not:
    """What is excluded, while a query is read."""

    query: Query


_Item = Query | _Not


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    is_cut: bool = False


def read_query(text: str) -> Query:
    """Read what a person typed.

    Raises:
        UsageError: there is no word to look for, only some to exclude, or something that cannot
            be searched: what, and what to write instead.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            f"A search may have {MOST_CHARACTERS:,} characters, and this one has {len(text):,}."
        )
    item = _Reader(list(_iter_tokens(text))).read()
    if item is None:
        raise UsageError("There is no word to search for.")
    if isinstance(item, _Not):
        raise UsageError(
            "The search only says what to leave out; add a word that the records must have."
        )
    return item


def _iter_tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if found["quoted"] is not None:
            yield _Token("words", found["quoted"], bool(found["star"]))
        elif kind == "chunk" and found["chunk"] in {"OR", "AND", "NOT"}:
            yield _Token(found["chunk"].lower(), found["chunk"])
        elif kind in {"chunk", "next"}:
            yield _Token("words", found["chunk"])
        elif kind in {"minus", "or"}:
            yield _Token("not" if kind == "minus" else "or", found[0])
        elif kind != "space":
            yield _Token(kind, found[kind])


class _Reader:
    """Reads tokens from the left: the lowest of what binds first, as its methods follow."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._n_words = 0

    def read(self) -> _Item | None:
        """Read all tokens; None: there is no word among them."""
        items = []
        while self._peek():
            items.append(self._read_alternatives())
            self._take("close")  # one that nothing opened
        return _all_of(items)

    def _peek(self) -> str:
        return self._tokens[self._next].kind if self._next < len(self._tokens) else ""

    def _take(self, kind: str) -> _Token | None:
        if self._peek() != kind:
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _read_alternatives(self) -> _Item | None:
        items = [self._read_row()]
        while self._take("or"):
            items.append(self._read_row())
        return _any_of(items)

    def _read_row(self) -> _Item | None:
        items = []
        while self._peek() not in {"", "or", "close"}:
            items.append(self._read_one())
        return _all_of(items)

    def _read_one(self) -> _Item | None:
        """Read a word, a phrase or a parenthesis with all that is written about it."""
        is_excluded, fields = False, EVERYWHERE
        while token := self._take("and") or self._take("not") or self._take("field"):
            is_excluded ^= token.kind == "not"
            fields = _NAMES[token.text.lower()] if token.kind == "field" else fields
        item = self._read_plain()
        while tag := self._take("tag"):
            fields = _read_tag(tag.text)
        item = _restricted(item, fields)
        return _negated(item) if is_excluded else item

    def _read_plain(self) -> _Item | None:
        if self._take("open"):
            return self._read_parenthesis()
        token = self._take("words")
        return self._read_phrase(token) if token else None

    def _read_parenthesis(self) -> _Item | None:
        self._depth += 1
        if self._depth > MOST_PARENTHESES:
            raise UsageError(
                f"Parentheses may stand in each other {MOST_PARENTHESES} deep; write the search "
                "with fewer."
            )
        item = self._read_alternatives()
        self._take("close")
        self._depth -= 1
        return item

    def _read_phrase(self, token: _Token) -> Phrase | None:
        text = token.text.rstrip()
        if inside := _INSIDE.search(text):
            raise UsageError(
                f"A star may only stand at the end of a word: {text[: inside.start() + 1]}* "
                f"instead of {text}."
            )
        parts = list_parts(text)
        self._n_words += len(parts)
        if self._n_words > MOST_WORDS:
            raise UsageError(f"A search may have {MOST_WORDS} words, and this one has more.")
        _refuse_star_inside(text)
        return _build_phrase(parts, token.is_cut or text.endswith("*")) if parts else None


def _refuse_star_inside(text: str) -> None:
    *before, _ = [*text.split(), ""]
    for word in before[:-1]:
        if word.endswith("*") and word.strip("*"):
            raise UsageError(
                f"A star may only stand at the end of a phrase; in “{text}” it stands at the end "
                f"of {word}."
            )


def _build_phrase(parts: Sequence[str], is_cut: bool) -> Phrase:
    n_spellings, patterns = 1, []
    for place, part in enumerate(parts):
        is_end = is_cut and place == len(parts) - 1
        pattern = _cut_pattern(part) if is_end else Pattern(list_spellings(fold_ending(part)))
        n_more = len(pattern.words) + len(pattern.beginnings)
        if n_spellings * n_more > _MOST_SPELLINGS:
            pattern = Pattern(pattern.words[:1], pattern.beginnings[:1])
        n_spellings *= len(pattern.words) + len(pattern.beginnings)
        patterns.append(pattern)
    return Phrase(tuple(patterns))


def _cut_pattern(part: str) -> Pattern:
    if len(part) < _LEAST_CUT:
        raise UsageError(
            f"Write at least {_LEAST_CUT} letters before a star: {part}* stands for too many words."
        )
    beginnings = list_spellings(part, is_cut=True)
    # Words whose ending is cut in the index: injuri* means injuries, which is indexed as injury.
    whole = [fold_ending(one + tail) for one in beginnings for tail in ("", "s", "es")]
    words = [one for one in dict.fromkeys(whole) if not one.startswith(beginnings)]
    return Pattern(tuple(words), beginnings)


def _read_tag(name: str) -> tuple[Field, ...]:
    fields = _NAMES.get(name.lower().split(":")[0].strip())
    if fields is None:
        raise UsageError(
            f"[{name}] is none of the fields that are searched here, which are [ti], [ab], [tiab], "
            "[mh] and [ot]."
        )
    return fields


def _restricted(item: _Item | None, fields: tuple[Field, ...]) -> _Item | None:
    if item is None or fields == EVERYWHERE:
        return item
    return (
        _Not(_restrict(item.query, fields)) if isinstance(item, _Not) else _restrict(item, fields)
    )


def _restrict(query: Query, fields: tuple[Field, ...]) -> Query:
    """Say of all phrases where they must stand; what is said of a phrase itself counts more."""
    if isinstance(query, Phrase):
        return replace(query, fields=fields) if query.fields == EVERYWHERE else query
    parts = tuple(_restrict(part, fields) for part in query.parts)
    if isinstance(query, AnyOf):
        return AnyOf(parts)
    return AllOf(parts, tuple(_restrict(part, fields) for part in query.without))


def _negated(item: _Item | None) -> _Item | None:
    if item is None:
        return None
    return item.query if isinstance(item, _Not) else _Not(item)


def _all_of(items: Sequence[_Item | None]) -> _Item | None:
    wanted: list[Query] = []
    unwanted: list[Query] = []
    for item in items:
        if isinstance(item, _Not):
            unwanted.append(item.query)
        elif isinstance(item, AllOf):
            wanted += item.parts
            unwanted += item.without
        elif item is not None:
            wanted.append(item)
    if not wanted:
        return _Not(_one_of(unwanted)) if unwanted else None
    parts = tuple(dict.fromkeys(wanted))
    return parts[0] if len(parts) == 1 and not unwanted else AllOf(parts, tuple(unwanted))


def _any_of(items: Sequence[_Item | None]) -> _Item | None:
    given = [item for item in items if item is not None]
    if len(given) > 1 and any(isinstance(item, _Not) for item in given):
        raise UsageError(
            "What is left out must stand beside a word that the records have, not beside OR alone."
        )
    if len(given) < 2:
        return given[0] if given else None
    return _one_of([item for item in given if not isinstance(item, _Not)])


def _one_of(queries: Sequence[Query]) -> Query:
    parts: list[Query] = []
    for query in queries:
        parts += query.parts if isinstance(query, AnyOf) else (query,)
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else AnyOf(unique)
