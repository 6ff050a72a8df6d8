"""The design of a report as one of a fixed list of labels: by wording, then by a model's ranking.

Mentions count by where they stand and whether they are worded as one's own. A model is asked only
where the wording does not decide; it ranks labels and writes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import Section, SectionKind
from litsweep.domain.readings import Check, ValueMethod, Verdict
from litsweep.errors import ModelError
from litsweep.reading.candidates import Candidate
from litsweep.reading.rules.designs import DESIGNS, DesignMention, find_designs
from litsweep.reading.sectioned import SectionedSentences

LEAD_IN: Final = "The design of this study was that of a"
"""Begins the sentence that the labels end."""
_WEIGHTS: Final = {
    SectionKind.TITLE: 4.0,
    SectionKind.ABSTRACT: 2.0,
    SectionKind.METHODS: 1.0,
    SectionKind.OTHER: 0.5,
}
_OWN_ELSEWHERE: Final = 0.5
_OWN_FACTOR: Final = 2.0
_HEADED_FACTOR: Final = 1.5
# Many mentions in one kind of section are worth no more than this many.
_MOST_MENTIONS: Final = 3
_FEWEST_POINTS: Final = 3.0
_LEAD: Final = 1.5
# These are named in passing in the text of every report.
_TITLED: Final = frozenset({"study protocol", "guideline", "case report", "narrative review"})
_TITLES: Final = frozenset({SectionKind.TITLE, SectionKind.ABSTRACT})
# So are these, which are methods of other designs as well.
_TOPICAL: Final = frozenset(
    {"diagnostic accuracy study", "in vitro study", "modelling study", "qualitative study"}
)
_TOPICAL_FACTOR: Final = 0.5
_FEWEST_TO_SHOW: Final = 1.5
# A special design takes its mentions from the general one in the same sentence.
_GENERAL: Final = {
    "cluster randomised trial": "randomised controlled trial",
    "crossover trial": "randomised controlled trial",
    "non-randomised trial": "randomised controlled trial",
    "meta-analysis": "systematic review",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """The likeliest label by wording, with its best sentence; None where nothing is mentioned."""

    candidate: Candidate | None
    is_decided: bool


def label_by_wording(text: SectionedSentences, positions: Iterable[int]) -> Labelling:
    """Return the design that the wording of the sentences at ``positions`` speaks for."""
    points: defaultdict[str, float] = defaultdict(float)
    mentions: Counter[tuple[str, SectionKind]] = Counter()
    best: dict[str, tuple[float, int]] = {}
    for position in positions:
        section = text.sections[position]
        for mention in _own_mentions(find_designs(text.sentences[position].text), section):
            weight = _weigh(mention, section)
            mentions[mention.label, section.kind] += 1
            if weight and mentions[mention.label, section.kind] <= _MOST_MENTIONS:
                points[mention.label] += weight
            # A title names the design, but a sentence of the text says more.
            worth = weight if section.kind is not SectionKind.TITLE else 0.0
            best[mention.label] = max(best.get(mention.label, (-1.0, 0)), (worth, -position))
    ranking = sorted(points.items(), key=lambda one: -one[1])[:2]
    if not ranking or ranking[0][1] < _FEWEST_TO_SHOW:
        return Labelling(candidate=None, is_decided=False)
    (label, most), runner_up = ranking[0], ranking[1][1] if len(ranking) > 1 else 0.0
    support = min(1.0, most / (most + runner_up + 1.0))
    candidate = build_label(label, -best[label][1], support)
    is_decided = most >= _FEWEST_POINTS and most >= _LEAD * runner_up
    return Labelling(candidate=candidate, is_decided=is_decided)


def _own_mentions(mentions: Sequence[DesignMention], section: Section) -> list[DesignMention]:
    labels = {mention.label for mention in mentions}
    taken = {_GENERAL[label] for label in labels & _GENERAL.keys()}
    return [
        mention
        for mention in mentions
        if mention.label not in taken and (mention.label not in _TITLED or section.kind in _TITLES)
    ]


def _weigh(mention: DesignMention, section: Section) -> float:
    weight = _WEIGHTS.get(section.kind, 0.0)
    if not weight:
        is_text = section.kind in {
            SectionKind.INTRODUCTION,
            SectionKind.RESULTS,
            SectionKind.DISCUSSION,
        }
        return _OWN_ELSEWHERE if mention.is_own and is_text else 0.0
    topical = _TOPICAL_FACTOR if mention.label in _TOPICAL else 1.0
    headed = _HEADED_FACTOR if "design" in section.title.lower() else 1.0
    return weight * topical * headed * (_OWN_FACTOR if mention.is_own else 1.0)


def build_label(
    label: str, position: int, support: float, checks: tuple[Check, ...] = ()
) -> Candidate:
    """Return the label as an answer, borne by the sentence at ``position``."""
    return Candidate(
        position=position,
        support=round(support, 3),
        value=label,
        value_method=ValueMethod.RANKING,
        structured={"label": label},
        checks=checks,
    )


def label_by_ranking(
    scores: Sequence[float] | ModelError, position: int, support: float
) -> Candidate | Check:
    """Return the label that a model finds likeliest after a passage, or why there is none.

    ``scores`` are the mean log-probabilities of ``DESIGNS``, in their order.
    """
    if isinstance(scores, ModelError):
        detail = f"No model could rank the designs: {scores}"
        return Check(name="ranking", verdict=Verdict.FLAG, detail=detail)
    order = sorted(range(len(DESIGNS)), key=lambda place: -scores[place])
    first, second = order[:2]
    lead = scores[first] - scores[second]
    detail = (
        f'Ranked first of {len(DESIGNS)}, before "{DESIGNS[second]}" by {lead:.2f} nats a token.'
    )
    check = Check(name="ranking", verdict=Verdict.PASS, detail=detail)
    return build_label(DESIGNS[first], position, support, (check,))
