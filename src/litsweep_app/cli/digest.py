"""``litsweep digest``: what the last night brought, as plain text to read or to send."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Annotated, Final

import typer

from db.digests import ChangedRecord, ChangedStatus, Digest, Gap, NewRecord, build_digest
from db.engine import open_database
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep.settings import load_settings
from litsweep_app.cli.alerts import in_words, show_alert
from litsweep_app.cli.console import show, show_json
from litsweep_app.cli.days import day_option
from litsweep_app.cli.notices import NLM_NOTICE
from litsweep_app.cli.runs import receipt_json, show_receipt

_MOST_CHARACTERS: Final = 120


def digest(
    topic: Annotated[str | None, typer.Option(help="Only this topic's runs.")] = None,
    since: Annotated[date | None, day_option("Runs begun on this day (UTC) or later.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Only the newest N runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Tell what the last night brought: receipts, news, changes, alerts, and what is missing."""
    begun = None if since is None else datetime.combine(since, time(), UTC)
    with open_database(load_settings().database_url).reading() as conn:
        found = build_digest(conn, topic=topic, since=begun, n_runs=runs)
    if as_json:
        receipts = [receipt_json(run) for run in found.runs]
        return show_json(asdict(found) | {"runs": receipts, "notice": NLM_NOTICE})
    show_digest(found)


def show_digest(found: Digest) -> None:
    """Print a digest for people."""
    _show_runs(found.runs)
    _show_new(found.new)
    _show_changed(found.changed)
    _show_status_changes(found.status_changes)
    if found.alerts:
        _head(f"Open alerts: {len(found.alerts)} (litsweep alerts acknowledge NUMBER --by NAME)")
        for alert in found.alerts:
            show_alert(alert)
    _show_gaps("Not delivered by PubMed, and asked for again", found.absent)
    _show_gaps("Unreadable, kept, and asked for again", found.unreadable)
    _head("Reading")
    show(f"{found.n_unread} texts not read yet, {found.n_stale} readings of an older version")
    show(f"\n{NLM_NOTICE}")


def _head(text: str) -> None:
    show(f"\n{text}")


def _show_runs(runs: Sequence[SearchRun]) -> None:
    if not runs:
        show("No run: nothing was searched. (litsweep sweep)")
        return
    show(f"{_day(runs[0])} to {_day(runs[-1])} UTC, searches: {len(runs)}")
    for run in runs:
        show()
        show_receipt(run)
        if not (run.n_new or run.n_changed) and run.status is RunStatus.COMPLETE:
            show("  nothing new: the search succeeded")


def _day(run: SearchRun) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M}"


def _show_new(new: Sequence[NewRecord]) -> None:
    _head(f"New records: {len(new)}")
    for one in new:
        _show_title(one.pmid, one.title, one.journal, one.publication_status)
        if one.is_late:
            show(f"    late by {one.lag_days} days, found by the search “{one.route.value}”")
    late = Counter(one.route for one in new if one.is_late)
    if late:
        listed = ", ".join(f"{number} by “{route.value}”" for route, number in late.items())
        show(f"Late arrivals: {listed} (litsweep lag)")


def _show_title(
    pmid: int | None,
    title: str,
    journal: str | None = None,
    status: PublicationStatus = PublicationStatus.AS_PUBLISHED,
) -> None:
    marked = "" if status is PublicationStatus.AS_PUBLISHED else f"[{in_words(status)}] "
    show(f"  {marked}{title or '(PubMed gives no title)'}")
    place = f"{journal}; " if journal else ""
    show(f"    {place}PMID {pmid} https://pubmed.ncbi.nlm.nih.gov/{pmid}/")


def _show_changed(changed: Sequence[ChangedRecord]) -> None:
    _head(f"Changed records: {len(changed)}")
    for one in changed:
        _show_title(one.pmid, one.title)
        for change in one.changes:
            field = change.field.replace("_", " ")
            show(f"    {field}: {_short(change.before)} → {_short(change.after)}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return "(nothing)"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _show_status_changes(changes: Sequence[ChangedStatus]) -> None:
    if not changes:
        return
    _head(f"Changed publication statuses: {len(changes)}")
    for one in changes:
        _show_title(one.pmid, one.title)
        show(f"    {in_words(one.old_status)} → {in_words(one.new_status)}")
        for reason in one.reasons:
            show(f"    {reason}")


def _show_gaps(heading: str, gaps: Sequence[Gap]) -> None:
    if not gaps:
        return
    _head(f"{heading}: {len(gaps)}")
    for gap in gaps:
        show(f"  PMID {gap.pmid} ({gap.topic}): {gap.reason or 'no reason given'}")
