"""The PRISMA 2020 flow diagram: boxes with their words, and arrows between them.

After the statement's template for updated reviews (Page MJ et al., BMJ 2021;372:n71), with what
still waits said in the boxes: a topic that is watched never ends.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.prisma_flow import FlowCounts
from litsweep.domain.strategies import SearchRoute

WIDTH: Final = 680
_BAND: Final = 26
_MAIN_X: Final = 40
_MAIN_WIDTH: Final = 290
_ASIDE_X: Final = 380
_ASIDE_WIDTH: Final = 300
_LINE: Final = 16
_PADDING: Final = 12
_GAP: Final = 26
_MOST_REASONS: Final = 6
_LETTERS: Final = 42

ROUTES: Final = {
    SearchRoute.CREATED: "nightly search of new records",
    SearchRoute.MODIFIED: "nightly search of changed records",
    SearchRoute.UNDATED: "search without dates",
    SearchRoute.BACKFILL: "search of earlier years",
    SearchRoute.ASKED_AGAIN: "asked for again",
    SearchRoute.LOADED: "loaded from files",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with lines of text; the first one is its heading."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    css_class: str = ""

    @property
    def middle(self) -> float:
        """Half of its height, from the picture's top."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Arrow:
    """A straight arrow."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Band:
    """A stage of the review, written upwards at the left of its boxes."""

    y: int
    height: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDiagram:
    """The picture, from top to bottom."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]
    height: int
    width: int = WIDTH
    band_width: int = _BAND
    line: int = _LINE


def draw_flow(flow: FlowCounts) -> FlowDiagram:
    """Return the diagram of ``flow``."""
    y = 0
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    tops: list[int] = []
    for main, aside in _list_rows(flow):
        if boxes:
            above = next(box for box in reversed(boxes) if box.css_class == "")
            y = max(box.bottom for box in boxes) + _GAP
            arrows.append(Arrow(_axis(), above.bottom, _axis(), y))
        tops.append(y)
        height = max(_height(main), _height(aside) if aside else 0)
        box = Box(_MAIN_X, y, _MAIN_WIDTH, height if not aside else _height(main), main)
        boxes.append(box)
        if aside:
            beside = Box(_ASIDE_X, y, _ASIDE_WIDTH, _height(aside), aside, "aside")
            boxes.append(beside)
            level = y + min(box.height, beside.height) / 2
            arrows.append(Arrow(_MAIN_X + _MAIN_WIDTH, level, _ASIDE_X, level))
    bottom = max(box.bottom for box in boxes)
    return FlowDiagram(
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        bands=_list_bands(tops, bottom),
        height=bottom + 2,
    )


def _list_rows(flow: FlowCounts) -> list[tuple[tuple[str, ...], tuple[str, ...] | None]]:
    """Return the words of each row: the main box, and what leaves the flow beside it."""
    screened, assessed = flow.screened, flow.assessed
    routes = [f"{ROUTES[route]}: {n:,}" for route, n in flow.identified.items()]
    still = _open(screened.n_partly, screened.n_unsure, screened.n_conflicts)
    later = _open(assessed.n_partly, assessed.n_unsure, assessed.n_conflicts)
    besides = flow.n_sought_besides
    return [
        (
            (f"Records identified: {flow.n_identified:,}", *routes),
            (
                "Removed before screening:",
                f"duplicates: {flow.n_duplicates:,}",
                f"by automation tools: {flow.n_automation:,}",
                f"deleted by PubMed: {flow.n_deleted:,}",
            ),
        ),
        (
            (
                f"Records to screen: {flow.n_to_screen:,}",
                f"screened: {screened.n_settled:,}",
                f"not looked at yet: {flow.n_unscreened:,}",
                *still,
            ),
            (f"Records excluded by people: {screened.n_excluded:,}",),
        ),
        (
            (
                f"Reports sought for retrieval: {flow.n_sought:,}",
                *([f"of these not by title and abstract: {besides:,}"] if besides else []),
            ),
            (f"Reports not retrieved: {flow.n_not_retrieved:,}", *_reasons(flow.not_retrieved)),
        ),
        (
            (
                f"Reports assessed: {assessed.n_settled:,}",
                f"retrieved, not looked at yet: {flow.n_unassessed:,}",
                *later,
            ),
            (f"Reports excluded: {assessed.n_excluded:,}", *_reasons(flow.excluded)),
        ),
        ((f"Reports included: {assessed.n_included:,}", "so far", ""), None),
    ]


def _open(n_partly: int, n_unsure: int, n_conflicts: int) -> list[str]:
    words = (
        ("waiting for another person", n_partly),
        ("left open", n_unsure),
        ("in conflict", n_conflicts),
    )
    return [f"{what}: {n:,}" for what, n in words if n]


def _reasons(pairs: Sequence[tuple[str, int]]) -> list[str]:
    lines = [
        line
        for reason, n in pairs[:_MOST_REASONS]
        for line in textwrap.wrap(f"{reason}: {n:,}", _LETTERS, max_lines=2)
    ]
    rest = sum(n for _, n in pairs[_MOST_REASONS:])
    return [*lines, f"other reasons: {rest:,}"] if rest else lines


def _list_bands(tops: Sequence[int], bottom: int) -> tuple[Band, ...]:
    words = ("Identification", "Screening", "Included")
    starts = (tops[0], tops[1], tops[4])
    ends = (tops[1] - _GAP // 2, tops[4] - _GAP // 2, bottom)
    return tuple(
        Band(start, end - start, word) for start, end, word in zip(starts, ends, words, strict=True)
    )


def _height(lines: Sequence[str]) -> int:
    return 2 * _PADDING + _LINE * len(lines) - 4


def _axis() -> float:
    return _MAIN_X + _MAIN_WIDTH / 2
