"""How a topic is screened: reasons, labels, how many people, what they may see of each other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

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
