"""A house's health page: HTML for a person, JSON for a program; no scripts, nothing to load."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep_app.house.health import Fact, FactState, Health
from litsweep_app.house.options import HouseOptions
from litsweep_app.house.supervisor import FINE, Status

_RELOAD_S: Final = 15
_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
         border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
.state { white-space: nowrap; font-weight: 600; } .quiet { color: #555; }
.good { color: #12692f; } .bad { color: #a01515; } .note { color: #7a4b00; }
"""
_SIGNS: Final = {FactState.GOOD: "✓ good", FactState.BAD: "✗ bad", FactState.NOTE: "! note"}


def build_page(health: Health, options: HouseOptions) -> str:
    """Return the page, whole; everything in it that came from elsewhere is escaped."""
    said = "All is green." if health.is_green else "Not all is green."
    kind = FactState.GOOD if health.is_green else FactState.BAD
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="refresh" content="{_RELOAD_S}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>litsweep: {escape(said)}</title><style>{_STYLE}</style></head><body>",
            f'<h1>litsweep house <span class="{kind}">{escape(said)}</span></h1>',
            f'<p class="quiet">{escape(str(options.folder))}, looked at '
            f"{health.looked_at:%Y-%m-%d %H:%M:%S} UTC. This page renews itself every "
            f"{_RELOAD_S} s.</p>",
            _link("Decide on records at the review desk", options.desk_url)
            if options.has_desk
            else "",
            _link("Start runs and see them", options.server_url),
            "<h2>Processes</h2>",
            _table(("process", "state", ""), map(_process, health.processes)),
            "<h2>What was looked at</h2>",
            _table(("", "state", "found"), map(_fact, health.facts)),
            "<h2>Last receipt of each topic</h2>",
            _receipts(health.receipts),
            "</body></html>\n",
        )
    )


def _link(what: str, url: str) -> str:
    return f'<p>{escape(what)}: <a href="{escape(url)}">{escape(url)}</a></p>'


def _table(heads: tuple[str, ...], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(name: str, state: FactState, sign: str, found: str) -> str:
    return (
        f'<tr><th scope="row">{escape(name)}</th>'
        f'<td class="state {state}">{escape(sign)}</td><td>{escape(found)}</td></tr>'
    )


def _process(one: Status) -> str:
    state = FactState.GOOD if one.state in FINE else FactState.BAD
    parts = [one.what, f"since {one.since:%Y-%m-%d %H:%M:%S} UTC"]
    parts += [f"process {one.pid}"] if one.pid else []
    parts += [f"started again {one.n_restarts} times"] if one.n_restarts else []
    parts += [one.trouble] if one.trouble else []
    sign = f"{'✓' if one.state in FINE else '✗'} {one.state}"
    return _row(one.name, state, sign, "; ".join(parts))


def _fact(one: Fact) -> str:
    return _row(one.name, one.state, _SIGNS[one.state], one.found)


def _receipts(receipts: tuple[SearchRun, ...]) -> str:
    if not receipts:
        return '<p class="quiet">No search yet.</p>'
    return _table(("topic", "status", "receipt"), map(_receipt, receipts))


def _receipt(run: SearchRun) -> str:
    state = FactState.GOOD if run.status is RunStatus.COMPLETE else FactState.NOTE
    counted = "nothing" if run.n_reported is None else f"{run.n_reported}"
    found = (
        f"{run.started_at:%Y-%m-%d %H:%M} UTC: PubMed counted {counted}, {run.n_fetched} fetched, "
        f"{run.n_new} new, {run.n_changed} changed, {run.n_absent} absent, "
        f"{run.n_failed} unreadable"
    )
    return _row(run.topic, state, run.status.value, f"{found}. {run.error or ''}".strip())


def build_json(health: Health) -> dict[str, Any]:
    """Return the same for a program; the keys are part of the command's promise."""
    return {
        "green": health.is_green,
        "complaints": health.complaints,
        "looked_at": health.looked_at.isoformat(),
        "processes": [
            {
                "name": one.name,
                "state": one.state.value,
                "since": one.since.isoformat(),
                "pid": one.pid,
                "restarts": one.n_restarts,
                "trouble": one.trouble,
            }
            for one in health.processes
        ],
        "facts": [
            {"name": one.name, "state": one.state.value, "found": one.found} for one in health.facts
        ],
        "receipts": [
            {
                "topic": run.topic,
                "search_run_id": run.search_run_id,
                "status": run.status.value,
                "started_at": run.started_at.isoformat(),
                "new": run.n_new,
                "changed": run.n_changed,
            }
            for run in health.receipts
        ],
    }
