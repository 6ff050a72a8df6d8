"""Answers that say something else than they should: other counts, other ids, other records."""

import random
from collections.abc import Callable
from typing import Final

from litsweep_app.sandbox.answers import Alter
from litsweep_app.sandbox.faults.kinds import FaultKind
from litsweep_app.sandbox.faults.schedule import Fault
from litsweep_app.sandbox.library import Library

_Change = Callable[[Fault, Library, int, list[int]], tuple[int, list[int]]]


def alteration(fault: Fault, library: Library) -> Alter:
    """Return what a fault does to the count and the ids of an answer."""
    change = _CHANGES[fault.kind]
    return lambda count, uids: change(fault, library, count, uids)


def _drawn(fault: Fault, candidates: list[int]) -> list[int]:
    """Return the ids that the fault names, or as many of the candidates as it says."""
    if fault.pmids:
        return [uid for uid in candidates if uid in fault.pmids]
    draw = random.Random(f"{fault.seed} {fault.kind}")
    return draw.sample(candidates, min(abs(fault.n), len(candidates)))


def _drop(fault: Fault, _: Library, count: int, uids: list[int]) -> tuple[int, list[int]]:
    dropped = set(_drawn(fault, uids))
    return count, [uid for uid in uids if uid not in dropped]


def _duplicate_records(
    fault: Fault, _: Library, count: int, uids: list[int]
) -> tuple[int, list[int]]:
    return count, uids + _drawn(fault, uids)


def _add_records(
    fault: Fault, library: Library, count: int, uids: list[int]
) -> tuple[int, list[int]]:
    asked = set(uids)
    return count, uids + _drawn(fault, [uid for uid in library.records if uid not in asked])


def _change_count(fault: Fault, _: Library, count: int, uids: list[int]) -> tuple[int, list[int]]:
    return max(count + fault.n, 0), uids


def _add_ids(fault: Fault, library: Library, count: int, uids: list[int]) -> tuple[int, list[int]]:
    listed = set(uids)
    others = [uid for uid in library.records if uid not in listed]
    # Where everything was found, ids that nobody has; any that are named may be such, too.
    unknown = [max(library.records, default=0) + step for step in range(1, abs(fault.n) + 1)]
    return count, uids + (list(fault.pmids) or _drawn(fault, others) or unknown)


def _duplicate_ids(fault: Fault, _: Library, count: int, uids: list[int]) -> tuple[int, list[int]]:
    twice = _drawn(fault, uids)
    others = [place for place, uid in enumerate(uids) if uid not in twice]
    altered = list(uids)
    for place, uid in zip(others, twice, strict=False):
        altered[place] = uid
    return count, altered if others else uids + twice


_CHANGES: Final[dict[FaultKind, _Change]] = {
    FaultKind.DROP_RECORDS: _drop,
    FaultKind.DUPLICATE_RECORDS: _duplicate_records,
    FaultKind.EXTRA_RECORDS: _add_records,
    FaultKind.WRONG_COUNT: _change_count,
    FaultKind.SHORT_LIST: _drop,
    FaultKind.LONG_LIST: _add_ids,
    FaultKind.DUPLICATE_IDS: _duplicate_ids,
}
