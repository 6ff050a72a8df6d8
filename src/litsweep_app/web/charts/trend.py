"""Bars a week, two kinds stacked on each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 180
_LEFT: Final = 44
_TOP: Final = 10
_BOTTOM: Final = 24
_ROOM: Final = 0.24
"""The part of a week's width that stays empty."""
_N_LINES: Final = 4

Week = tuple[date, int, int]
"""The Monday, and the numbers of the first and of the second kind."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the picture's units; ``css_class`` is its kind; ``title`` says its number."""

    x: float
    y: float
    width: float
    height: float
    css_class: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside an axis, at a place along it."""

    place: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The picture: bars, horizontal lines with their numbers, months below, its sums."""

    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    months: tuple[Mark, ...]
    n_first: int
    n_second: int
    highest: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = HEIGHT - _BOTTOM


def draw_trend(weeks: Sequence[Week]) -> Trend:
    """Return the picture of ``weeks``, the oldest first."""
    highest = max((first + second for _, first, second in weeks), default=0)
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    span = (WIDTH - _LEFT) / max(1, len(weeks))
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    bars: list[Bar] = []
    for place, (monday, first, second) in enumerate(weeks):
        x = _LEFT + place * span + span * _ROOM / 2
        floor = float(HEIGHT - _BOTTOM)
        for n, css_class in ((first, "first"), (second, "second")):
            if n:
                height = n * scale
                floor -= height
                title = f"Week of {monday}: {n:,}"
                width = span * (1 - _ROOM)
                bars.append(Bar(_r(x), _r(floor), _r(width), _r(height), css_class, title))
    return Trend(
        bars=tuple(bars),
        lines=tuple(
            Mark(_r(HEIGHT - _BOTTOM - value * scale), f"{value:,}")
            for value in range(0, top + 1, step)
        ),
        months=tuple(_list_months(weeks, span)),
        n_first=sum(first for _, first, _ in weeks),
        n_second=sum(second for _, _, second in weeks),
        highest=highest,
    )


def _step(highest: int) -> int:
    """Return the distance of the lines: 1, 2 or 5 times a power of ten."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= factor * size * _N_LINES:
                return factor * size
        size *= 10


def _list_months(weeks: Sequence[Week], span: float) -> list[Mark]:
    """Return each month's name at its first Monday; the one that was begun before has none."""
    marks: list[Mark] = []
    for place, (monday, _, _) in enumerate(weeks):
        if monday.day <= 7:
            words = f"{monday:%b %Y}" if monday.month == 1 or not marks else f"{monday:%b}"
            marks.append(Mark(_r(_LEFT + place * span), words))
    return marks


def _r(value: float) -> float:
    return round(value, 1)
