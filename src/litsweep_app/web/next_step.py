"""What a person does next: one link, the gravest first, or words that nothing waits.

Pure: the topics' counts come in.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from db.capped_counts import CappedCount
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep_app.web.standing import Tone
from litsweep_app.web.topic_card import TopicCard
from litsweep_app.web.visit import path_to

Count = Callable[[TopicCard], CappedCount]


@dataclass(frozen=True, slots=True)
class NextStep:
    """A sentence and the address of what it asks for; ``button`` None: nothing waits."""

    words: str
    button: str | None = None
    path: str | None = None
    topic: str | None = None


def find_next(cards: Sequence[TopicCard], role: Role, n_alerts: int) -> NextStep:
    """Return what the person with ``role`` does next."""
    return next(_list_steps(cards, role, n_alerts), _rest(cards))


def _list_steps(cards: Sequence[TopicCard], role: Role, n_alerts: int) -> Iterator[NextStep]:
    if n_alerts:
        publications = "1 publication" if n_alerts == 1 else f"{n_alerts} publications"
        words = f"{publications} retracted or called into question since being stored."
        yield NextStep(words, "Look at the alerts", path_to("alerts"))
    if role.may(Role.LEAD):
        for stage in Stage:
            yield from _settle(cards, stage)
    if role.may(Role.REVIEWER):
        yield from _decide(cards, Stage.TITLE_ABSTRACT, "on title and abstract")
        yield from _decide(cards, Stage.FULL_TEXT, "at the full text")
    yield from _read(cards)


def _settle(cards: Sequence[TopicCard], stage: Stage) -> Iterator[NextStep]:
    found = _most(cards, lambda card: card.work.n_conflicts[stage])
    if found is not None:
        card, n = found
        yield NextStep(
            f"{n} {_plural(n, 'record', 'records')} on which people disagree:",
            "Settle the conflicts",
            path_to("topics", card.name, "conflicts", stage.value),
            card.name,
        )


def _decide(cards: Sequence[TopicCard], stage: Stage, where: str) -> Iterator[NextStep]:
    found = _most(cards, lambda card: card.mine[stage])
    if found is not None:
        card, n = found
        yield NextStep(
            f"{n} {_plural(n, 'record waits', 'records wait')} for you {where}:",
            "Go on deciding" if stage is Stage.TITLE_ABSTRACT else "Judge the full texts",
            path_to("topics", card.name, "queue", stage.value),
            card.name,
        )


def _read(cards: Sequence[TopicCard]) -> Iterator[NextStep]:
    for card in cards:
        if card.verdict.tone is Tone.BAD:
            yield NextStep(
                "A sweep needs a look:",
                "See why",
                path_to("topics", card.name) + "#sweeps",
                card.name,
            )
    found = _most(cards, lambda card: card.work.n_new)
    if found is not None:
        card, n = found
        words = f"{n} {_plural(n, 'record is', 'records are')} new:"
        yield NextStep(
            words, "Look at what is new", path_to("topics", card.name, "lists", "new"), card.name
        )


def _rest(cards: Sequence[TopicCard]) -> NextStep:
    if not cards:
        return NextStep("There is no topic yet. Add one: litsweep topic add NAME --query QUERY")
    if all(card.verdict.tone in (Tone.GOOD, Tone.PLAIN) for card in cards):
        if any(receipt.n_new for card in cards for receipt in card.receipts):
            return NextStep("Nothing waits: the last sweeps succeeded, and all is decided upon.")
        return NextStep("Nothing waits: the last sweeps succeeded and found nothing new.")
    return NextStep("Nothing waits for a decision; not every sweep is as it should be, see below.")


def _most(cards: Sequence[TopicCard], count: Count) -> tuple[TopicCard, CappedCount] | None:
    """Return the topic with the most of something, and how much, or None."""
    best = max(cards, key=lambda card: count(card).n, default=None)
    return (best, count(best)) if best is not None and count(best) else None


def _plural(n: CappedCount, one: str, many: str) -> str:
    return one if n.n == 1 and n.is_exact else many
