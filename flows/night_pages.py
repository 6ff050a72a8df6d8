"""The pages of runs that are more than one search: a night, a history, a reading, a load.

Pure: from what the database gathered to Markdown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db.reading_runs import ReadingRun
from db.waiting import Quarantined
from flows.markdown import escape, listed, page, table
from flows.places import Places, pubmed_link
from flows.receipts import build_receipts, list_problems
from litsweep.domain.alerts import Alert
from litsweep.domain.loads import LoadFile, LoadStatus
from litsweep.domain.strategies import RunStatus, SearchRun

_MOST_ROWS: Final = 200
_MOST_PROBLEMS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one process read, and what is tried no more until somebody asks for it again."""

    runs: tuple[ReadingRun, ...]
    held_back: tuple[Quarantined, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What one night did: its topics, also those with no run, and what it read."""

    began_at: datetime
    topics: tuple[str, ...]
    runs: tuple[SearchRun, ...]
    reading: Reading
    alerts: tuple[Alert, ...]


def build_night_page(night: Night, places: Places) -> str:
    """Return the page of a night, a row a topic."""
    return page(_night_parts(night, places))


def build_history_page(topic: str, runs: Sequence[SearchRun], places: Places) -> str:
    """Return the page of a backfill, a row a window."""
    n_new = sum(run.n_new for run in runs)
    n_open = sum(run.status is not RunStatus.COMPLETE for run in runs)
    parts = [
        f"# History of {escape(topic)}: {len(runs):,} windows searched, {n_new:,} new",
        "Every window is complete."
        if not n_open
        else f"**{n_open} windows are not complete.** The same backfill, run again, searches them.",
        build_receipts(runs[:_MOST_ROWS]) if runs else "Every window had been searched before.",
        *_more_rows(runs),
        *_problems(list_problems(runs, places)),
        f"Go on: {places.topic(topic)}",
    ]
    return page(parts)


def build_reading_page(reading: Reading) -> str:
    """Return the page of a reading: by which models, how fast, and what could not be read."""
    n_read = sum(run.n_documents - run.n_failed for run in reading.runs)
    return page([f"# {n_read:,} documents read", *_reading_parts(reading)])


def build_load_page(loads: Sequence[LoadFile]) -> str:
    """Return the page of a load, a row a file."""
    n_new = sum(load.n_new for load in loads)
    columns = ("File", "Entries", "New", "Changed", "Unchanged", "Unreadable", "Deleted", "Ended")
    rows = [_load_row(load) for load in loads[:_MOST_ROWS]]
    errors = [f"{escape(load.name)}: {escape(load.error, 2000)}" for load in loads if load.error]
    parts = [f"# {len(loads):,} files, {n_new:,} new records", table(columns, rows)]
    return page([*parts, *_more_rows(loads), *_problems(errors)])


def _night_parts(night: Night, places: Places) -> Iterator[str]:
    n_new = sum(run.n_new for run in night.runs)
    n_changed = sum(run.n_changed for run in night.runs)
    rows = [_topic_row(name, night.runs, places) for name in night.topics]
    n_open = sum(row[-1] != "yes" for row in rows)
    yield (
        f"# Night of {night.began_at:%Y-%m-%d}: {len(rows):,} topics, {n_new:,} new, "
        f"{n_changed:,} changed"
    )
    if n_open:
        yield (
            f"**{n_open} of {len(rows)} topics are not complete**; the next night searches them "
            "again."
        )
    else:
        yield "Every topic's counts add up."
    columns = (
        *("Topic", "Searches", "PubMed counted", "Fetched", "New", "Changed", "Absent"),
        *("Unreadable", "Complete"),
    )
    yield table(columns, rows[:_MOST_ROWS])
    yield from _more_rows(rows)
    problems = list_problems(night.runs, places)
    named = [f"**{escape(run.topic)}**" for run in night.runs if _has_problem(run)]
    yield from _problems([f"{name}, {said}" for name, said in zip(named, problems, strict=True)])
    yield "## Reading"
    yield from _reading_parts(night.reading)
    yield f"Each topic has a page of its own: the artifact topic-NAME. Go on: {places.start()}"
    if night.alerts:
        yield f"**{len(night.alerts):,} alerts are open**: `litsweep alerts`"


def _has_problem(run: SearchRun) -> bool:
    return bool(run.error) or run.status is not RunStatus.COMPLETE


def _topic_row(name: str, runs: Sequence[SearchRun], places: Places) -> list[Any]:
    ours = [run for run in runs if run.topic == name]
    is_whole = bool(ours) and all(run.status is RunStatus.COMPLETE for run in ours)
    return [
        places.topic_name(name),
        len(ours),
        sum(run.n_reported or 0 for run in ours),
        sum(run.n_fetched for run in ours),
        sum(run.n_new for run in ours),
        sum(run.n_changed for run in ours),
        sum(run.n_absent for run in ours),
        sum(run.n_failed for run in ours),
        "yes" if is_whole else "**no**",
    ]


def _reading_parts(reading: Reading) -> Iterator[str]:
    columns = ("What", "Read", "Failed", "Model", "Engine", "Tokens a second", "Most memory")
    if reading.runs:
        yield table(columns, [_reading_row(run) for run in reading.runs[:_MOST_ROWS]])
    else:
        yield "Nothing was read in this run."
    if not reading.held_back:
        return
    lines = [f"{pubmed_link(one.pmid)}: {escape(one.reason)}" for one in reading.held_back]
    yield (
        f"{len(lines):,} documents failed too often and are not tried again; `litsweep reread` "
        "has them tried again:"
    )
    yield "\n".join(listed(lines, _MOST_PROBLEMS, "`litsweep read`"))


def _reading_row(run: ReadingRun) -> list[Any]:
    speed = run.tokens_per_second
    return [
        f"{run.kind.replace('_', ' ')}s",
        run.n_documents - run.n_failed,
        run.n_failed,
        escape(run.model_name) if run.model_name else "none: sentences chosen",
        escape(run.engine),
        f"{speed:.1f}" if speed else "–",
        f"{run.peak_memory_bytes / 1e9:.2f} GB",
    ]


def _load_row(load: LoadFile) -> list[Any]:
    counts = (load.n_new, load.n_changed, load.n_unchanged, load.n_failed, load.n_deleted)
    is_whole = load.status is LoadStatus.COMPLETE
    ended = load.status.value if is_whole else f"**{load.status.value}**"
    return [escape(load.name), load.n_done, *counts, ended]


def _more_rows(rows: Sequence[object]) -> list[str]:
    n_more = len(rows) - _MOST_ROWS
    return [f"… and {n_more:,} more: `litsweep runs`"] if n_more > 0 else []


def _problems(lines: list[str]) -> list[str]:
    if not lines:
        return []
    return [f"## Problems: {len(lines):,}", "\n".join(listed(lines, _MOST_PROBLEMS, "the log"))]
