"""The names of flow runs: what is done, for which topic, over which days; sortable, without blanks.

What is due is known only inside the run: `rename` then adds the days.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from prefect import runtime
from prefect.context import FlowRunContext

from flows import artifacts
from litsweep.domain.strategies import DateWindow

ALL_TOPICS: Final = "all-topics"
_MOST_TOPICS: Final = 3
_MOST_CHARACTERS: Final = 150
# Blanks and what shells, addresses and terminals take for something else.
_AWKWARD: Final = re.compile(r"[^\w.+-]+")


def name_nightly() -> str:
    """Return the name of a night: its topics and days, or the day on which it begins."""
    given = _parameters()
    return build_name("nightly", _topics(given.get("topics")), _days(given) or _today(), given)


def name_sweep() -> str:
    """Return the name of a sweep, without its days where they are what is due."""
    given = _parameters()
    return build_name("sweep", given.get("topic"), _days(given), given)


def name_reading() -> str:
    """Return the name of a reading: of what, and when."""
    given = _parameters()
    names = [given["topic"]] if given.get("topic") else []
    return build_name("read", _topics([*names, *(given.get("topics") or [])]), _today(), given)


def name_backfill() -> str:
    """Return the name of a backfill: its topic and the whole of its days."""
    given = _parameters()
    return build_name("backfill", given.get("topic"), _days(given, yesterday=True), given)


def name_window() -> str:
    """Return the name of one window's run."""
    given = _parameters()
    days = f"{given.get('first_day')}..{given.get('last_day')}"
    return build_name("backfill-window", given.get("topic"), days, given)


def name_load() -> str:
    """Return the name of a load: for which topic, and the file or how many were named."""
    given = _parameters()
    paths = [str(path) for path in given.get("paths") or []]
    what = paths[0].rstrip("/").rpartition("/")[2] if len(paths) == 1 else f"{len(paths)}-paths"
    return build_name("load", given.get("topic"), what, given)


def build_name(
    verb: str, topic: str | None, what: str | date | None, given: Mapping[str, Any] | None = None
) -> str:
    """Return a name such as ``sweep-asthma-2026-11-08..2026-11-22``."""
    parts = ["dry-run" if given and given.get("dry_run") else None, verb, topic, what]
    joined = "-".join(str(part) for part in parts if part)
    return _AWKWARD.sub("-", joined)[:_MOST_CHARACTERS].strip("-")


def spell_days(window: DateWindow) -> str:
    """Return the days of a window as names hold them."""
    return f"{window.first_day}..{window.last_day}"


def rename(topic: str, windows: Sequence[DateWindow]) -> None:
    """Give a sweep whose days were found out inside it the name that says them: one request.

    A sweep inside a night is no run of its own, and has none.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or not windows:
        return
    if context.flow is None or context.flow.name != "sweep":
        return
    whole = DateWindow(
        date_field=windows[0].date_field,
        first_day=min(window.first_day for window in windows),
        last_day=max(window.last_day for window in windows),
    )
    name = build_name("sweep", topic, spell_days(whole), context.parameters)
    if name != context.flow_run.name:
        with artifacts.forgiving("The name of the run"):
            context.client.set_flow_run_name(context.flow_run.id, name)


def _parameters() -> Mapping[str, Any]:
    given: Mapping[str, Any] = runtime.flow_run.parameters
    return given


def _topics(names: Sequence[str] | None) -> str:
    if not names:
        return ALL_TOPICS
    return "-".join(names) if len(names) <= _MOST_TOPICS else f"{len(names)}-topics"


def _days(given: Mapping[str, Any], *, yesterday: bool = False) -> str | None:
    since, until = given.get("since"), given.get("until")
    if since is None and until is None:
        return None
    last_day = until or (_today(1) if yesterday else _today())
    return f"{since or 'due'}..{last_day}"


def _today(days_ago: int = 0) -> date:
    return datetime.now(UTC).date() - timedelta(days=days_ago)
