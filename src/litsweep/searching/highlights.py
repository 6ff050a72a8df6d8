"""Where a search meets a text: the places to mark, and the piece of the text to show.

Places are half-open ranges of the text as it is stored, never markup: whoever shows them escapes
the pieces for the page. Whether the record is an answer at all is not asked here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from litsweep.domain.documents import Span
from litsweep.searching.query import Field, Phrase, Query, iter_phrases
from litsweep.searching.words import PlacedWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of a text with the places in it that a search meets.

    ``hits`` count from the piece's own beginning; ``starts_inside`` and ``ends_inside`` tell
    that the text goes on before and behind it.
    """

    text: str
    hits: tuple[Span, ...]
    starts_inside: bool
    ends_inside: bool


def find_hits(query: Query, field: Field, text: str) -> tuple[Span, ...]:
    """Return where the words that ``query`` looks for stand in ``text``, the content of ``field``.

    A phrase is one place, where it stands as a whole. Places are in order and do not overlap;
    what the query excludes is not marked.
    """
    phrases = [phrase for phrase in iter_phrases(query) if field in phrase.fields]
    if text.isascii():
        lowered = text.lower()
        phrases = [phrase for phrase in phrases if _may_stand(phrase, lowered)]
    if not phrases:
        return ()
    placed = PlacedWords(text)
    rows = [
        (start, start + len(phrase.patterns) - 1)
        for phrase in phrases
        for start in _iter_starts(phrase, placed.words)
    ]
    if not rows:
        return ()
    where = placed.place({number for row in rows for number in row})
    return _merge((where[first][0], where[last][1]) for first, last in rows)


def cut_fragment(text: str, hits: Sequence[Span], *, length: int = 240) -> Fragment:
    """Return about ``length`` characters of ``text``, those with the most hits, cut at blanks.

    The earliest of equally good pieces is taken: without a hit that is the beginning.
    """
    if len(text) <= length:
        return Fragment(text=text, hits=tuple(hits), starts_inside=False, ends_inside=False)
    start = _choose_start(text, hits, length)
    end = min(start + length, len(text))
    if start and (blank := text.find(" ", start - 1, end)) >= 0:
        first = next((hit.start for hit in hits if hit.start >= start), end)
        start = blank + 1 if blank < first else start
    if end < len(text) and (blank := text.rfind(" ", start, end + 1)) > start:
        end = blank
    inside = (hit for hit in hits if start <= hit.start and hit.end <= end)
    return Fragment(
        text=text[start:end],
        hits=tuple(Span(hit.start - start, hit.end - start) for hit in inside),
        starts_inside=start > 0,
        ends_inside=end < len(text),
    )


def iter_pieces(text: str, hits: Iterable[Span]) -> Iterator[tuple[str, bool]]:
    """Iterate over ``text`` in pieces, each with whether it is a hit; together they are the text.

    ``hits`` are in order and do not overlap. Each piece is to be escaped by itself.
    """
    done = 0
    for hit in hits:
        if hit.start > done:
            yield text[done : hit.start], False
        yield text[hit.start : hit.end], True
        done = hit.end
    if done < len(text):
        yield text[done:], False


def _may_stand(phrase: Phrase, lowered: str) -> bool:
    """Tell quickly whether a phrase may stand in a text of ASCII letters, in lower case.

    There a word stands as it is indexed, but for its ending.
    """
    first = phrase.patterns[0]
    return any(one[:-1] in lowered for one in (*first.words, *first.beginnings))


def _iter_starts(phrase: Phrase, words: Sequence[str]) -> Iterator[int]:
    """Iterate over the places in ``words`` where the phrase begins."""
    first, *others = phrase.patterns
    meant, beginnings = frozenset(first.words), first.beginnings
    for place, word in enumerate(words):
        if word in meant or (beginnings and word.startswith(beginnings)):
            following = words[place + 1 : place + 1 + len(others)]
            if len(following) == len(others) and all(
                pattern.matches(each) for pattern, each in zip(others, following, strict=True)
            ):
                yield place


def _merge(places: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Span(start, end) for start, end in merged)


def _choose_start(text: str, hits: Sequence[Span], length: int) -> int:
    """Return where the best piece begins: some words before its first hit."""
    if not hits:
        return 0
    starts, ends = [hit.start for hit in hits], [hit.end for hit in hits]
    before = length // 4
    best = max(
        range(len(hits)),
        key=lambda first: (
            _count_different(
                text, hits[first : bisect_right(ends, starts[first] + length - before)]
            ),
            bisect_left(ends, starts[first] + length - before) - first,
            -first,
        ),
    )
    return max(0, min(starts[best] - before, len(text) - length))


def _count_different(text: str, hits: Sequence[Span]) -> int:
    return len({text[hit.start : hit.end].casefold() for hit in hits})
