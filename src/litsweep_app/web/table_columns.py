"""The columns of the desk's tables: what their files hold, and what their rows are ordered by.

One row is one noun: a receipt, a decision, two people. Records have columns of their own, in
``litsweep.exports.columns``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.screening_progress import ReviewerProgress
from litsweep.domain.agreement import Agreement
from litsweep.domain.decisions import ScreeningDecision, Stage
from litsweep.domain.error_rates import Tally
from litsweep.domain.judgements import Fault
from litsweep.domain.reviewers import Reviewer
from litsweep.exports.columns import Cell, Column, ColumnType


def _text(name: str, read: Callable[..., str | None]) -> Column:
    return Column(name, ColumnType.TEXT, read)


def _count(name: str, read: Callable[..., int | None]) -> Column:
    return Column(name, ColumnType.INTEGER, read)


def _share(name: str, read: Callable[..., float | None]) -> Column:
    return Column(name, ColumnType.NUMBER, read)


def _time(name: str, read: Callable[..., Cell]) -> Column:
    return Column(name, ColumnType.TIME, read)


def _flag(name: str, read: Callable[..., bool | None]) -> Column:
    return Column(name, ColumnType.BOOLEAN, read)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Two people at a stage."""

    stage: Stage
    pair: Agreement


AGREEMENT: Final = (
    _text("stage", lambda one: one.stage.value),
    _text("first", lambda one: one.pair.first),
    _text("second", lambda one: one.pair.second),
    _count("n_both", lambda one: one.pair.table.n_both),
    _count("both_include", lambda one: one.pair.table.both_include),
    _count("only_first", lambda one: one.pair.table.only_first),
    _count("only_second", lambda one: one.pair.table.only_second),
    _count("both_exclude", lambda one: one.pair.table.both_exclude),
    _count("n_unsure", lambda one: one.pair.table.n_unsure),
    _share("observed", lambda one: one.pair.observed),
    _share("expected", lambda one: one.pair.expected),
    _share("kappa", lambda one: one.pair.kappa),
    _share("kappa_low", lambda one: one.pair.interval and one.pair.interval[0]),
    _share("kappa_high", lambda one: one.pair.interval and one.pair.interval[1]),
    _share("standard_error", lambda one: one.pair.standard_error),
    _share("pabak", lambda one: one.pair.pabak),
    _text("why_undefined", lambda one: one.pair.why_undefined),
)
"""One row two people and a stage: an `AgreementRow`. ``only_first``: that one includes."""


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far one person has come at a stage."""

    stage: Stage
    person: ReviewerProgress

    @property
    def n_decided(self) -> int:
        """What they include or exclude."""
        return self.person.n_included + self.person.n_excluded


PROGRESS: Final = (
    _text("stage", lambda one: one.stage.value),
    _text("reviewer", lambda one: one.person.reviewer),
    _count("n_decided", lambda one: one.n_decided),
    _count("n_included", lambda one: one.person.n_included),
    _count("n_excluded", lambda one: one.person.n_excluded),
    _count("n_unsure", lambda one: one.person.n_unsure),
    _count("n_waiting", lambda one: one.person.n_waiting),
)
"""One row a person and a stage: a `ProgressRow`."""


def _tally(kind: str, find: Callable[..., Tally]) -> tuple[Column, ...]:
    return (
        _count(f"{kind}_n", lambda one: find(one).n_judged),
        _count(f"{kind}_n_wrong", lambda one: find(one).n_wrong),
        _count(f"{kind}_n_disputed", lambda one: find(one).n_disputed),
        _share(f"{kind}_rate", lambda one: find(one).rate),
        _share(f"{kind}_low", lambda one: (find(one).interval or (None, None))[0]),
        _share(f"{kind}_high", lambda one: (find(one).interval or (None, None))[1]),
    )


def _count_fault(fault: Fault) -> Column:
    return _count(fault.value, lambda one: one.faults.get(fault, 0))


ERROR_RATES: Final = (
    _text("task", lambda one: one.maker.task),
    _text("method", lambda one: one.maker.method),
    _text("model_id", lambda one: one.maker.model_id or None),
    _text("model_revision", lambda one: one.maker.model_revision or None),
    _text("prompt", lambda one: one.maker.prompt_name or None),
    _count("prompt_version", lambda one: one.maker.prompt_version or None),
    _count("n_shown", lambda one: one.n_shown),
    *_tally("judged", lambda one: one.judged),
    *_tally("audited", lambda one: one.audited),
    *map(_count_fault, Fault),
)
"""One row a maker: an `ErrorRate`. Intervals are Wilson's of 95 %."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What the checks flag, or let pass, of sentences or data items."""

    of: str
    is_flagged: bool
    judged: Tally
    audited: Tally


CHECKS: Final = (
    _text("of", lambda one: one.of),
    _flag("is_flagged", lambda one: one.is_flagged),
    *_tally("judged", lambda one: one.judged),
    *_tally("audited", lambda one: one.audited),
)
"""Two rows a kind of text: a `CheckRow`."""


FLOW: Final = (
    _text("step", lambda one: one.step),
    _text("part", lambda one: one.part or None),
    _count("n", lambda one: one.n),
)
"""One row a number of the PRISMA 2020 diagram: a `FlowLine`."""

WEEKS: Final = (
    Column("monday", ColumnType.DAY, lambda one: one.monday),
    _count("n_found", lambda one: one.n_found + one.n_late),
    _count("n_late", lambda one: one.n_late),
    _count("n_decided", lambda one: one.n_decided),
)
"""One row a week: a `TrendWeek`; ``n_late`` is a part of ``n_found``."""

RUNS: Final = (
    _count("search_run_id", lambda one: one.search_run_id),
    _text("topic", lambda one: one.topic),
    _count("strategy_version", lambda one: one.strategy_version),
    _text("route", lambda one: one.route.value),
    _text("date_field", lambda one: one.window and one.window.date_field.value),
    Column("first_day", ColumnType.DAY, lambda one: one.window and one.window.first_day),
    Column("last_day", ColumnType.DAY, lambda one: one.window and one.window.last_day),
    _text("status", lambda one: one.status.value),
    _flag("adds_up", lambda one: one.adds_up),
    _time("started_at", lambda one: one.started_at),
    _time("finished_at", lambda one: one.finished_at),
    _count("n_reported", lambda one: one.n_reported),
    _count("n_in_slices", lambda one: one.n_in_slices),
    _count("n_ids", lambda one: one.n_ids),
    _count("n_fetched", lambda one: one.n_fetched),
    _count("n_known", lambda one: one.n_known),
    _count("n_absent", lambda one: one.n_absent),
    _count("n_failed", lambda one: one.n_failed),
    _count("n_beside", lambda one: one.n_beside),
    _count("n_beside_absent", lambda one: one.n_beside_absent),
    _count("n_new", lambda one: one.n_new),
    _count("n_changed", lambda one: one.n_changed),
    _text("warnings", lambda one: " ".join(one.warnings) or None),
    _text("error", lambda one: one.error),
    _text("query", lambda one: one.query),
    _text("query_translation", lambda one: one.query_translation),
)
"""One row a receipt: a `SearchRun`."""


IDENTIFIERS: Final = (
    _count("pmid", lambda one: one.pmid),
    _text("state", lambda one: one.state.value),
    _text("origin", lambda one: one.origin.value),
    _text("reason", lambda one: one.reason),
    _count("record_id", lambda one: one.record_id),
    _text("title", lambda one: one.title),
)
"""One row an identifier of a run: a `RunHit`."""


ALERTS: Final = (
    _count("alert_id", lambda one: one.alert.alert_id),
    _count("record_id", lambda one: one.record_id),
    _count("pmid", lambda one: one.alert.pmid),
    _text("title", lambda one: one.alert.title),
    _text("topics", lambda one: "; ".join(one.alert.topics) or None),
    _text("included_for", lambda one: "; ".join(one.included_for) or None),
    _text("old_status", lambda one: one.alert.old_status),
    _text("new_status", lambda one: one.alert.new_status),
    _text("reasons", lambda one: " ".join(one.alert.reasons) or None),
    _time("raised_at", lambda one: one.alert.raised_at),
    _time("acknowledged_at", lambda one: one.alert.acknowledged_at),
    _text("acknowledged_by", lambda one: one.alert.acknowledged_by),
    _text("note", lambda one: one.alert.note),
)
"""One row an alert: an `AlertLine`."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision, with what its record is called."""

    made: ScreeningDecision
    pmid: int | None
    title: str | None


DECISIONS: Final = (
    _count("screening_decision_id", lambda one: one.made.screening_decision_id),
    _time("decided_at", lambda one: one.made.decided_at),
    _text("topic", lambda one: one.made.topic),
    _text("stage", lambda one: one.made.stage.value),
    _count("record_id", lambda one: one.made.record_id),
    _count("pmid", lambda one: one.pmid),
    _text("title", lambda one: one.title),
    _text("decision", lambda one: one.made.decision.value),
    _text("exclusion_reason", lambda one: one.made.exclusion_reason),
    _text("note", lambda one: one.made.note),
    _text("labels", lambda one: "; ".join(one.made.labels) or None),
    _text("reviewer", lambda one: one.made.reviewer),
    _flag("is_standing", lambda one: one.made.is_standing),
    _flag("is_adjudication", lambda one: one.made.is_adjudication),
    _flag("has_seen_machine_text", lambda one: one.made.has_seen_machine_text),
    _count("record_version", lambda one: one.made.record_version),
    _count("reading_id", lambda one: one.made.reading_id),
    _count("supersedes_id", lambda one: one.made.supersedes_id),
    _count("undoes_id", lambda one: one.made.undoes_id),
    _text("origin", lambda one: one.made.origin.value),
)
"""One row a decision, replaced ones too: a `DecisionRow`."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account, with when its person was here last."""

    person: Reviewer
    last_seen_at: datetime | None


PEOPLE: Final = (
    _text("name", lambda one: one.person.name),
    _text("role", lambda one: one.person.role.value),
    _flag("has_password", lambda one: one.person.has_password),
    _time("last_seen_at", lambda one: one.last_seen_at),
    _time("created_at", lambda one: one.person.created_at),
    _text("created_by", lambda one: one.person.created_by),
    _time("disabled_at", lambda one: one.person.disabled_at),
)
"""One row an account: a `PersonRow`. Nothing that lets anybody in."""
