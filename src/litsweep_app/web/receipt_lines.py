"""A receipt line by line: what PubMed counted, and what became of each record of that count."""

from collections.abc import Iterator
from dataclasses import dataclass

from litsweep.domain.strategies import HitState, SearchRun
from litsweep_app.web.visit import path_to


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line; ``sign`` is = or +, and ``is_part`` tells that it is a part of the line above."""

    words: str
    n: int | None
    sign: str = ""
    is_part: bool = False
    path: str | None = None


def list_lines(run: SearchRun) -> list[ReceiptLine]:
    """Return the lines of a receipt: a count, and three ways in which it must come out again."""
    return [*_list_sums(run), *_list_fates(run), *_list_beside(run)]


def verdict_of(run: SearchRun) -> str:
    """Say in a sentence whether a receipt adds up, and where it does not."""
    if run.n_reported is None:
        return "The search gave no result, so that there is nothing to add up."
    if run.adds_up:
        return "It adds up: every record that PubMed counted is accounted for."
    if run.n_in_slices != run.n_reported:
        return "It does not add up: the parts of the search sum to another number than PubMed's."
    if run.n_ids != run.n_reported:
        return "It does not add up: other identifiers came than PubMed had counted."
    n_open = run.n_ids - run.n_fetched - run.n_known - run.n_absent
    return f"It does not add up: {n_open:,} of the identifiers are not accounted for."


def _list_sums(run: SearchRun) -> Iterator[ReceiptLine]:
    parts = "1 part" if len(run.slices) == 1 else f"{len(run.slices)} parts"
    yield ReceiptLine(words="PubMed counted", n=run.n_reported)
    yield ReceiptLine(words=f"sum of the {parts} of the search", n=run.n_in_slices, sign="=")
    yield ReceiptLine(words="identifiers that came", n=run.n_ids, sign="=")


def _list_fates(run: SearchRun) -> Iterator[ReceiptLine]:
    accounted = run.n_fetched + run.n_known + run.n_absent
    yield ReceiptLine(words="accounted for", n=accounted, sign="=")
    fates = (
        ("fetched and stored", run.n_fetched, None),
        ("seen before, not fetched", run.n_known, HitState.KNOWN),
        ("asked for, not delivered", run.n_absent, HitState.ABSENT),
    )
    for place, (words, n, state) in enumerate(fates):
        path = state and path_to("runs", run.search_run_id, state=state)
        yield ReceiptLine(words=words, n=n, sign="+" if place else "", is_part=True, path=path)
    if run.n_failed:
        path = path_to("runs", run.search_run_id, state=HitState.FAILED)
        words = "besides: delivered, not readable"
        yield ReceiptLine(words=words, n=run.n_failed, is_part=True, path=path)
    n_pending = run.n_ids - accounted - run.n_failed
    if n_pending:
        path = path_to("runs", run.search_run_id, state=HitState.PENDING)
        words = "besides: not fetched yet"
        yield ReceiptLine(words=words, n=n_pending, is_part=True, path=path)


def _list_beside(run: SearchRun) -> Iterator[ReceiptLine]:
    if run.n_beside:
        yield ReceiptLine(words="Asked for beside the search", n=run.n_beside)
        words = "of these not delivered"
        yield ReceiptLine(words=words, n=run.n_beside_absent, is_part=True)
    for words, n, state in (
        ("New in this database", run.n_new, HitState.NEW),
        ("Changed since they were stored", run.n_changed, HitState.CHANGED),
    ):
        path = path_to("runs", run.search_run_id, state=state)
        yield ReceiptLine(words=words, n=n, path=path)
