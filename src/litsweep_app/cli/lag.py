"""``litsweep lag``: how long after their creation in PubMed records were found, and how."""

from collections.abc import Sequence
from dataclasses import asdict
from math import ceil
from statistics import median
from typing import Annotated, Any, Final

import typer

from db import discoveries
from db.discoveries import Discovery
from db.engine import open_database
from litsweep.domain.strategies import SearchRoute
from litsweep.settings import load_settings
from litsweep_app.cli.console import say, show, show_json, show_table

_LATE: Final = (
    "Late: its day of creation had been searched before, to its end, and it was not there."
)

# Last days of the spans that are counted; what lies behind them is counted too.
_SPANS: Final = (0, 1, 3, 7, 14, 30)


def lag(
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    list_late: Annotated[bool, typer.Option("--list", help="List the late ones.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Show how many days after their creation records were found, by the route that found them.

    Loaded files are left out: nobody knows how late they are.
    """
    with open_database(load_settings().database_url).reading() as conn:
        found = [
            one
            for one in discoveries.list_discoveries(conn, topic)
            if one.route is not SearchRoute.LOADED
        ]
    routes = [_summarise(route, found) for route in SearchRoute]
    routes = [one for one in routes if one["found"]]
    late = [one for one in found if one.is_late]
    if as_json:
        return show_json({"routes": routes, "late": [asdict(one) for one in late]})
    if not found:
        return say("No record was found yet: litsweep sweep")
    show_table(
        [name.replace("_", " ") for name in routes[0]], [list(one.values()) for one in routes]
    )
    show(_LATE)
    if list_late:
        for one in late:
            show(
                f"PMID {one.pmid} ({one.topic}): created {one.created_on}, found "
                f"{one.found_at:%Y-%m-%d} by {one.route.value}, {one.lag_days} days"
            )


def _summarise(route: SearchRoute, found: Sequence[Discovery]) -> dict[str, Any]:
    """Return a line of the table; lags are in days, over all records with a day of creation."""
    of_route = [one for one in found if one.route is route]
    lags = sorted(one.lag_days for one in of_route if one.lag_days is not None)
    line: dict[str, Any] = {
        "route": route.value,
        "found": len(of_route),
        "late": sum(one.is_late for one in of_route),
        "median": median(lags) if lags else None,
        # Nearest rank: a lag that really occurred.
        "90th_percentile": lags[ceil(0.9 * len(lags)) - 1] if lags else None,
        "longest": lags[-1] if lags else None,
    }
    first = 0
    for last in _SPANS:
        name = f"{last}_days" if first == last else f"{first}-{last}_days"
        line[name] = sum(first <= days <= last for days in lags)
        first = last + 1
    line[f"over_{_SPANS[-1]}_days"] = sum(days >= first for days in lags)
    return line
