"""Effect estimates with interval and p value, as printed and as data. It computes nothing.

An estimate is a number that a measure names ("HR 0.74"), or one with an interval behind it, or
both. Means, ages, prevalences and interquartile ranges have intervals too and are no effects.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from litsweep.reading.rules.intervals import (
    INTERVAL,
    IS_LEVEL,
    LEVEL,
    NUMBER,
    P_VALUE,
    value_of,
)
from litsweep.reading.rules.measures import IS_ABBREVIATION, MEASURE, NAMES
from litsweep.reading.rules.printed import level


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One estimate: numbers as printed, None where not printed; ``[start, end)`` is the wording.

    ``measure`` is a name of the table in ``measures``, None where the sentence names none.
    ``estimate`` is None where only a p value is printed. ``p`` keeps ``<`` and the like.
    """

    start: int
    end: int
    measure: str | None = None
    estimate: str | None = None
    ci_level: str | None = None
    ci_low: str | None = None
    ci_high: str | None = None
    p: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return what is printed, by name."""
        fields = ("measure", "estimate", "ci_level", "ci_low", "ci_high", "p")
        return {name: text for name in fields if (text := getattr(self, name)) is not None}


# Between a measure and its number: "(OR)", "was", "=", "[95 % CI]".
_GLUE: Final = re.compile(
    r"(?:\s|[,:;=~≈(\[)\]]|\b(?:was|were|is|are|of|at|an?|values?|equal(?:s|ed)? to|estimated|"
    r"pooled|"
    rf"adjusted|approximately|about|only|[a-z]?[A-Z]{{1,5}}s?|for|to be)\b|{LEVEL.pattern})*"
)
# "AUC was 30% higher" gives no AUC.
_COMPARATIVE: Final = re.compile(r"\s?(?:higher|lower|greater|less|more|fewer|increase|decrease)")
_SHARES: Final = frozenset({"RRR", "ARR", "VE"})
_HAS_DIGIT: Final = re.compile(r"[0-9]")
_PERCENT: Final = re.compile(r"\s?%")
# "p for interaction" and the like judge several estimates together, and none of them alone.
_OF_SEVERAL: Final = re.compile(
    r"interaction|trend|hetero|homogen|linear|subgroup|overall|between", re.IGNORECASE
)
_SIGNS: Final = {"=": "", "": "", "less than": "<", "greater than": ">"}
_NO_EFFECT: Final = re.compile(
    r"\b(?:prevalence|proportions?|incidence|means?|medians?|aged?|ages|averages?|range|IQR|"
    r"inter-?quartile|rates?|SD|frequenc(?:y|ies)|survival|percentages?|seroprevalence)\b",
    re.IGNORECASE,
)
_COMPARES: Final = re.compile(
    r"\b(?:versus|vs|compared|comparison|than|reduc\w+|increas\w+|decreas\w+|lower\w*|higher|"
    r"associat\w+|effects?|improve\w*|declin\w+|gain\w*|ratios?|odds|risk|hazard)\b",
    re.IGNORECASE,
)
_LOOK_BACK: Final = 120
"""Characters before a number in which its measure may be named."""
_P_REACH: Final = 70
"""Characters after an estimate in which its p value may begin."""
# One measure serves a list of estimates: "HRs were 0.74 (0.61-0.89) for death and 0.80 (…)".
_LONGEST_LINK: Final = 70
_LONGEST_GAP: Final = 3
"""Characters between a measure and its abbreviation."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A sentence, the same levelled, and where its measures are named."""

    printed: str
    plain: str
    measures: tuple[tuple[int, int, str], ...]


def find_effects(text: str) -> tuple[Effect, ...]:
    """Return the estimates of one sentence in order; if there is none, its p values alone."""
    plain = level(text)
    if not _HAS_DIGIT.search(plain):
        return ()
    measures = (
        (match.start(), match.end(), NAMES[match.lastgroup or ""])
        for match in MEASURE.finditer(plain)
    )
    sentence = _Text(text, plain, tuple(measures))
    effects = list(_estimates(sentence))
    if not effects:
        return tuple(
            Effect(start=match.start(), end=match.end(), p=_p(sentence, match))
            for match in P_VALUE.finditer(plain)
        )
    limits = [*(one.start for one in effects[1:]), len(plain)]
    return tuple(
        _with_bracket(plain, _with_p(sentence, effect, limit))
        for effect, limit in zip(effects, limits, strict=True)
    )


def _estimates(text: _Text) -> Iterator[Effect]:
    """Yield the estimates without their p values."""
    last: Effect | None = None
    for number in NUMBER.finditer(text.plain):
        is_free = last is None or number.start() >= last.end
        if is_free and not IS_LEVEL.match(text.plain, number.end()):
            effect = _effect_at(text, number, last)
            if effect is not None:
                last = effect
                yield effect


def _effect_at(text: _Text, number: re.Match[str], last: Effect | None) -> Effect | None:
    """Return the effect whose estimate ``number`` is, if it is one."""
    floor = max(last.end if last else 0, number.start() - _LOOK_BACK)
    named = [one for one in text.measures if floor <= one[0] and one[1] <= number.start()]
    interval = INTERVAL.match(text.plain, number.end())
    if interval is None or not _holds(number[0], interval):
        return _named_only(text, number, _whole_name(named)) if named else None
    between = text.plain[floor : number.start()] + (interval["noun"] or "")
    if named:
        start, end, measure = _whole_name(named)
        is_other = _NO_EFFECT.search(text.plain, end, number.start())
        is_own = _is_glued(text, end, number) or not is_other
        return _build(text, number, interval, measure, start) if is_own else None
    if last is not None and len(between) <= _LONGEST_LINK and not _NO_EFFECT.search(between):
        return _build(text, number, interval, last.measure, number.start())
    is_comparison = _COMPARES.search(between) and not _NO_EFFECT.search(between)
    if interval["low"] is not None and is_comparison:
        return _build(text, number, interval, None, number.start())
    return None


def _whole_name(named: Sequence[tuple[int, int, str]]) -> tuple[int, int, str]:
    """Return the last measure; "odds ratio [OR]" is one, from its first word on."""
    start, end, measure = named[-1]
    if len(named) > 1 and named[-2][2] == measure and start - named[-2][1] <= _LONGEST_GAP:
        start = named[-2][0]
    return start, end, measure


def _named_only(text: _Text, number: re.Match[str], named: tuple[int, int, str]) -> Effect | None:
    """Return an effect without an interval: its measure must stand right before the number."""
    start, end, measure = named
    if measure == "difference" or not _is_glued(text, end, number):
        return None
    stop = _with_percent(text, number)
    if measure not in _SHARES and _COMPARATIVE.match(text.plain, stop):
        return None
    if not (stop > number.end() or "." in number[0] or measure in {"NNT", "NNH"}):
        is_short = IS_ABBREVIATION.fullmatch(text.plain, start, end)
        if is_short or not P_VALUE.match(text.plain[stop:].lstrip(" ,;(")):
            return None
    return Effect(
        start=start, end=stop, measure=measure, estimate=text.printed[number.start() : stop]
    )


def _with_percent(text: _Text, number: re.Match[str]) -> int:
    """Return where the number ends, with its percent sign if it has one."""
    sign = _PERCENT.match(text.plain, number.end())
    return sign.end() if sign else number.end()


def _is_glued(text: _Text, end: int, number: re.Match[str]) -> bool:
    return _GLUE.fullmatch(text.plain, end, number.start()) is not None


def _holds(estimate: str, interval: re.Match[str]) -> bool:
    """Tell whether the estimate lies in its interval: that of a dose or an age would not."""
    low = value_of(interval["low"] or interval["bare_low"])
    high = value_of(interval["high"] or interval["bare_high"])
    return min(low, high) <= value_of(estimate) <= max(low, high)


def _build(
    text: _Text, number: re.Match[str], interval: re.Match[str], measure: str | None, start: int
) -> Effect:
    kind = "" if interval["low"] is not None else "bare_"
    ci_level = interval["level"]
    if ci_level is None and (said := LEVEL.search(text.plain, start, number.start())):
        ci_level = said["level"]
    return Effect(
        start=start,
        end=interval.end(),
        measure=measure,
        estimate=text.printed[number.start() : _with_percent(text, number)],
        ci_level=ci_level,
        ci_low=text.printed[slice(*interval.span(f"{kind}low"))],
        ci_high=text.printed[slice(*interval.span(f"{kind}high"))],
    )


def _with_p(text: _Text, effect: Effect, limit: int) -> Effect:
    found = P_VALUE.finditer(text.plain, effect.start, limit)
    match = next((one for one in found if not _OF_SEVERAL.search(one["of"])), None)
    if match is None or match.start() - effect.end > _P_REACH:
        return effect
    return replace(effect, end=max(effect.end, match.end()), p=_p(text, match))


def _p(text: _Text, match: re.Match[str]) -> str:
    sign = match["sign"].strip()
    return _SIGNS.get(sign, sign) + text.printed[slice(*match.span("value"))]


def _with_bracket(text: str, effect: Effect) -> Effect:
    """Return the effect with the bracket that closes the one in its wording."""
    said = text[effect.start : effect.end]
    is_open = any(said.count(left) > said.count(right) for left, right in ("()", "[]"))
    closes = text[effect.end : effect.end + 1] in {")", "]"}
    return replace(effect, end=effect.end + 1) if is_open and closes else effect
