"""Says where a written text is over: at a stop string, or after enough whole sentences.

Works on text only; engines ask while a text is being written, and again to cut it.
"""

import re
from dataclasses import dataclass
from typing import Final

from litsweep.domain.generations import StopReason

# A sentence is whole once the next one has begun: a full stop may be a decimal point or the end
# of "vs." until then. Brackets and quotation marks may close after the full stop.
_BORDER: Final = re.compile(r"[.!?][\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9])")
# What ends in a full stop and is followed by a capital or a number inside one sentence.
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:e\.\s?g|i\.\s?e|vs|cf|ca|approx|resp|al|figs?|tabs?|refs?|eqs?|no|nos|vol|pp?|"
    r"dr|prof|mr|mrs|ms|st|sp|spp|subsp|var)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """Ends a text before the first of ``stop_strings`` and after ``n_sentences`` (0: no limit)."""

    stop_strings: tuple[str, ...] = ()
    n_sentences: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the end token and the length ends a text."""
        return not self.stop_strings and self.n_sentences == 0

    def cut(self, text: str) -> tuple[str, StopReason | None]:
        """Return the part of ``text`` that counts, and why it ends; None where it goes on."""
        stopped = cut_at_stop(text, self.stop_strings)
        whole = text if stopped is None else stopped
        end = find_sentence_end(whole, self.n_sentences)
        if end is not None:
            return whole[:end], StopReason.SENTENCES
        return whole, None if stopped is None else StopReason.STOP_STRING

    def may_end_in(self, tail: str) -> bool:
        """Whether the last words of a text give cause to look at the whole of it."""
        if cut_at_stop(tail, self.stop_strings) is not None:
            return True
        return self.n_sentences > 0 and _BORDER.search(tail) is not None


def cut_at_stop(text: str, stop_strings: tuple[str, ...]) -> str | None:
    """Return ``text`` before its first stop string, or None where it has none."""
    places = [place for stop in stop_strings if (place := text.find(stop)) >= 0]
    return text[: min(places)] if places else None


def find_sentence_end(text: str, n_sentences: int) -> int | None:
    """Return where the ``n_sentences``-th sentence ends, if the beginning of the next shows it.

    None where there is no limit (0), or too little text to tell.
    """
    n_found = 0
    for border in _BORDER.finditer(text) if n_sentences > 0 else ():
        before = text[max(0, border.start() + 1 - _LONGEST_ABBREVIATION) : border.start() + 1]
        if _ABBREVIATED.search(before):
            continue
        n_found += 1
        if n_found == n_sentences:
            return border.end()
    return None
