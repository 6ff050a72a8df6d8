"""Cutting a report into windows: runs of whole sentences that fit one model call. Pure counting.

A window keeps to one top section of the report; only a small section shares one with its
neighbour. What stands in no window is named, with the reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from litsweep.domain.documents import Span
from litsweep.domain.readings import LeftOut
from litsweep.reading.sectioned import SectionedSentences

# A section with less than this share of a window's tokens shares one with its neighbour.
_SMALL_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The windows of a text, as ranges of its sentences' positions, in order.

    ``left_out`` holds the position of every sentence that is in no window, with the reason.
    """

    windows: tuple[range, ...]
    left_out: tuple[tuple[int, str], ...]

    @property
    def n_read(self) -> int:
        """How many sentences are in at least one window."""
        return len(self.positions)

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of the sentences that are in at least one window, in order."""
        return tuple(sorted({position for window in self.windows for position in window}))


def whole(n_sentences: int) -> Cut:
    """Return the one window of a text that no model's limit cuts."""
    return Cut(windows=(range(n_sentences),), left_out=())


def cut_windows(
    n_tokens: Sequence[int],
    top_sections: Sequence[int],
    *,
    budget: int,
    overlap: int,
    max_windows: int,
) -> Cut:
    """Return windows of at most ``budget`` tokens that hold every sentence that fits one.

    ``n_tokens`` and ``top_sections`` are those of each sentence, joins included. A window that
    goes on within a section repeats the last ``overlap`` sentences of the one before it, fewer
    where there is no room for more. Windows after ``max_windows`` are given up.
    """
    pieces: list[range] = []
    too_long = [position for position, n in enumerate(n_tokens) if n > budget]
    for run in _runs(n_tokens, top_sections, budget):
        pieces.extend(_pack(run, n_tokens, budget, overlap))
    windows = list(_merge(pieces, n_tokens, top_sections, budget))
    kept = windows[:max_windows]
    seen = {position for window in kept for position in window}
    left_out = {at: f"It is longer than a window: {n_tokens[at]} tokens." for at in too_long}
    given_up = f"It is beyond the {max_windows} windows that are read of one text at most."
    left_out |= {at: given_up for at in range(len(n_tokens)) if at not in seen | left_out.keys()}
    return Cut(windows=tuple(kept), left_out=tuple(sorted(left_out.items())))


def _runs(n_tokens: Sequence[int], top_sections: Sequence[int], budget: int) -> Iterator[range]:
    """Yield the stretches of one top section without a sentence that is too long."""
    keys = [(section, n <= budget) for n, section in zip(n_tokens, top_sections, strict=True)]
    for (_, fits), group in groupby(range(len(keys)), key=keys.__getitem__):
        positions = list(group)
        if fits:
            yield range(positions[0], positions[-1] + 1)


def _pack(run: range, n_tokens: Sequence[int], budget: int, overlap: int) -> Iterator[range]:
    start = run.start
    while start < run.stop:
        end, total = start, 0
        while end < run.stop and total + n_tokens[end] <= budget:
            total += n_tokens[end]
            end += 1
        yield range(start, end)
        if end == run.stop:
            return
        start = _start_again(start, end, n_tokens, budget, overlap)


def _start_again(start: int, end: int, n_tokens: Sequence[int], budget: int, overlap: int) -> int:
    """Return where the next window begins so that it has room for the sentence at ``end``."""
    room = budget - n_tokens[end]
    again = end
    while again > max(end - overlap, start + 1) and n_tokens[again - 1] <= room:
        again -= 1
        room -= n_tokens[again]
    return again


def _merge(
    pieces: Sequence[range], n_tokens: Sequence[int], top_sections: Sequence[int], budget: int
) -> Iterator[range]:
    """Yield the pieces, a small section together with its neighbour where both fit."""
    if not pieces:
        return
    current = pieces[0]
    for piece in pieces[1:]:
        sizes = [sum(n_tokens[position] for position in part) for part in (current, piece)]
        is_other_section = top_sections[current[-1]] != top_sections[piece[0]]
        if (
            is_other_section
            and piece.start == current.stop
            and sum(sizes) <= budget
            and min(sizes) < _SMALL_SHARE * budget
        ):
            current = range(current.start, piece.stop)
        else:
            yield current
            current = piece
    yield current


def describe_left_out(text: SectionedSentences, cut: Cut) -> tuple[LeftOut, ...]:
    """Return the parts that are in no window; neighbours with one reason are one part."""
    return tuple(
        LeftOut(
            span=Span(text.sentences[run[0]].span.start, text.sentences[run[-1]].span.end),
            reason=reason,
        )
        for run, reason in _neighbours(cut.left_out)
    )


def _neighbours(left_out: Iterable[tuple[int, str]]) -> Iterator[tuple[list[int], str]]:
    items = list(left_out)
    breaks = [0]
    breaks += [
        place
        for place, (before, after) in enumerate(pairwise(items), start=1)
        if after != (before[0] + 1, before[1])
    ]
    for start, end in pairwise([*breaks, len(items)]):
        if start < end:
            yield [position for position, _ in items[start:end]], items[start][1]
