"""Machine-like sentences out of real abstracts, and errors planted in them.

It knows nothing of the checks: none of their word lists or patterns are imported, names are those
that NLM's indexers gave the records, and opposites are `benchmarks/planted_opposites.py`'s.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.planted_opposites import OPPOSITES

_LEADS: Final = re.compile(
    r"^(?:in conclusion|in summary|overall|furthermore|moreover|however|thus|therefore|in addition"
    r"|additionally|interestingly|here),?\s+|^(?:we (?:found|show|showed|observed|demonstrate|"
    r"demonstrated|report|conclude|concluded)|(?:these|our|the) (?:results|findings|data) "
    r"(?:show|suggest|indicate|demonstrate)) that\s+",
    re.IGNORECASE,
)
_NEW_LEADS: Final = (
    "The study found that ",
    "The authors conclude that ",
    "In this study, ",
    "The results show that ",
    "It was found that ",
    "Overall, ",
)
_SYNONYMS: Final = (
    ("patients", "participants"),
    ("demonstrated", "showed"),
    ("showed", "demonstrated"),
    ("investigated", "examined"),
    ("evaluated", "assessed"),
    ("assessed", "evaluated"),
    ("examined", "investigated"),
    ("determine", "assess"),
    ("observed", "seen"),
    ("performed", "carried out"),
    ("used", "employed"),
    ("approximately", "about"),
    ("revealed", "showed"),
    ("important", "relevant"),
    ("study", "investigation"),
    ("obtained", "gathered"),
    ("method", "approach"),
    ("commonly", "frequently"),
    ("primarily", "mainly"),
    ("conducted", "performed"),
    ("compared with", "versus"),
    ("in order to", "to"),
    ("due to", "because of"),
    ("as well as", "and"),
    ("suggest", "indicate"),
    ("significantly", "markedly"),
    ("is able to", "can"),
    ("identified", "found"),
    ("therapy", "treatment"),
)
_TENSES: Final = (
    ("was", "is"),
    ("were", "are"),
    ("showed", "shows"),
    ("had", "have"),
    ("suggested", "suggests"),
    ("indicated", "indicates"),
    ("demonstrated", "demonstrates"),
    ("found", "find"),
)
_JOINTS: Final = ("; ", ", and ", ", while ", ", whereas ")
_CLAUSE: Final = re.compile(r", (?:which|with|while|whereas|although|suggesting|indicating|and) ")
_TAIL: Final = re.compile(
    r"^(?P<body>[A-Z].{30,}?) (?P<tail>(?:in|among|during|for|at) [^,;()]{8,60})(?P<end>\.)$"
)
_HEAD: Final = re.compile(
    r"^(?P<head>(?:In|Among|During|After|At|For) [^,;()]{5,60}), (?P<rest>.+)\.$"
)

_NUMBER: Final = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,/-]\d)(?!-[A-Za-z])")
_UNITS: Final = {
    "mg": ("g", "µg", "kg"),
    "µg": ("mg", "ng"),
    "μg": ("mg", "ng"),
    "g": ("mg", "kg"),
    "kg": ("g", "lb"),
    "ng": ("µg", "mg"),
    "ml": ("l", "dl"),
    "mL": ("L", "dL"),
    "cm": ("mm", "m"),
    "mm": ("cm", "m"),
    "nm": ("mm", "cm"),
    "km": ("m",),
    "mM": ("M", "nM"),
    "nM": ("mM",),
    "years": ("months", "days"),
    "months": ("years", "weeks"),
    "weeks": ("months", "days", "years"),
    "days": ("weeks", "months", "hours"),
    "hours": ("days", "minutes"),
    "h": ("days", "min"),
    "min": ("h", "s"),
    "minutes": ("hours", "seconds"),
    "seconds": ("minutes", "hours"),
    "year": ("month", "week"),
    "month": ("year", "week"),
    "week": ("month", "year"),
    "day": ("week", "month"),
    "mmol": ("mol", "µmol"),
    "mmHg": ("cmHg", "kPa"),
    "kDa": ("Da",),
    "Hz": ("kHz",),
    "%": ("", "‰"),
}
_MEASURE: Final = re.compile(
    r"(?<![\w.])(?P<number>\d+(?:\.\d+)?)(?P<gap>[ -]?)(?P<unit>"
    + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
    + r")(?!\w)"
)
_AUXILIARY: Final = re.compile(
    r"\b(?:was|were|is|are|had|has|have|can|could|may|might|will|would|should|did|does|do)\b"
    r"(?!\s+(?:not|no|never|neither)\b)",
    re.IGNORECASE,
)
_VERBS: Final = {
    "reduced": "did not reduce",
    "increased": "did not increase",
    "improved": "did not improve",
    "showed": "did not show",
    "decreased": "did not decrease",
    "demonstrated": "did not demonstrate",
    "suggest": "do not suggest",
    "indicate": "do not indicate",
    "revealed": "did not reveal",
    "induced": "did not induce",
    "inhibited": "did not inhibit",
    "required": "did not require",
    "provides": "does not provide",
    "support": "do not support",
    "led": "did not lead",
    "developed": "did not develop",
    "received": "did not receive",
    "a significant": "no significant",
    "an association": "no association",
    "a positive": "no positive",
    "evidence": "no evidence",
}
_REMOVALS: Final = (
    (re.compile(r"\b(?:was|were|is|are|did|does|do|could|can|may|has|have|had)( not)\b"), ""),
    (re.compile(r"\b(no) (?=[a-z])"), "a"),
    (re.compile(r"\b(No) (?=[a-z])"), "A"),
    (re.compile(r"\b(without)\b"), "with"),
    (re.compile(r"\bcan(not)\b"), ""),
    (re.compile(r"\b(never)\b "), "often"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstract:
    """An abstract's sentences, and the names in it by kind (chemical, disease, gene)."""

    pmid: int
    title: str
    sentences: tuple[str, ...]
    names: dict[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """Title and sentences as one text."""
        return " ".join((self.title, *self.sentences))


def edit(rng: random.Random, abstract: Abstract, place: int) -> str:
    """Return the sentence at ``place`` as a careful machine might repeat it: nothing is wrong."""
    text = abstract.sentences[place]
    edits: list[Callable[[random.Random, str], str]] = [
        _change_lead,
        _drop_aside,
        _drop_clause,
        _move_tail,
        _take_synonyms,
        _change_tense,
    ]
    for change in rng.sample(edits, rng.randint(1, 3)):
        text = change(rng, text)
    if rng.random() < 0.15 and place + 1 < len(abstract.sentences):
        following = _change_lead(rng, abstract.sentences[place + 1], is_new=False)
        text = text.rstrip(".") + rng.choice(_JOINTS) + _lower_first(following)
    return _space_as_moses(text) if rng.random() < 0.3 else text


def _change_lead(rng: random.Random, text: str, *, is_new: bool = True) -> str:
    bare = _LEADS.sub("", text)
    if is_new and rng.random() < 0.5:
        return rng.choice(_NEW_LEADS) + _lower_first(bare)
    return bare[:1].upper() + bare[1:]


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:] if re.match(r"(?:[A-Z][a-z]+|A)\b(?!-)", text) else text


def _drop_aside(rng: random.Random, text: str) -> str:
    asides = list(re.finditer(r" \([^()]*\)", text))
    if not asides:
        return text
    aside = rng.choice(asides)
    return text[: aside.start()] + text[aside.end() :]


def _drop_clause(rng: random.Random, text: str) -> str:
    cuts = [match.start() for match in _CLAUSE.finditer(text) if match.start() > 40]
    return text[: rng.choice(cuts)] + "." if cuts else text


def _move_tail(rng: random.Random, text: str) -> str:
    if head := _HEAD.match(text):
        rest = head["rest"]
        return f"{rest[0].upper()}{rest[1:]} {_lower_first(head['head'])}."
    if tail := _TAIL.match(text):
        moved = tail["tail"]
        return f"{moved[0].upper()}{moved[1:]}, {_lower_first(tail['body'])}."
    return text


def _take_synonyms(rng: random.Random, text: str) -> str:
    return _swap_words(rng, text, _SYNONYMS, 2)


def _change_tense(rng: random.Random, text: str) -> str:
    return _swap_words(rng, text, _TENSES, 3)


def _swap_words(
    rng: random.Random, text: str, pairs: Sequence[tuple[str, str]], n_most: int
) -> str:
    there = [pair for pair in pairs if re.search(rf"\b{pair[0]}\b", text)]
    for old, new in rng.sample(there, min(n_most, len(there))):
        text = re.sub(rf"\b{old}\b", new, text, count=1)
    return text


def _space_as_moses(text: str) -> str:
    """Space marks as BioGPT's tokenizer leaves them: "mg / kg", "p < 0.05"."""
    text = re.sub(r"\s*([/<>=%])\s*", r" \1 ", text)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-(?=\w)", "-", text)).strip()


Planter = Callable[[random.Random, str, Abstract, Sequence[Abstract]], str | None]


def plant_number(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Change a number to one that the abstract does not have."""
    there = set(_NUMBER.findall(abstract.text)) | set(re.findall(r"\d+(?:\.\d+)?", abstract.text))
    return _replace(rng, text, _NUMBER, lambda old: _other_number(rng, old, there))


def plant_own_number(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Change a number to another number of the same abstract, of the same form."""

    def change(old: str) -> str | None:
        form = re.sub(r"\d+", "0", old)
        there = {
            one
            for one in _NUMBER.findall(abstract.text)
            if float(one.replace(",", "")) != float(old.replace(",", ""))
            and re.sub(r"\d+", "0", one) == form
        }
        return rng.choice(sorted(there)) if there else None

    return _replace(rng, text, _NUMBER, change)


def _other_number(rng: random.Random, old: str, there: set[str]) -> str | None:
    for _ in range(20):
        place = rng.choice([i for i, character in enumerate(old) if character.isdigit()])
        digit = rng.choice([one for one in "123456789" if one != old[place]])
        new = old[:place] + digit + old[place + 1 :]
        if new not in there and float(new.replace(",", "")) != float(old.replace(",", "")):
            return new
    return None


def plant_unit(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Change the unit of a number, or take its percent sign."""
    found = list(_MEASURE.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    unit = rng.choice(_UNITS[match["unit"]])
    return text[: match.start("unit")] + unit + text[match.end() :]


def plant_foreign_name(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Put another abstract's chemical, disease or gene for one of this abstract's."""

    def names(kind: str) -> list[str]:
        other = rng.choice(others)
        own = abstract.text.casefold()
        return [name for name in other.names[kind] if name.casefold() not in own]

    return _rename(rng, text, abstract, names, n_tries=300)


def plant_own_name(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Put another chemical, disease or gene of the same abstract that the sentence lacks."""

    def names(kind: str) -> list[str]:
        here = text.casefold()
        return [name for name in abstract.names[kind] if name.casefold() not in here]

    return _rename(rng, text, abstract, names, n_tries=20)


def _rename(
    rng: random.Random,
    text: str,
    abstract: Abstract,
    names: Callable[[str], list[str]],
    n_tries: int,
) -> str | None:
    found = [
        (kind, match)
        for kind, known in abstract.names.items()
        for name in known
        for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)
    ]
    if not found:
        return None
    for _ in range(n_tries):
        kind, match = rng.choice(found)
        choices = [
            name
            for name in names(kind)
            if name.casefold() not in match[0].casefold()
            and match[0].casefold() not in name.casefold()
        ]
        if choices:
            return text[: match.start()] + rng.choice(choices) + text[match.end() :]
    return None


def plant_negation(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Deny what the sentence says."""
    spots = [(match.end(), match.end(), " not") for match in _AUXILIARY.finditer(text)]
    spots += [
        (match.start(), match.end(), denied)
        for said, denied in _VERBS.items()
        for match in re.finditer(rf"(?<!not )(?<!no )\b{said}\b", text)
    ]
    if not spots:
        return None
    start, end, new = rng.choice(spots)
    return text[:start] + new + text[end:]


def plant_removed_negation(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Say what the sentence denies."""
    spots = [(match.span(1), new) for rule, new in _REMOVALS for match in rule.finditer(text)]
    if not spots:
        return None
    (start, end), new = rng.choice(spots)
    return text[:start] + new + text[end:]


def plant_direction(
    rng: random.Random, text: str, abstract: Abstract, others: Sequence[Abstract]
) -> str | None:
    """Turn a word of direction round."""
    spots = [
        (match, new)
        for old, new in OPPOSITES
        for match in re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text, re.IGNORECASE)
    ]
    if not spots:
        return None
    match, new = rng.choice(spots)
    new = new[0].upper() + new[1:] if match[0][0].isupper() else new
    return text[: match.start()] + new + text[match.end() :]


def _replace(
    rng: random.Random, text: str, pattern: re.Pattern[str], change: Callable[[str], str | None]
) -> str | None:
    found = list(pattern.finditer(text))
    rng.shuffle(found)
    for match in found:
        if (new := change(match[0])) is not None:
            return text[: match.start()] + new + text[match.end() :]
    return None


PLANTERS: Final[dict[str, Planter]] = {
    "number, new": plant_number,
    "number, of the abstract": plant_own_number,
    "unit": plant_unit,
    "name, foreign": plant_foreign_name,
    "name, of the abstract": plant_own_name,
    "negation inserted": plant_negation,
    "negation removed": plant_removed_negation,
    "direction": plant_direction,
}
