"""A digest in words: what some runs brought, as plain text to read or to send."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from litsweep.domain.digests import ChangedRecord, ChangedStatus, Digest, Gap, NewRecord
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep.telling.alerts import alert_lines, in_words
from litsweep.telling.notices import NLM_NOTICE
from litsweep.telling.receipts import receipt_lines

Item = TypeVar("Item")

_MOST_CHARACTERS: Final = 120


def digest_lines(found: Digest, *, most: int | None = None) -> Iterator[str]:
    """Yield a digest for people; of each list at most ``most`` items, and how many more."""
    yield from _runs(found.runs)
    yield from _new(found.new, most)
    yield f"\nChanged records: {len(found.changed)}"
    yield from listed(found.changed, _changed, most)
    if found.status_changes:
        yield f"\nChanged publication statuses: {len(found.status_changes)}"
        yield from listed(found.status_changes, _status_change, most)
    if found.alerts:
        yield (f"\nOpen alerts: {len(found.alerts)} (litsweep alerts acknowledge NUMBER --by NAME)")
        yield from listed(found.alerts, alert_lines, most)
    yield from _gaps("Not delivered by PubMed, and asked for again", found.absent, most)
    yield from _gaps("Unreadable, kept, and asked for again", found.unreadable, most)
    yield "\nReading"
    yield f"{found.n_unread} texts not read yet, {found.n_stale} readings of an older version"
    yield f"\n{NLM_NOTICE}"


def listed(
    items: Sequence[Item], lines_of: Callable[[Item], Iterator[str]], most: int | None
) -> Iterator[str]:
    """Yield the lines of each of ``items``; of the first ``most`` only, and how many more."""
    for one in islice(items, most):
        yield from lines_of(one)
    if most is not None and len(items) > most:
        yield f"  … and {len(items) - most} more"


def gap_line(gap: Gap) -> Iterator[str]:
    """Yield what is missing, with the reason."""
    yield f"  PMID {gap.pmid} ({gap.topic}): {gap.reason or 'no reason given'}"


def _runs(runs: Sequence[SearchRun]) -> Iterator[str]:
    if not runs:
        yield "No run: nothing was searched. (litsweep sweep)"
        return
    yield f"{_day(runs[0])} to {_day(runs[-1])} UTC, searches: {len(runs)}"
    for run in runs:
        yield ""
        yield from receipt_lines(run)
        if not (run.n_new or run.n_changed) and run.status is RunStatus.COMPLETE:
            yield "  nothing new: the search succeeded"


def _day(run: SearchRun) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M}"


def _new(new: Sequence[NewRecord], most: int | None) -> Iterator[str]:
    yield f"\nNew records: {len(new)}"
    yield from listed(new, _new_record, most)
    late = Counter(one.route for one in new if one.is_late)
    if late:
        counts = ", ".join(f"{number} by “{route.value}”" for route, number in late.items())
        yield f"Late arrivals: {counts} (litsweep lag)"


def _new_record(one: NewRecord) -> Iterator[str]:
    yield from _title(one.pmid, one.title, one.journal, one.publication_status)
    if one.is_late:
        yield f"    late by {one.lag_days} days, found by the search “{one.route.value}”"


def _title(
    pmid: int | None,
    title: str,
    journal: str | None = None,
    status: PublicationStatus = PublicationStatus.AS_PUBLISHED,
) -> Iterator[str]:
    marked = "" if status is PublicationStatus.AS_PUBLISHED else f"[{in_words(status)}] "
    yield f"  {marked}{title or '(PubMed gives no title)'}"
    place = f"{journal}; " if journal else ""
    yield f"    {place}PMID {pmid} https://pubmed.ncbi.nlm.nih.gov/{pmid}/"


def _changed(one: ChangedRecord) -> Iterator[str]:
    yield from _title(one.pmid, one.title)
    for change in one.changes:
        field = change.field.replace("_", " ")
        yield f"    {field}: {_short(change.before)} → {_short(change.after)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return "(nothing)"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _status_change(one: ChangedStatus) -> Iterator[str]:
    yield from _title(one.pmid, one.title)
    yield f"    {in_words(one.old_status)} → {in_words(one.new_status)}"
    for reason in one.reasons:
        yield f"    {reason}"


def _gaps(heading: str, gaps: Sequence[Gap], most: int | None) -> Iterator[str]:
    if gaps:
        yield f"\n{heading}: {len(gaps)}"
        yield from listed(gaps, gap_line, most)
