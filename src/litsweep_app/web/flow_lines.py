"""The numbers of the flow diagram as lines, in its order: for the table beside it and its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from db.prisma_flow import FlowCounts, StageCounts
from litsweep.domain.strategies import SearchRoute

_ROUTES: Final = {
    SearchRoute.CREATED: "by the nightly search of new records",
    SearchRoute.MODIFIED: "by the nightly search of changed records",
    SearchRoute.UNDATED: "by the search without dates",
    SearchRoute.BACKFILL: "by the search of earlier years",
    SearchRoute.ASKED_AGAIN: "asked for again after an earlier night",
    SearchRoute.LOADED: "loaded from files",
}

_Parts = Iterator[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A number; ``part`` is empty for the step itself, and says what of it for a part."""

    step: str
    part: str
    n: int


def list_lines(flow: FlowCounts) -> list[FlowLine]:
    """Return every number of a flow diagram, each step before its parts."""
    return [*_list_screening(flow), *_list_reports(flow)]


def _list_screening(flow: FlowCounts) -> Iterator[FlowLine]:
    by_route = ((_ROUTES[route], n) for route, n in flow.identified.items())
    yield from _step("Records identified", flow.n_identified, by_route)
    removed = (
        ("duplicates", flow.n_duplicates),
        ("by automation tools: none, ever", flow.n_automation),
        ("deleted by PubMed before anybody decided", flow.n_deleted),
    )
    yield from _step("Removed before screening", sum(n for _, n in removed), iter(removed))
    screened = _list_outcomes(flow.n_unscreened, flow.screened, "excluded by people")
    yield from _step("Records to screen", flow.n_to_screen, screened)


def _list_reports(flow: FlowCounts) -> Iterator[FlowLine]:
    besides = ("of these decided upon at the full text only", flow.n_sought_besides)
    yield from _step(
        "Reports sought for retrieval", flow.n_sought, iter([besides] if besides[1] else [])
    )
    yield from _step("Reports not retrieved", flow.n_not_retrieved, iter(flow.not_retrieved))
    n_retrieved = flow.n_sought - flow.n_not_retrieved
    assessed = _list_outcomes(flow.n_unassessed, flow.assessed, "excluded")
    yield from _step("Reports retrieved, or assessed otherwise", n_retrieved, assessed)
    if flow.excluded:
        n_excluded = flow.assessed.n_excluded
        yield from _step("Reports excluded, by reason", n_excluded, iter(flow.excluded))


def _list_outcomes(n_waiting: int, counts: StageCounts, excluded: str) -> _Parts:
    yield "not looked at yet", n_waiting
    yield "waiting for another person", counts.n_partly
    yield "left open (unsure)", counts.n_unsure
    yield "in conflict", counts.n_conflicts
    yield excluded, counts.n_excluded
    yield "included", counts.n_included


def _step(words: str, n: int, parts: _Parts) -> Iterator[FlowLine]:
    yield FlowLine(words, "", n)
    for part, n_part in parts:
        yield FlowLine(words, part, n_part)
