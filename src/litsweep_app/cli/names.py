"""What a record is called on the command line, and how decisions about it are told."""

import re
from collections.abc import Iterator
from typing import Final

from litsweep.domain.agreement import Agreement
from litsweep.domain.decisions import ScreeningDecision
from litsweep.domain.identifiers import parse_pmid

# Records from exports may have no PMID.
_RECORD_NUMBER: Final = re.compile(r"[rR]([1-9][0-9]{0,8})")


def name_record(pmid: int | None, record_id: int) -> str:
    """Return ``PMID 123``, or ``record r7`` for one that has none."""
    return f"PMID {pmid}" if pmid is not None else f"record r{record_id}"


def read_name(text: str) -> dict[str, int]:
    """Return what ``results.get_card`` is asked for: ``{"pmid": 123}``, or ``{"record_id": 7}``.

    Raises:
        InvalidIdentifier: ``text`` is neither a PMID nor a number such as r7.
    """
    if number := _RECORD_NUMBER.fullmatch(text.strip()):
        return {"record_id": int(number[1])}
    return {"pmid": parse_pmid(text)}


def describe_decision(decision: ScreeningDecision, *, with_topic: bool = False) -> str:
    """Return ``title abstract: exclude (no controls), Ada, 2026-11-22``, and what was noted."""
    reason = f" ({decision.exclusion_reason})" if decision.exclusion_reason else ""
    about = f"{decision.topic}, " if with_topic else ""
    said = [
        f"{about}{decision.stage.replace('_', ' ')}: {decision.decision}{reason}",
        decision.reviewer,
        f"{decision.decided_at:%Y-%m-%d}",
    ]
    said += [f"labels {', '.join(decision.labels)}"] if decision.labels else []
    said += [f"note: {decision.note}"] if decision.note else []
    return ", ".join(said)


def describe_agreement(one: Agreement) -> Iterator[str]:
    """Yield how far two people agree, a line for each thing that is to be told."""
    table = one.table
    yield f"{one.first} and {one.second}: {table.n_both} records that both include or exclude"
    yield (
        f"  both include {table.both_include}, both exclude {table.both_exclude}, "
        f"only {one.first} includes {table.only_first}, only {one.second} includes "
        f"{table.only_second}; unsure {table.n_unsure}"
    )
    if one.observed is not None:
        yield f"  agreement {one.observed:.1%}"
    if one.interval is None:
        yield f"  no kappa: {one.why_undefined}"
    else:
        low, high = one.interval
        yield f"  Cohen's kappa {one.kappa:.3f} (95 % interval {low:.3f} to {high:.3f})"
