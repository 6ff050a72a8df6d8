"""A searchable set of entries: numbers and dates at hand, texts read at the first need.

Texts are kept as one normalised string an entry and field, so that a word, a phrase and a whole
value are each found by one search for a substring: fast enough for tens of thousands of records
and far simpler than an index with positions.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

VALUE_MARK: Final = "\x1f"
"""Stands before and after every value, so that no phrase runs from one into the next."""

_NOT_WORD: Final = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Return the words of ``text`` in lower case without accents, one space between."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", text.lower()).strip()


@lru_cache(maxsize=65536)
def _normalise_value(text: str) -> str:
    # Headings, journals, languages and types repeat over and over; their strings are shared.
    return normalise(text)


def _join(values: Iterable[str]) -> str:
    words = [_normalise_value(value) if len(value) < 120 else normalise(value) for value in values]
    joined = f" {VALUE_MARK} ".join(word for word in words if word)
    return f"{VALUE_MARK} {joined} {VALUE_MARK}" if joined else ""


@dataclass(kw_only=True)
class Collection:
    """Entries by number, ascending; ``dates`` by number, then field name.

    ``filters`` are those that are known without reading any text, such as ``all``.
    """

    uids: tuple[int, ...]
    dates: Mapping[int, Mapping[str, tuple[date, ...]]]
    filters: Mapping[str, frozenset[int]]
    read_fields: Callable[[int], Mapping[str, Sequence[str]]]
    _texts: dict[str, dict[int, str]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def texts(self, name: str) -> Mapping[int, str]:
        """Return the normalised texts of a stored field, by number; absent where empty."""
        with self._lock:
            if self._texts is None:
                self._texts = self._read_texts()
        return self._texts.get(name, {})

    def _read_texts(self) -> dict[str, dict[int, str]]:
        texts: dict[str, dict[int, str]] = {}
        for uid in self.uids:
            for name, values in self.read_fields(uid).items():
                joined = _join(values)
                if joined:
                    texts.setdefault(name, {})[uid] = joined
        return texts

    def contains(self, name: str, needle: str) -> set[int]:
        """Return the entries whose text of this field contains ``needle``."""
        return {uid for uid, text in self.texts(name).items() if needle in text}
