"""How a topic is screened: reasons, labels, how many people, what they may see of each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from litsweep.domain.decisions import SETTLING, Decision, ScreeningDecision

MOST_REVIEWERS: Final = 9
"""As many people as a record can be made to wait for; reviews ask for one or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRules:
    """What people agreed on before they screen a topic.

    ``exclusion_reasons`` is the list that a reason is chosen from; with an empty one, any words
    do. At the full text a reason is always asked for (PRISMA 2020, item 16b). A record waits
    until ``n_reviewers`` people included or excluded it. ``is_blinded``: until then nobody sees
    what another decided. ``is_judge_first``: the machine's text is shown after the decision.
    ``highlighted_terms`` are marked in titles and abstracts beside the words of the query.
    """

    exclusion_reasons: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    n_reviewers: int = 1
    is_blinded: bool = False
    is_judge_first: bool = False
    highlighted_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningProtocol:
    """A version of a topic's rules; version 0 are the defaults that nobody has set."""

    topic: str
    version: int = 0
    rules: ScreeningRules = field(default_factory=ScreeningRules)
    author: str | None = None
    reason: str | None = None
    created_at: datetime | None = None


class Outcome(StrEnum):
    """What came of a record at a stage, by the decisions that stand."""

    INCLUDED = "included"
    """Enough people decided, all of them include it; or a conflict was settled so."""
    EXCLUDED = "excluded"
    """Enough people decided, all of them exclude it; or a conflict was settled so."""
    CONFLICT = "conflict"
    """Enough people decided, and they disagree."""
    PARTLY = "partly"
    """Somebody included or excluded it; it waits for another person."""
    UNSURE = "unsure"
    """Nobody included or excluded it, and somebody leaves it open."""
    WAITING = "waiting"
    """Nobody has decided."""


def judge(decisions: Iterable[ScreeningDecision], n_reviewers: int) -> Outcome:
    """Return what came of a record, of all that was decided about it at one stage.

    What was replaced or withdrawn does not count; a settlement alone counts where there is one.
    """
    standing = [
        one for one in decisions if one.is_standing and one.decision is not Decision.WITHDRAWN
    ]
    settled = [one for one in standing if one.decision in SETTLING]
    counted = [one for one in settled if one.is_adjudication] or settled
    if not counted:
        return Outcome.UNSURE if standing else Outcome.WAITING
    is_adjudicated = counted[0].is_adjudication
    if not is_adjudicated and len({one.reviewer for one in counted}) < n_reviewers:
        return Outcome.PARTLY
    said = {one.decision for one in counted}
    if len(said) > 1:
        return Outcome.CONFLICT
    return Outcome.INCLUDED if Decision.INCLUDE in said else Outcome.EXCLUDED
