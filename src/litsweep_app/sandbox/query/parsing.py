"""Read a query as PubMed does: operators in capitals, from left to right, AND where none is.

Slips that PubMed forgives (a missing bracket, an operator too many) are forgiven with a
warning; a query without a single term is refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from litsweep_app.sandbox.query.tree import Chain, Node, Range, Set, Term

_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
_MAX_DEPTH: Final = 200
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<paren>[()])
    | "(?P<quoted>[^"]*)(?P<closing>"|$)
    | \[(?P<tag>[^\]\[]*)(?P<bracket>\]|$)
    | \#(?P<set>\d+)(?=[\s)]|$)
    | (?P<colon>:)(?=[\s"(\d]|$)
    | (?P<word>10\.\d{4,9}/[^\s"\[]+|[^\s()"\[\]]+)
    | (?P<stray>.)
    )""",
    re.VERBOSE | re.DOTALL,
)


class QuerySyntaxError(Exception):
    """The query cannot be run at all; caught by the endpoint."""


@dataclass(slots=True)
class _Token:
    kind: str
    text: str


@dataclass(slots=True)
class _Parser:
    tokens: list[_Token]
    is_range_tag: Callable[[str], bool]
    warnings: list[str] = field(default_factory=list)
    position: int = 0

    def peek(self) -> _Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def at(self, kind: str, text: str | None = None) -> bool:
        token = self.peek()
        return token is not None and token.kind == kind and text in {None, token.text}

    def take(self) -> _Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def chain(self, depth: int) -> Node | None:
        """Read operands up to the closing parenthesis or the end."""
        if depth > _MAX_DEPTH:
            raise QuerySyntaxError("too many nested parentheses")
        first: Node | None = None
        rest: list[tuple[str, Node]] = []
        while self.peek() is not None and not (depth and self.at("paren", ")")):
            operator = self.operator()
            operand = self.operand(depth)
            if operand is None:
                continue
            if first is None:
                first = operand
            else:
                rest.append((operator, operand))
        if first is None or not rest:
            return first
        return Chain(first=first, rest=tuple(rest))

    def operator(self) -> str:
        """Read what joins the next operand; of several operators the last one counts."""
        operator = "AND"
        n_operators = 0
        while self.at("operator"):
            operator = self.take().text
            n_operators += 1
        if n_operators > 1 and operator != "NOT":
            self.warnings.append("Several operators in a row: the last one was used.")
        return operator

    def operand(self, depth: int) -> Node | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind == "paren":
            return self.group(depth)
        if token.kind == "set":
            return Set(query_key=int(self.take().text))
        if token.kind in {"word", "quoted"}:
            return self.term_or_range()
        self.take()
        self.warnings.append("A bracket or colon that belongs to no term was ignored.")
        return None

    def group(self, depth: int) -> Node | None:
        if self.take().text == ")":
            self.warnings.append("Unbalanced parentheses.")
            return None
        inside = self.chain(depth + 1)
        if self.at("paren", ")"):
            self.take()
        else:
            self.warnings.append("Unbalanced parentheses.")
        return inside

    def term_or_range(self) -> Node:
        term = self.term()
        if not self.at("colon"):
            return _as_range(term, self.is_range_tag) or term
        self.take()
        if not (self.at("word") or self.at("quoted")):
            return term
        last = self.term()
        tag = last.tag if last.tag is not None else term.tag
        return Range(first=term.text, last=last.text, tag=tag)

    def term(self) -> Term:
        if self.at("quoted"):
            return Term(text=self.take().text, is_quoted=True, tag=self.tag())
        words = []
        while self.at("word"):
            words.append(self.take().text)
        return Term(text=" ".join(words), is_quoted=False, tag=self.tag())

    def tag(self) -> str | None:
        return self.take().text if self.at("tag") else None


def _as_range(term: Term, is_range_tag: Callable[[str], bool]) -> Range | None:
    """Read ``2020:2026[dp]``; a colon in other fields is only a colon."""
    if term.is_quoted or term.tag is None or ":" not in term.text or not is_range_tag(term.tag):
        return None
    first, _, last = term.text.partition(":")
    return Range(first=first.strip(), last=last.strip(), tag=term.tag)


def parse_query(text: str, is_range_tag: Callable[[str], bool]) -> tuple[Node, list[str]]:
    """Return the query's tree and warnings; ``is_range_tag`` knows the date and number fields.

    Raises:
        QuerySyntaxError: there is no term in it, or it is nested beyond measure.
    """
    parser = _Parser(_tokens(text), is_range_tag)
    node = parser.chain(0)
    if node is None:
        raise QuerySyntaxError("there is no search term in it")
    return node, list(dict.fromkeys(parser.warnings))


def _tokens(text: str) -> list[_Token]:
    text = text.replace("“", '"').replace("”", '"').replace("„", '"').strip()
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        kind = {"closing": "quoted", "bracket": "tag"}.get(kind, kind)
        value = match[kind]
        if kind == "word" and value in _OPERATORS:
            kind = "operator"
        if kind == "word" and value.startswith("10."):
            tokens.extend(_split_doi(value))
        elif kind != "quoted" or value.strip():
            tokens.append(_Token(kind, value.strip()))
    return tokens


def _split_doi(word: str) -> list[_Token]:
    """Keep the parentheses that a DOI opens itself; hand back those that close a group."""
    n_closing = 0
    while word.endswith(")") and word.count(")") > word.count("("):
        word = word[:-1]
        n_closing += 1
    return [_Token("word", word)] + [_Token("paren", ")")] * n_closing
