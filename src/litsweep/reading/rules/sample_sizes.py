"""How many took part: numbers of people (or animals) randomised, analysed, or included at all.

Numbers of one group, of a planned sample, of people per thousand and years are passed over. Only
what is said in one sentence is seen; nothing is added up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from litsweep.reading.rules.printed import COUNT, level, read_count


class SampleRole(StrEnum):
    """What was done with those who were counted."""

    RANDOMISED = "randomised"
    """They were randomised, or allocated at random."""
    ANALYSED = "analysed"
    """They were in the analysis."""
    INCLUDED = "included"
    """They were enrolled, included or studied; neither of the other words is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """A number of participants; ``[start, end)`` is the wording that says so."""

    role: SampleRole
    n: int
    start: int
    end: int


PEOPLE: Final = (
    r"(?:patients?|participants?|subjects?|adults?|children|adolescents|women|men|mothers|fathers"
    r"|girls|boys|individuals|people|persons|volunteers|infants|neonates|newborns|babies|cases"
    r"|respondents|students|nurses|physicians|workers|veterans|residents|households|families"
    r"|couples|twins|pairs|animals|mice|rats|rabbits|pigs|dogs|sheep|monkeys|eyes|studies|trials"
    r"|articles|recipients|survivors|donors|controls|athletes|pregnancies|births|admissions)"
)
_ALONE: Final = rf"(?<![\w.,/-])(?P<n>{COUNT})"
# "214 consecutive adult patients with tremor", "120 (of 150) patients"; not "7 to 17 year-old
# patients", "3 weeks in patients" or "two groups of patients".
_KIND_OF: Final = (
    r"(?:(?!(?:to|and|or|of|in|with|for|per|years?|months?|weeks?|days?|hours?|times|doses?|groups?|"
    r"percent|mg|year-old)\b)[^\W\d][\w'’-]*\s+)"
)
_GROUP_OF: Final = rf"{_ALONE}(?:\s+\([^()]{{1,25}}\))?\s+{_KIND_OF}{{0,4}}?{PEOPLE}"
_BARE: Final = _ALONE
_AFTERWARDS: Final = (
    r"(?:\s+(?!were\b|was\b|and\b|but\b|who\b)[\w'’()%.-]+){0,8}?(?:,[^,;]{0,60},)?"
    r"(?:\s+(?:who|that)\b[^,;.]{0,60}?)?"
)
_WERE: Final = r"\s+(?:were|was|have been|had been|underwent|being)\s+(?:\w+ly\s+|then\s+|also\s+)?"
_RANDOMISED: Final = (
    r"(?:randomi[sz](?:ed|ation)\b|randomly\s+(?:assigned|allocated|divided|distributed)|"
    r"(?:assigned|allocated|divided)\s+(?:at random|randomly))"
)
_ANALYSED: Final = (
    r"(?:analy[sz]ed\b|(?:included|entered|used|evaluable|available|eligible|considered)\s+"
    r"(?:in|into|for)\s+(?:the|our|this|all|any)?\s*(?:[\w-]+\s+){0,5}?"
    r"(?:analys[ie]s|population|set)\b|evaluable\b)"
)
_INCLUDED: Final = (
    r"(?:enrol+ed|recruited|included|studied|evaluated|examined|investigated|identified\s+and\s+"
    r"included|registered|surveyed|interviewed|followed)\b"
)


def _forms(role: SampleRole, *forms: str) -> tuple[tuple[SampleRole, re.Pattern[str]], ...]:
    return tuple((role, re.compile(form, re.IGNORECASE)) for form in forms)


_OF_THEM: Final = r"(?:of\s+(?:these|them|whom|those|which)\s*,?\s*)?"
_FORMS: Final = (
    *_forms(
        SampleRole.RANDOMISED,
        rf"{_GROUP_OF}{_AFTERWARDS}{_WERE}(?:enrol+ed\s+and\s+|recruited\s+and\s+)?{_RANDOMISED}",
        rf"{_BARE}\s*{_OF_THEM}{_WERE}(?:enrol+ed\s+and\s+)?{_RANDOMISED}",
        rf"(?:we|investigators)\s+(?:{_RANDOMISED}|assigned)\s+{_GROUP_OF}",
        rf"{_RANDOMISED}\s+(?:a\s+total\s+of\s+)?{_GROUP_OF}",
        rf"(?P<n>{COUNT})\s+randomi[sz]ed\s+(?:[\w-]+\s+){{0,2}}?{PEOPLE}",
        rf"{_RANDOMISED}\s*\(\s*n\s*=\s*{_BARE}\s*\)",
        rf"{_RANDOMISED}\s+(?:of|included|involved)\s+{_GROUP_OF}",
    ),
    *_forms(
        SampleRole.ANALYSED,
        rf"{_GROUP_OF}{_AFTERWARDS}{_WERE}{_ANALYSED}",
        rf"{_BARE}\s*{_OF_THEM}{_WERE}{_ANALYSED}",
        # "606 had surgery and were analysed"
        rf"{_BARE}\s+(?:had|completed|received|underwent)\s+[^,;.\d]{{1,40}}?\s+and\s+were\s+"
        rf"{_ANALYSED}",
        rf"\banaly[sz]ed\s+(?:the\s+)?(?:data|records|results|samples|outcomes)?\s*(?:from|of|for)?"
        rf"\s*(?:a\s+total\s+of\s+)?{_GROUP_OF}",
        r"\b(?:analys[ie]s|(?:intention|intent)-to-treat|per-protocol)\s+(?:[\w-]+\s+){0,3}?"
        rf"(?:included|comprised|involved|was\s+based\s+on|was\s+performed\s+(?:on|in)|consisted\s+"
        rf"of)\s+(?:data\s+(?:from|of)\s+)?(?:a\s+total\s+of\s+|all\s+)?{_GROUP_OF}",
        r"\b(?:final|analy(?:tic|tical|sis|sed|zed)|study)\s+(?:study\s+)?(?:sample|population|"
        r"cohort|dataset)(?:\s+size)?\s+(?:was|of|included|comprised|consisted\s+of|contained)\s+"
        rf"(?:a\s+total\s+of\s+)?{_GROUP_OF}",
        rf"\banaly[sz]ed\s*\(\s*n\s*=\s*{_BARE}\s*\)",
    ),
    *_forms(
        SampleRole.INCLUDED,
        rf"{_GROUP_OF}{_AFTERWARDS}{_WERE}(?:\w+\s+and\s+)?{_INCLUDED}",
        rf"(?:enrol+ed|recruited|included|studied|comprised|consisted\s+of|involved|sample\s+of)\s+"
        rf"(?:a\s+total\s+of\s+)?{_GROUP_OF}",
        rf"\ba\s+(?:\w+\s+)?total\s+of\s+{_GROUP_OF}",
        rf"{_GROUP_OF}{_AFTERWARDS}\s+(?:participated|took\s+part|completed\s+the|entered\s+the)",
        rf"\b(?:total\s+)?(?:sample\s+size|number\s+of\s+{PEOPLE})\s+(?:was|of|=)\s*{_BARE}",
    ),
)
# Told at once, where the forms below take long to find nothing.
_SPEAKS_OF_PEOPLE: Final = re.compile(
    rf"\b{PEOPLE}\b|randomi[sz]|analy[sz]|enrol|n\s*=", re.IGNORECASE
)
_PLANNED: Final = re.compile(
    r"\bpower\b|sample size (?:calculation|estimat|was (?:calculated|estimated|determined))"
    r"|\b(?:would|will|required|needed|necessary|planned|aimed to|intended|target(?:ed)?)\b"
    r"|\bto detect\b|\bat least\s+\d",
    re.IGNORECASE,
)
_EACH: Final = re.compile(
    r"\b(?:per|each|every|either)\s+(?:\w+\s+)?(?:group|arm|centre|center|site|cage|condition)"
    r"|\beach\b",
    re.IGNORECASE,
)
_ONE_GROUP: Final = re.compile(
    r"^[^,;.(]{0,25}?\b(?:to|in|into|from|of|received?|as)\s+(?:the\s+|a\s+)?[^,;.]{0,40}?\b"
    r"(?:group|arm|controls?|placebo)\b(?!s)",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(
    r"\b(?:or|and|versus|vs|two|three|four|five|six|either|both|between)\b|\d\s*:\s*\d",
    re.IGNORECASE,
)
_YEAR_BEFORE: Final = re.compile(
    r"\b(?:in|since|by|until|during|from|through|between|and|to|before|after|of|january|february|march"
    r"|april|may|june|july|august|september|october|november|december)\s+$",
    re.IGNORECASE,
)
_RATE_BEFORE: Final = re.compile(
    r"(?:\bper\s+|\bin\s+every\s+|(?:\b(?:one|two|three|four|five)|\d)\s+in\s+|\bevery\s+|/\s?)$",
    re.I,
)
_LISTED_BEFORE: Final = re.compile(r"\d\s*(?:and|or|to|-)\s*$")
_GONE: Final = re.compile(
    r"^[^,;.]{0,40}?\b(?:excluded|did not|declined|refused|lost|died|withdrew|dropped|ineligible|"
    r"screened|identified|retrieved|approached|invited|contacted|assessed for eligibility)\b",
    re.IGNORECASE,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def find_sample_sizes(text: str) -> tuple[SampleSize, ...]:
    """Return the numbers of participants that ``text`` gives for the whole, in order.

    One place has one role: being randomised counts more than being analysed, and that more than
    being included.
    """
    plain = level(text)
    if not _SPEAKS_OF_PEOPLE.search(plain) or _PLANNED.search(plain):
        return ()
    found: dict[tuple[int, int], SampleSize] = {}
    for role, match in _matches(plain):
        place = match.span("n")
        if place not in found and _is_total(plain, match):
            found[place] = SampleSize(
                role=role, n=read_count(match["n"]), start=match.start(), end=match.end()
            )
    return tuple(found[place] for place in sorted(found))


def _matches(text: str) -> Iterator[tuple[SampleRole, re.Match[str]]]:
    for role, form in _FORMS:
        for match in form.finditer(text):
            yield role, match


def _is_total(text: str, match: re.Match[str]) -> bool:
    """Tell whether the number is that of all, and no year, rate or single group's number."""
    before, after = text[: match.start("n")], text[match.end() :]
    n = read_count(match["n"])
    if n < 2 or (before.endswith((".", "-", "/", "<", ">", "=")) and "=" not in match[0]):
        return False
    if _FIRST_YEAR <= n <= _LAST_YEAR and "," not in match["n"] and _YEAR_BEFORE.search(before):
        return False
    if _RATE_BEFORE.search(before) or _LISTED_BEFORE.search(before) or _GONE.match(after):
        return False
    if _EACH.search(match[0] + re.split(r"[(,;]", after)[0]):
        return False
    group = _ONE_GROUP.match(after)
    return group is None or _BOTH.search(group[0]) is not None
