"""What counts as a word when texts are compared. It judges nothing."""

import re
from typing import Final

_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_STOP_WORDS: Final = re.compile(
    r"(?:a|an|and|are|as|at|be|been|between|both|but|by|for|from|had|has|have|in|into|is|it|its|of"
    r"|on|or|our|that|the|their|there|these|they|this|those|to|was|we|were|which|who|with)"
)


def words(text: str) -> list[str]:
    """Return the words and numbers of ``text`` in order, folded to lower case.

    Hyphens, symbols and spacing do not count, so that ``mg / kg`` is ``mg/kg``: some
    tokenizers write the one for the other.
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def content_words(text: str) -> list[str]:
    """Return the words of ``text`` that carry meaning, crudely stemmed, in order."""
    return [stem(word) for word in words(text) if not is_stop_word(word)]


def is_stop_word(word: str) -> bool:
    """Tell whether ``word``, in lower case, carries no meaning by itself."""
    return _STOP_WORDS.fullmatch(word) is not None


def stem(word: str) -> str:
    """Return ``word`` without the endings of plurals and tenses, which a summary may change."""
    for ending in ("ies", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
