"""The designs that a report can have, as labels, and the wording that speaks for each.

What a sentence mentions is not yet the report's own design: the caller weighs where it stands.
"""

import re
from dataclasses import dataclass
from typing import Final

_OWN: Final = re.compile(
    r"\b(?:this|the present|the current|our|we (?:conducted|performed|carried out|did|undertook|"
    r"used|report|present|describe)|was (?:an?|designed as)|is an?|study design)\b",
    re.IGNORECASE,
)
_PLANNED: Final = r"(?:randomi[sz]ed|randomi[sz]ation|randomly (?:assigned|allocated))"
_LABELS: Final[tuple[tuple[str, str], ...]] = (
    # The special before the general: a cluster trial is randomised, too.
    ("study protocol", r"study protocol|trial protocol|protocol (?:for|of) an?\b|this protocol"),
    ("meta-analysis", r"meta-?analys[ie]s"),
    ("systematic review", r"systematic(?:ally)? (?:\w+ ){0,2}review(?:s|ed)?"),
    (
        "cluster randomised trial",
        rf"cluster[- ]{_PLANNED}|{_PLANNED},? (?:\w+ )?cluster|clusters? (?:were )?{_PLANNED}",
    ),
    ("crossover trial", r"cross-?over (?:\w+ ){0,2}(?:trial|study|design)|(?:\w+-way) cross-?over"),
    (
        "non-randomised trial",
        r"non-?randomi[sz]ed|quasi-?(?:randomi[sz]ed|experiment\w*)|single-arm|"
        r"(?:phase (?:1|i)\b|first-in-human)|uncontrolled (?:\w+ )?trial|pre-?test.{0,4}post-?test",
    ),
    (
        "randomised controlled trial",
        r"(?<!non)(?<!non-)(?<!quasi-)randomi[sz]ed,? (?:[\w-]+,? ){0,5}?(?:trial|study|"
        r"experiment)|"
        r"\bRCT\b|randomly (?:assigned|allocated)|were randomi[sz]ed|double-blind",
    ),
    ("case-control study", r"(?:nested )?case[- ]control"),
    (
        "prospective cohort study",
        r"prospective(?:ly)?,? (?:[\w-]+,? ){0,4}?(?:cohort|study|followed|enrol\w+|recruited|"
        r"evaluated)|longitudinal (?:cohort|study)|cohort study with follow-up",
    ),
    (
        "retrospective cohort study",
        r"retrospective(?:ly)?,? (?:[\w-]+,? ){0,4}?(?:cohort|study|review\w*|analy\w+|chart|data)"
        r"|historical cohort|(?:reviewed|review of) (?:the )?(?:medical|patient|clinical) records",
    ),
    (
        "cross-sectional study",
        r"cross-?sectional|(?:national|online|postal|questionnaire|population) survey",
    ),
    ("case series", r"case series|series of \w+ (?:cases|patients)"),
    ("case report", r"case reports?|we report (?:a|the) case|case presentation"),
    (
        "diagnostic accuracy study",
        r"diagnostic (?:accuracy|performance|validity)|sensitivity and specificity",
    ),
    (
        "qualitative study",
        r"qualitative (?:study|research|analysis|interview\w*|design|method\w*)|focus groups?|"
        r"semi-?structured interviews?|thematic analysis",
    ),
    (
        "animal study",
        r"\b(?:mice|rats?|mouse|rabbits?|pigs?|minipigs?|zebrafish|monkeys?|macaques?|porcine|"
        r"murine) (?:were|was|"
        r"model)|animal (?:model|experiment|stud)\w*|C57BL|Sprague[- ]Dawley|Wistar|transgenic "
        r"mice",
    ),
    ("in vitro study", r"in vitro|cell lines?\b|cultured cells|HEK ?293|HeLa"),
    (
        "guideline",
        r"clinical practice guideline|(?:this|these) (?:guideline|recommendation)s?|position "
        r"statement|consensus statement",
    ),
    (
        "narrative review",
        r"(?:this|the present|our|narrative|literature|scoping) (?:\w+ )?review\b|"
        r"(?:we|to) review(?:ed)? (?:the )?(?:literature|evidence|current)",
    ),
    (
        "modelling study",
        r"(?:mathematical|simulation|computational|machine learning|predict\w+) model\w*|"
        r"simulations?"
        r" (?:were|was)",
    ),
)
DESIGNS: Final = (*(name for name, _ in _LABELS), "other")
"""All labels, in the words that are shown."""
_PATTERNS: Final = tuple((name, re.compile(form, re.IGNORECASE)) for name, form in _LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignMention:
    """A design that a text mentions; ``is_own`` where the wording is that of one's own work."""

    label: str
    start: int
    end: int
    is_own: bool


def find_designs(text: str) -> tuple[DesignMention, ...]:
    """Return the designs that ``text`` mentions, the special ones before the general."""
    is_own = _OWN.search(text) is not None
    return tuple(
        DesignMention(label=label, start=match.start(), end=match.end(), is_own=is_own)
        for label, pattern in _PATTERNS
        if (match := pattern.search(text))
    )
