"""How a topic's sweeps stand, in words and one of four tones: good only if nothing is missing.

Pure: what is known of the runs comes in. The receipts themselves are in ``litsweep_app.web.runs``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from db.sweep_standings import NIGHTLY, RunHead, SweepStanding
from litsweep.domain.strategies import RunStatus, SearchRoute, SearchRun

LONGEST_PAUSE: Final = timedelta(hours=36)
"""A nightly sweep that is older has been missed: a day, and half of one for a late night."""
LONGEST_RUN: Final = timedelta(hours=12)

ROUTE_WORDS: Final[Mapping[SearchRoute, str]] = {
    SearchRoute.CREATED: "search for new records",
    SearchRoute.MODIFIED: "search for changed records",
    SearchRoute.UNDATED: "search without dates",
    SearchRoute.BACKFILL: "search of earlier years",
}


class Tone(StrEnum):
    """How a sentence is meant; also the class that colours it."""

    GOOD = "good"
    """Everything that was due was searched, and every receipt adds up."""
    WARN = "warn"
    """Something is open, late or was not delivered."""
    BAD = "bad"
    """A search failed, is held, or does not add up."""
    PLAIN = "plain"
    """Nothing is expected: the topic is retired."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence, its tone, and the run that it is about, where there is one."""

    tone: Tone
    words: str
    search_run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tone of a topic and the sentences that explain it, the gravest first."""

    tone: Tone
    remarks: tuple[Remark, ...]


def judge(
    standing: SweepStanding,
    receipts: Sequence[SearchRun],
    *,
    now: datetime,
    undated_every_days: int,
) -> Verdict:
    """Return how a topic stands; ``receipts`` are those of its newest runs."""
    if standing.topic.retired_at is not None:
        retired = f"Retired on {standing.topic.retired_at:%Y-%m-%d}: it is swept no more."
        return Verdict(Tone.PLAIN, (Remark(Tone.PLAIN, retired),))
    remarks = [
        *_about_query(standing),
        *_about_stopped(standing.newest),
        *(remark for head in standing.newest for remark in _about_run(head, now)),
        *(remark for receipt in receipts for remark in _about_receipt(receipt)),
        *_about_pause(standing, now, undated_every_days),
    ]
    for tone in (Tone.BAD, Tone.WARN):
        if any(remark.tone is tone for remark in remarks):
            return Verdict(tone, tuple(sorted(remarks, key=lambda one: one.tone is not Tone.BAD)))
    n_new = sum(receipt.n_new for receipt in receipts)
    return Verdict(Tone.GOOD, (Remark(Tone.GOOD, _praise(n_new)),))


def _praise(n_new: int) -> str:
    found = f"{n_new:,} new" if n_new else "nothing new"
    return f"The last sweep is complete and its receipts add up: {found}."


def _about_query(standing: SweepStanding) -> Iterator[Remark]:
    version = standing.topic.strategy.version
    if standing.hold is not None:
        yield Remark(
            Tone.BAD,
            f"Version {version} of the query is held and not searched: {standing.hold.reason}",
            standing.hold.search_run_id,
        )
    if not standing.was_swept:
        yield Remark(Tone.BAD, "Never swept.")
    elif not standing.newest:
        yield Remark(Tone.WARN, f"Version {version} of the query has not been searched yet.")


def _about_stopped(heads: Sequence[RunHead]) -> Iterator[Remark]:
    """Say what failed, once for all that failed by the same error in the same night."""
    told: dict[tuple[str, str], list[RunHead]] = {}
    for head in heads:
        if head.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
            night = f"{head.started_at:%Y-%m-%d}"
            told.setdefault((night, head.error or head.status.value), []).append(head)
    for (night, error), stopped in told.items():
        searches = _enumerate([f"the {ROUTE_WORDS[head.route]}" for head in stopped])
        words = f"On {night} {searches} stopped: {error}"
        yield Remark(Tone.BAD, words, stopped[-1].search_run_id)


def _about_run(head: RunHead, now: datetime) -> Iterator[Remark]:
    search, number = ROUTE_WORDS[head.route], head.search_run_id
    began = f"{head.started_at:%Y-%m-%d %H:%M} UTC"
    match head.status:
        case RunStatus.INCOMPLETE:
            yield Remark(Tone.BAD, f"The {search} of {began} does not add up.", number)
        case RunStatus.RUNNING if now - head.started_at > LONGEST_RUN:
            yield Remark(Tone.BAD, f"The {search} of {began} has never ended.", number)
        case RunStatus.RUNNING:
            yield Remark(Tone.WARN, f"The {search} is going on since {began}.", number)
        case _:
            return


def _about_receipt(receipt: SearchRun) -> Iterator[Remark]:
    if receipt.status is not RunStatus.COMPLETE:
        return
    search, number = ROUTE_WORDS[receipt.route], receipt.search_run_id
    if not receipt.adds_up:
        words = f"The {search} is closed as complete, and its receipt does not add up."
        yield Remark(Tone.BAD, words, number)
    n_absent = receipt.n_absent + receipt.n_beside_absent
    if n_absent:
        words = f"PubMed named {_records(n_absent)} in the {search} and did not deliver."
        yield Remark(Tone.WARN, words, number)


def _about_pause(
    standing: SweepStanding, now: datetime, undated_every_days: int
) -> Iterator[Remark]:
    if not standing.newest:
        return
    had = {head.route for head in standing.newest}
    due = [*NIGHTLY, *([SearchRoute.UNDATED] if undated_every_days else [])]
    for route in due:
        if route not in had:
            yield Remark(Tone.WARN, f"The {ROUTE_WORDS[route]} has not run yet.")
    if standing.completed_at is not None and now - standing.completed_at > LONGEST_PAUSE:
        yield Remark(Tone.WARN, f"No complete sweep for {_hours(now - standing.completed_at)}.")
    if standing.unsearched_day is not None:
        words = f"The days from {standing.unsearched_day} on were left out by the sweeps."
        yield Remark(Tone.WARN, words)
    for head in standing.open_windows:
        words = f"Of earlier years, {head.first_day} to {head.last_day} is {head.status.value}."
        yield Remark(Tone.WARN, words, head.search_run_id)


def _enumerate(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _hours(pause: timedelta) -> str:
    hours = int(pause.total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"


def _records(n: int) -> str:
    return "1 record" if n == 1 else f"{n:,} records"


def age_in_words(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, in the unit that people would use."""
    seconds = max(0, int((now - moment).total_seconds()))
    steps: tuple[tuple[int, str], ...] = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    for size, unit in steps:
        n = seconds // size
        if n >= (2 if unit == "day" else 1):
            return f"{n} {unit}{'' if n == 1 else 's'} ago"
    return "just now"
