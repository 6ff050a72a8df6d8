"""The page of one sweep: its receipt, what it found, what is missing, where to go on.

Pure: from what the database gathered to Markdown and rows.
"""

import shlex
from collections.abc import Iterator
from typing import Any, Final

from flows.markdown import code, escape, listed, page, plain
from flows.places import Places, pubmed_address, pubmed_link
from flows.receipts import build_receipts, list_problems, list_warnings
from litsweep.domain.alerts import Alert
from litsweep.domain.digests import ChangedRecord, ChangedStatus, Digest, Gap, NewRecord
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import RunStatus

# A page and a table of a night are kept twice by Prefect's server, as an artifact and as the
# newest of its key: so many of each keep ten topics' busy nights under 2 MB.
_MOST_NEW: Final = 50
_MOST_OTHERS: Final = 25
MOST_ROWS: Final = 100
_MOST_FIELD: Final = 80


def build_sweep_page(topic: str, digest: Digest, places: Places) -> str:
    """Return the page of a topic's sweep, in Markdown."""
    return page(_parts(topic, digest, places))


def build_new_rows(digest: Digest) -> list[dict[str, Any]]:
    """Return the new records as rows of a table, the first of them."""
    return [
        {
            "PMID": one.pmid,
            "Title": plain(one.title, 200),
            "Journal": plain(one.journal or "", 100),
            "Status": in_words(one.publication_status),
            "Late by days": one.lag_days if one.is_late else None,
        }
        for one in digest.new[:MOST_ROWS]
    ]


def in_words(status: PublicationStatus) -> str:
    """Return a publication status as it is written in a sentence."""
    return status.value.replace("_", " ")


def _parts(topic: str, digest: Digest, places: Places) -> Iterator[str]:
    more = code(f"litsweep digest --topic {shlex.quote(topic)} --runs {len(digest.runs)}")
    yield f"# {escape(topic)}: {len(digest.new):,} new, {len(digest.changed):,} changed"
    yield _conclude(digest)
    yield build_receipts(digest.runs)
    if digest.runs:
        run = digest.runs[-1]
        yield f"Query, version {run.strategy_version}: {code(run.query, 1000)}"
    problems = list_problems(digest.runs, places)
    yield from _section("Problems", problems, more)
    yield from _section("Open alerts", [_alert(one) for one in digest.alerts], "`litsweep alerts`")
    yield from _section("New records", [_new(one, places) for one in digest.new], more, _MOST_NEW)
    yield from _section("Changed records", [_changed(one) for one in digest.changed], more)
    yield from _section(
        "Changed publication statuses", [_status(one) for one in digest.status_changes], more
    )
    yield from _section(
        "Not delivered by PubMed, and asked for again", [_gap(one) for one in digest.absent], more
    )
    yield from _section(
        "Unreadable, kept, and asked for again", [_gap(one) for one in digest.unreadable], more
    )
    if warnings := list_warnings(digest.runs):
        yield "## Remarks"
        yield "\n".join(warnings)
    yield (
        f"{digest.n_unread:,} texts of this topic wait to be read. Go on: {places.topic(topic)}, "
        f"everything: {more}"
    )


def _conclude(digest: Digest) -> str:
    if any(run.status is not RunStatus.COMPLETE for run in digest.runs):
        return "**Not complete.** What came is stored; what is missing is searched again."
    if not digest.new and not digest.changed:
        return "Complete: the search succeeded, and there is nothing new."
    return "Complete: everything that PubMed counted is stored, or listed here as absent."


def _section(title: str, lines: list[str], more: str, most: int = _MOST_OTHERS) -> Iterator[str]:
    if lines:
        yield f"## {title}: {len(lines):,}"
        yield "\n".join(listed(lines, most, more))


def _new(one: NewRecord, places: Places) -> str:
    marks = [
        f"*{escape(one.journal)}*" if one.journal else "",
        pubmed_link(one.pmid),
        _loud(one.publication_status),
        f"late by {one.lag_days} days" if one.is_late else "",
    ]
    title = places.record(one.record_id, one.pmid, one.title)
    return " · ".join([title, *(mark for mark in marks if mark)])


def _loud(status: PublicationStatus) -> str:
    return "" if status is PublicationStatus.AS_PUBLISHED else f"**{in_words(status)}**"


def _changed(one: ChangedRecord) -> str:
    changes = "; ".join(
        f"{change.field.replace('_', ' ')}: {_short(change.before)} → {_short(change.after)}"
        for change in one.changes
    )
    return f"{_title(one.pmid, one.title)}, version {one.version}: {changes or 'other bytes'}"


def _status(one: ChangedStatus) -> str:
    reasons = "; ".join(escape(reason) for reason in one.reasons)
    was, now = in_words(one.old_status), in_words(one.new_status)
    return f"{_title(one.pmid, one.title)}: {was} → **{now}**. {reasons}".rstrip()


def _alert(alert: Alert) -> str:
    acknowledge = code(f"litsweep alerts acknowledge {alert.alert_id} --by NAME")
    return (
        f"{_title(alert.pmid, alert.title)} is **{in_words(alert.new_status)}** "
        f"(noticed {alert.raised_at:%Y-%m-%d}). Taken note of by {acknowledge}"
    )


def _gap(gap: Gap) -> str:
    return f"{pubmed_link(gap.pmid)}: {escape(gap.reason or 'no reason given')}"


def _title(pmid: int | None, title: str) -> str:
    shown = escape(title or "(PubMed gives no title)")
    return f"[{shown}]({pubmed_address(pmid)})" if pmid else shown


def _short(text: str) -> str:
    return escape(text, _MOST_FIELD) or "(nothing)"
