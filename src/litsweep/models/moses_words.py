"""Cuts English text into Moses tokens, word by word, exactly as ``sacremoses`` cuts the whole.

BioGPT reads Moses tokens. ``sacremoses`` runs some twenty expressions over a whole text; yet what
becomes of a word depends on nothing but the word itself, with two exceptions:

- a full stop at its end stays or goes by the first character of the next word;
- an apostrophe takes the character after it into its match, so that neighbouring words with
  apostrophes are cut as one.

So a text is cut at white space into words that carry that much of their surroundings, and what was
learnt of a word once can be kept. A plain word is cut by one expression; a word with an
apostrophe, dots or commas in a row, or the markers that sacremoses itself writes, by sacremoses.
"""

import re
from typing import Any, Final

import sacremoses

from litsweep.errors import ModelError

_EDGE: Final = "\n"  # the text begins or ends here; white space, so never part of a word
_BEFORE: Final = "A "  # a word and a space, which change nothing in what follows
# What the next word may begin with, as far as a full stop is concerned: see the lists of
# NONBREAKING_PREFIXES in sacremoses.
_LOWER, _DIGIT, _OTHER = " a", " 1", " A"
_DIGITS: Final = frozenset("0123456789")
# Control characters that sacremoses deletes after it has joined spaces: two spaces may remain.
# And lone surrogates, which are no characters: Rust has no string for them.
_JUNK: Final = re.compile(r"[\x00-\x08\x0e-\x1b\ud800-\udfff]")
_GROUP: Final = re.compile(r"\S*'\S*(?: \S*'\S*)*|\S+")
_PECULIAR: Final = re.compile(r"'|\.\.|,,|MULTI|^\n,")
_ESCAPED: Final = {
    "&": "&amp;",
    "|": "&#124;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "[": "&#91;",
    "]": "&#93;",
    "": "@-@",  # no token, as `_compile` has it: a dash between letters or digits
}


class _Moses(sacremoses.MosesTokenizer):  # type: ignore[misc]
    """The tokenizer of sacremoses, which makes these sets anew for every full stop."""

    lower = frozenset(sacremoses.MosesTokenizer.IsLower)
    alpha = frozenset(sacremoses.MosesTokenizer.IsAlpha)

    def islower(self, text: str) -> bool:
        return self.lower.issuperset(text)

    def isanyalpha(self, text: str) -> bool:
        return not self.alpha.isdisjoint(text)


class MosesWords:
    """The Moses rules for English as BioGptTokenizer calls them: dashes split, XML escaped."""

    def __init__(self) -> None:
        try:
            moses: Any = _Moses(lang="en")
            self._moses = moses
            self._lower, self._alpha = moses.lower, moses.alpha
            self._before_number = frozenset(moses.NUMERIC_ONLY_PREFIXES)
            self._never_split = frozenset(moses.NONBREAKING_PREFIXES) - self._before_number
            self._plain = _compile(moses.IsAlnum, moses.IsN)
        except (AttributeError, re.error) as error:
            raise ModelError(f"This sacremoses has other rules than expected: {error}.") from error

    def cut(self, text: str) -> list[str] | None:
        """Return the words of ``text`` with their surroundings; None: it cannot be cut in words."""
        if _JUNK.search(text):
            return None
        words = text.split()
        if "'" in text:
            words = _GROUP.findall(" ".join(words))
        last = len(words) - 1
        for i, word in enumerate(words):
            if word[-1] == "." and i < last:
                words[i] = word + self._surroundings(words[i + 1][0])
        if words:
            words[0] = _EDGE + words[0]
            words[-1] += _EDGE
        return words

    def tokens(self, word: str) -> list[str]:
        """Return the Moses tokens of a word as ``cut`` gave it."""
        body = word.strip(_EDGE)
        following = body[-1] if body[-2:] in (_LOWER, _DIGIT, _OTHER) else ""
        if following:
            body = body[:-2]
        if _PECULIAR.search(word):
            return self._ask(word, body, following)
        tokens = self._plain.findall(body)
        if body.find(".") >= 0:
            tokens = self._split_stops(tokens, following)
        return [_ESCAPED.get(token, token) for token in tokens]

    def _ask(self, word: str, body: str, following: str) -> list[str]:
        before = "" if word.startswith(_EDGE) else _BEFORE
        after = "" if word.endswith(_EDGE) else f" {following}" if following else _OTHER
        tokens: list[str] = self._moses.tokenize(
            f"{before}{body}{after}", aggressive_dash_splits=True, return_str=False, escape=True
        )
        return tokens[bool(before) : len(tokens) - bool(after)]

    def _surroundings(self, character: str) -> str:
        if character in self._lower:
            return _LOWER
        return _DIGIT if character in _DIGITS else _OTHER

    def _split_stops(self, tokens: list[str], following: str) -> list[str]:
        split: list[str] = []
        for token, after in zip(tokens, [*tokens[1:], following], strict=True):
            if token[-1:] == "." and len(token) > 1 and not self._keeps_stop(token[:-1], after):
                split += (token[:-1], ".")
            else:
                split.append(token)
        return split

    def _keeps_stop(self, prefix: str, after: str) -> bool:
        if prefix in self._never_split or ("." in prefix and not self._alpha.isdisjoint(prefix)):
            return True
        if not after:  # the end of the text, or a dash
            return False
        return after[0] in self._lower or (prefix in self._before_number and after[0] in _DIGITS)


def _compile(alnum: str, numeric: str) -> re.Pattern[str]:
    # A numeric character that is not alphanumeric (a superscript two) stands apart by the time
    # that commas are looked at.
    digit = "".join(sorted(set(numeric) & set(alnum)))
    dash = f"(?<=[{alnum}])-(?=[{alnum}])"
    comma = f"(?<=[{digit}]),(?=[{digit}])"
    run = f"(?:[{alnum}.`]|(?!{dash})-|{comma})+"
    return re.compile(rf"({run}|(?!{dash})\S)|-")
