"""Sentences of biomedical English, by rules: the same text always gives the same offsets.

A mark of the end (``.``, ``!``, ``?``) counts where what stands before it is no
abbreviation, initial or number, and what follows looks like a beginning. A line's end always
ends a sentence. Nothing is normalised: a sentence is exactly the text at its span.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from litsweep.domain.documents import Document, Sentence, Span

# A mark, closing quotes and brackets, then white space; or reference numbers that were
# superscript and now cling to the mark ("in mice.12,13 The"); or a full-width mark.
_MARK: Final = re.compile(
    r"""(?P<mark>[.!?…]+)(?P<closers>["'”’»)\]}]*)
        (?:(?<=[^\W\d][.!?])(?P<numbers>\d{1,3}(?:[,–-]\d{1,3})*)|(?:\s?\[\d[\d,;\s–-]*\])+)?(?=\s)
      |[。！？]""",
    re.VERBOSE,
)
_LAST_TOKEN: Final = re.compile(r"[^\s(\[{/\"'“‘,;–—]*\Z")
_NEXT_WORD: Final = re.compile(r"\W*(\w[\w'’-]*)")
_DOTTED: Final = re.compile(r"(?:[^\W\d]\.)+[^\W\d]")
_ENUMERATOR: Final = re.compile(r"[(\[]?(?:\d{1,2}(?:\.\d{1,2})*|[A-Za-z]|[ivxIVX]{1,5})[)\]]?")
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES: Final = _words("Dr Drs Prof Mr Mrs Ms St Mt")
# Never the end of a sentence, whatever follows.
_NEVER_LAST: Final = _words(
    "e.g i.e eg ie cf vs v viz approx ca resp incl fig figs eq eqs eqn ref refs vol vols pp"
    " suppl chap sect var subsp ssp f.sp cv nr op"
)
# Never the end before a number: "No. 5 was", but "The answer was no. The others".
_BEFORE_NUMBER: Final = _words("no nos art ed eds ser gen tab")
# The end of a sentence only where the next word is one that begins sentences.
_SOMETIMES_LAST: Final = _words(
    "al sp spp etc inc ltd co corp jr sr ph.d dept univ inst jan feb mar apr jun jul aug sep"
    " sept oct nov dec"
)
_STARTERS: Final = _words(
    "a additionally after all although among an and another as at based because before both"
    " but by compared consequently despite during each for from furthermore hence here his"
    " however if in interestingly it its moreover most no none notably of on one only other"
    " our overall patients previous recent results several since so some such taken that the"
    " their then there therefore these they this those thus to two under using was we when"
    " whereas whether while with"
)
# "vitamin D. The", "hepatitis C. Patients": a letter after these is a name, not an initial.
_LETTERED: Final = _words(
    "vitamin hepatitis influenza group groups type class grade stage arm panel factor protein"
    " cohort phase part appendix table figure category subtype serogroup strain model"
)
_LONGEST_ASIDE: Final = 300
"""Characters; a longer bracket holds sentences of its own."""
_VIEW: Final = 80
"""Characters before and after a mark that decide about it."""


def document_sentences(document: Document) -> tuple[Sentence, ...]:
    """Split a document; headings are sentences, and no sentence crosses a section's border."""
    spans = sorted(section.span for section in document.sections)
    return tuple(sentence for span in spans for sentence in split_sentences(document.text, span))


def split_sentences(text: str, span: Span | None = None) -> tuple[Sentence, ...]:
    """Split ``text``, or the part of it at ``span``; offsets are in ``text`` either way.

    Every character that is not white space belongs to exactly one sentence.
    """
    start, end = (span.start, span.end) if span else (0, len(text))
    return tuple(
        Sentence(text=text[first:last], span=Span(first, last))
        for line_start, line_end in _lines(text, start, min(end, len(text)))
        for first, last in _trimmed(text, _cuts(text, line_start, line_end))
    )


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        yield start, line_end
        start = line_end + 1


def _trimmed(text: str, cuts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between cuts without the white space around them."""
    for start, end in pairwise(cuts):
        stretch = text[start:end]
        first = start + len(stretch) - len(stretch.lstrip())
        last = start + len(stretch.rstrip())
        if first < last:
            yield first, last


def _cuts(text: str, start: int, end: int) -> list[int]:
    """Return where the sentences of one line begin, and the line's end."""
    line = text[start:end]
    is_aside = _asides(line)
    cuts = [0]
    for match in _MARK.finditer(line):
        before = line[max(cuts[-1], match.start() - _VIEW) : match.start()]
        after = line[match.end() : match.end() + _VIEW]
        if not is_aside[match.end() - 1] and _is_end(before, match, after):
            cuts.append(match.end())
    return [start + cut for cut in (*cuts, len(line))]


def _asides(line: str) -> bytearray:
    """Mark the characters in brackets that close and are short enough for one sentence.

    The closing bracket itself is outside: "(So it was.) Then" ends behind it.
    """
    is_aside = bytearray(len(line))
    open_brackets: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(line):
        if match[0] not in _PAIRS:
            open_brackets.append((match[0], match.start()))
        elif open_brackets and open_brackets[-1][0] == _PAIRS[match[0]]:
            opened, closed = open_brackets.pop()[1], match.start()
            if closed - opened <= _LONGEST_ASIDE:
                is_aside[opened:closed] = b"\1" * (closed - opened)
    return is_aside


def _is_end(before: str, match: re.Match[str], after: str) -> bool:
    """Whether the mark ends the sentence that ``before`` closes and ``after`` follows."""
    if match["mark"] is None:
        return True
    follower = _NEXT_WORD.match(after)
    if follower is None:
        return not after.strip()
    if not _can_begin(follower[1]):
        return False
    if match["mark"] != "." or match["closers"] or match["numbers"]:
        return True
    return not _is_abbreviated(before, follower[1])


def _can_begin(word: str) -> bool:
    """Whether a word may begin a sentence: not in lower case, or a name such as ``p53``."""
    return not word[0].islower() or any(not character.islower() for character in word[1:3])


def _is_abbreviated(before: str, following: str) -> bool:
    """Whether a full stop after ``before`` belongs to an abbreviation, initial or number."""
    token = _LAST_TOKEN.search(before)
    word = token[0] if token else ""
    key = word if word.isupper() else word.lower()
    if word in _TITLES or key in _NEVER_LAST or _ENUMERATOR.fullmatch(before.strip()):
        return True
    if key in _BEFORE_NUMBER:
        return following[0].isdigit()
    is_initial = len(word) == 1 and word.isupper() and not _is_lettered(before)
    if is_initial or key in _SOMETIMES_LAST or _DOTTED.fullmatch(word):
        return following.lower() not in _STARTERS or following[0].islower()
    return False


def _is_lettered(before: str) -> bool:
    words = before.lower().split()
    return len(words) > 1 and words[-2].strip("(,;") in _LETTERED
