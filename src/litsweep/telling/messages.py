"""Messages: what went wrong, is missing, was retracted, is held, and what the night brought.

One message a kind and night, however many things it tells. No key and no address of a person is
in any. What is to be told is gathered elsewhere, and sent elsewhere.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from litsweep.domain.alerts import Alert
from litsweep.domain.digests import Digest, Gap
from litsweep.domain.holds import QueryHold
from litsweep.domain.notifications import Draft, NotificationKind
from litsweep.domain.strategies import SearchRun
from litsweep.telling import keys
from litsweep.telling.alerts import alert_lines, in_words
from litsweep.telling.digest import digest_lines, gap_line, listed
from litsweep.telling.notices import NLM_NOTICE
from litsweep.telling.receipts import receipt_lines

MOST: Final = 50
"""Items of one list in a message: the rest is counted, and `litsweep digest` has it."""

_SUBJECT_LENGTH: Final = 120
_LAID_OUT: Final = "\n\t\u200c\u200d"


class Writer:
    """Writes messages; ``desk_url`` is the review desk's address, for links, or None."""

    def __init__(self, desk_url: str | None) -> None:
        self._desk_url = (desk_url or "").rstrip("/")

    def write_failures(
        self, runs: Sequence[SearchRun], problems: Sequence[str], flow_run_id: str | None
    ) -> Draft | None:
        """Tell which searches failed, and what else did in the flow run of that number."""
        about = [keys.failure_key(run.search_run_id) for run in runs]
        if problems:
            about.append(keys.problem_key(flow_run_id or "none"))
        lines: list[str] = []
        for run in runs[:MOST]:
            lines += ["", *receipt_lines(run), *self._run_link(run)]
        lines += ["", *problems] if problems else []
        lines += [
            "",
            "What was stored stays, and the next night searches these days again. Look at "
            "`litsweep doctor` and `litsweep runs`; `litsweep sweep` tries again now.",
        ]
        names = _names(run.topic for run in runs) or "not everything was done"
        return _draft(NotificationKind.FAILURE, about, f"failed: {names}", lines)

    def write_gaps(
        self, runs: Sequence[SearchRun], absent: Sequence[Gap], unreadable: Sequence[Gap]
    ) -> Draft | None:
        """Tell which receipts do not add up, and which records are not here."""
        about = [keys.gap_key(run.search_run_id) for run in runs]
        about += [keys.absent_key(gap) for gap in absent]
        about += [keys.unreadable_key(gap) for gap in unreadable]
        lines: list[str] = []
        for run in runs[:MOST]:
            lines += ["", *receipt_lines(run), *self._run_link(run)]
        for heading, gaps in (
            ("Not delivered by PubMed, and asked for again each night", absent),
            ("Unreadable, kept, and asked for again each night", unreadable),
        ):
            if gaps:
                lines += ["", f"{heading}: {len(gaps)}", *listed(gaps, gap_line, MOST)]
        lines += ["", "`litsweep runs` shows the receipts; `litsweep digest` what is missing."]
        n_gaps = len(absent) + len(unreadable)
        counted = [f"{len(runs)} searches do not add up"] if runs else []
        counted += [f"{n_gaps} records missing"] if n_gaps else []
        return _draft(NotificationKind.GAP, about, f"gap: {', '.join(counted)}", lines)

    def write_alerts(self, alerts: Sequence[Alert]) -> Draft | None:
        """Tell which stored records turned out retracted and the like."""
        lines = ["Stored records are not what they were. Take note of each:"]
        lines += ["litsweep alerts acknowledge NUMBER --by NAME", ""]
        lines += listed(alerts, alert_lines, MOST)
        if len(alerts) > MOST:
            lines.append("`litsweep alerts` lists all of them.")
        topics = sorted({topic for alert in alerts for topic in alert.topics})
        lines += self._topic_links(topics)
        lines += ["", NLM_NOTICE]
        about = [keys.alert_key(alert.alert_id) for alert in alerts]
        subject = f"{len(alerts)} records retracted, doubted or deleted"
        if len(alerts) == 1:
            one = alerts[0]
            subject = f"PMID {one.pmid} is {in_words(one.new_status)}: {one.title}"
        return _draft(NotificationKind.ALERT, about, subject, lines)

    def write_holds(self, holds: Sequence[QueryHold]) -> Draft | None:
        """Tell which changed queries wait for a person, and how to decide."""
        lines: list[str] = []
        for hold in holds[:MOST]:
            lines += ["", *hold_lines(hold), *self._topic_links([hold.topic])]
        about = [keys.hold_key(hold.query_hold_id) for hold in holds]
        names = _names(hold.topic for hold in holds)
        return _draft(NotificationKind.HOLD, about, f"a query waits for you: {names}", lines)

    def write_digest(self, digest: Digest) -> Draft | None:
        """Tell what the runs brought; without news, that they were run."""
        about = [keys.run_key(run.search_run_id) for run in digest.runs]
        lines = list(digest_lines(digest, most=MOST))
        if self._desk_url:
            lines += ["", f"At the review desk: {self._desk_url}"]
        n_new, n_changed = len(digest.new), len(digest.changed)
        news = f"{n_new} new, {n_changed} changed" if n_new or n_changed else "nothing new"
        return _draft(NotificationKind.DIGEST, about, f"{news}, {_outcome(digest)}", lines)

    def _run_link(self, run: SearchRun) -> Iterator[str]:
        if self._desk_url:
            yield f"  {self._desk_url}/runs/{run.search_run_id}"

    def _topic_links(self, topics: Iterable[str]) -> Iterator[str]:
        if self._desk_url:
            yield from (f"{self._desk_url}/topics/{quote(topic, safe='')}" for topic in topics)


def hold_lines(hold: QueryHold) -> Iterator[str]:
    """Yield what a person needs to decide on a held query."""
    yield (
        f"hold {hold.query_hold_id}, {hold.opened_at:%Y-%m-%d}: version {hold.version} of the "
        f"query of {hold.topic}"
    )
    yield f"  {hold.reason[0].upper()}{hold.reason[1:]}."
    yield f"  now (version {hold.version}): {hold.query}"
    yield f"    PubMed searches: {hold.translation_now}"
    yield f"    {hold.n_now:,} records in all{_in_window(hold, hold.n_now_in_window)}"
    yield f"  before (version {hold.compared_version}): {hold.compared_query}"
    if hold.n_before is None:
        yield "    PubMed refuses it by now"
    else:
        yield f"    PubMed searches: {hold.translation_before}"
        yield f"    {hold.n_before:,} records in all{_in_window(hold, hold.n_before_in_window)}"
    if hold.difference_url:
        yield f"  What is found besides: {hold.difference_url}"
    if hold.decided_at is not None:
        verb = "approved of" if hold.is_approved else "refused"
        note = f": {hold.note}" if hold.note else ""
        yield f"  {verb} by {hold.decided_by} on {hold.decided_at:%Y-%m-%d}{note}"
    elif not hold.is_current:
        yield "  the query was changed again, or the topic retired: nothing to decide"
    else:
        yield f"  To fetch it: litsweep topic approve '{hold.topic}' --by NAME"
        yield f"  Or not: litsweep topic refuse '{hold.topic}' --by NAME"


def _in_window(hold: QueryHold, count: int | None) -> str:
    return "" if count is None else f", {count:,} of them in {hold.window}"


def _outcome(digest: Digest) -> str:
    n_bad = sum(run.status != "complete" for run in digest.runs)
    n_runs = len(digest.runs)
    searches = "the search" if n_runs == 1 else f"all {n_runs} searches"
    return f"{searches} succeeded" if not n_bad else f"{n_bad} of {n_runs} searches did not succeed"


def _draft(
    kind: NotificationKind, about: Sequence[str], subject: str, lines: Iterable[str]
) -> Draft | None:
    if not about:
        return None
    body = clean("\n".join(lines)).strip("\n")
    return Draft(kind=kind, about=tuple(about), subject=_one_line(subject), body=f"{body}\n")


def _one_line(subject: str) -> str:
    subject = f"litsweep: {' '.join(clean(subject).split())}"
    return subject if len(subject) <= _SUBJECT_LENGTH else f"{subject[: _SUBJECT_LENGTH - 1]}…"


def _names(topics: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(topics))


def clean(text: str) -> str:
    """Return ``text`` without what would move a cursor or turn the reading direction.

    A title comes from far away, and a message is read in programs of every kind.
    """
    return "".join(
        one
        if one in _LAID_OUT or unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else "\ufffd"
        for one in text
    )
