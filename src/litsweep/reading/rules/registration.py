"""Registration numbers of trials, reviews and protocols. Whose number it is, others must judge.

The registries are those of the WHO's platform (ICTRP) with their networks, and those where
reviews and protocols are registered.
"""

import re
from dataclasses import dataclass
from typing import Final

from litsweep.reading.rules.printed import level

_REGISTRIES: Final[tuple[tuple[str, str], ...]] = (
    ("ClinicalTrials.gov", r"(?i:NCT)[\s:#-]{0,2}\d{8}"),
    ("ISRCTN", r"(?i:ISRCTN)[\s:#-]{0,2}\d{8}"),
    ("CTIS", r"(?<![/.])20\d\d-5\d{5}-\d\d-\d\d"),
    ("EudraCT", r"(?<![/.])(?:19|20)\d\d-\d{6}-\d\d(?!-?\w)"),
    ("ANZCTR", r"ACTRN\s?\d{14}"),
    ("ChiCTR", r"(?i:ChiCTR)(?:-[A-Za-z]{2,7})?-?\s?\d{8,10}"),
    ("CTRI", r"CTRI\s?/\s?\d{4}/\d{2,3}/\d{5,6}"),
    ("DRKS", r"DRKS(?:-ID:?)?\s?\d{8}"),
    ("IRCT", r"IRCT(?:ID:?)?\s?\d{9,14}N\d{1,3}"),
    ("UMIN", r"(?:JPRN-)?UMIN(?:-CTR|-ID)?[\s:]{0,2}\d{9}"),
    ("jRCT", r"(?:JPRN-)?jRCT\s?s?\d{9,10}"),
    ("JapicCTI", r"(?:JPRN-)?JapicCTI-?\d{6}"),
    ("CRiS", r"KCT\s?\d{7}"),
    ("NTR", r"NTR[\s-]?\d{3,5}"),
    ("OMON", r"NL-OMON\d{4,6}"),
    ("PACTR", r"PACTR\s?\d{12,18}"),
    ("ReBec", r"RBR-?[0-9a-z]{6,8}"),
    ("TCTR", r"TCTR\s?\d{11}"),
    ("SLCTR", r"SLCTR/\d{4}/\d{3}"),
    ("RPCEC", r"RPCEC\d{8}"),
    ("REPEC", r"PER-\d{3}-\d{2}"),
    ("LBCTR", r"LBCTR\d{10}"),
    ("ITMCTR", r"ITMCTR\d{10}"),
    ("HKUCTR", r"HKUCTR-\d{2,5}"),
    ("SNCTP", r"SNCTP\d{9}"),
    ("UTN", r"U1111-\d{4}-\d{4}"),
    ("EU PAS", r"EUPAS\s?\d{4,12}"),
    ("PROSPERO", r"CRD[\s:#-]{0,2}42\d{7,12}"),
    ("INPLASY", r"INPLASY\s?\d{9}"),
    ("Research Registry", r"(?i:(?:research|review)registry)\s?\d{3,5}"),
    ("AEA", r"AEARCTR-\d{7}"),
    ("AsPredicted", r"(?i:AsPredicted)(?:\.org)?[\s(:]{0,2}#\s?\d{4,6}"),
)
# These are also the marks of other things (a trial's data, an ethics file): the sentence must
# speak of a registration or a trial.
_DOUBTFUL: Final[tuple[tuple[str, str], ...]] = (
    ("OSF", r"(?i:osf\.io/)(?!preprints)[A-Za-z0-9]{5}\b"),
    ("OMON", r"NL\d{4,5}(?![\d.])"),
)
_SPEAKS_OF_IT: Final = re.compile(r"regist|trial", re.IGNORECASE)


def _compile(table: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(rf"(?<![A-Za-z0-9-]){form}(?!\d)")) for name, form in table)


_PATTERNS: Final = _compile(_REGISTRIES)
_DOUBTFUL_PATTERNS: Final = _compile(_DOUBTFUL)
REGISTRATION_NUMBER: Final = re.compile("|".join(f"(?:{one.pattern})" for _, one in _PATTERNS))
"""Finds any number that can be nothing else."""
_DECORATION: Final = re.compile(r"[\s:#]|(?<=^NCT)-|(?<=^ISRCTN)-|(?<=^CRD)-", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A number as its registry writes it, and where it stands as printed, ``[start, end)``."""

    registry: str
    number: str
    start: int
    end: int


def find_registrations(text: str) -> tuple[Registration, ...]:
    """Return the registration numbers of ``text`` in order; one printed twice is there twice."""
    plain = level(text)
    patterns = [*_PATTERNS]
    if _SPEAKS_OF_IT.search(plain):
        patterns.extend(_DOUBTFUL_PATTERNS)
    found = [
        Registration(
            registry=registry,
            number=_DECORATION.sub("", match[0]),
            start=match.start(),
            end=match.end(),
        )
        for registry, pattern in patterns
        for match in pattern.finditer(plain)
    ]
    return tuple(sorted(found, key=lambda one: one.start))
