"""Codes of licences: one spelling each, what they allow, and how strict they are.

Known are the Creative Commons licences, CC0 and the public domain. Every other code, such as
PMC's ``TDM`` (text mining only) and ``NO-CC CODE``, is kept as it is and allows no export.
"""

import re
from typing import Final

PUBLIC_DOMAIN: Final = "PUBLIC DOMAIN"
CC0: Final = "CC0"

_CREATIVE_COMMONS: Final = re.compile(
    r"CC[ -]?BY((?:[ /,-]?(?:NC|ND|SA))*)"
    r"(?:[ -](?:v\.? ?)?\d(?:\.\d)?(?:[ -](?:IGO|[A-Z]{2}|International|Unported|Generic))?)?",
    re.IGNORECASE,
)
_ZERO: Final = re.compile(r"CC[ -]?(?:0|zero)(?:[ -]?1\.0)?", re.IGNORECASE)
_PUBLIC: Final = re.compile(r"(?:CC[ -]?)?(?:PDM|public[ -]?domain)(?:[ -].*)?|PD", re.IGNORECASE)
_CONDITIONS: Final = ("NC", "SA", "ND")
# The more of these a licence sets the stricter it is; a ban on trade counts more than one on
# changes, and that more than a duty to share alike.
_STRICTNESS: Final = {"NC": 4, "ND": 2, "SA": 1}
_STRICTEST: Final = 100


def standard_code(code: str) -> str:
    """Return ``code`` as Creative Commons writes it (``cc-by-nc 4.0`` is ``CC BY-NC``).

    Versions are dropped. A code that names no licence known here is returned as it is.
    """
    code = " ".join(code.split())
    if _ZERO.fullmatch(code):
        return CC0
    if _PUBLIC.fullmatch(code):
        return PUBLIC_DOMAIN
    match = _CREATIVE_COMMONS.fullmatch(code)
    return build_code(match[1]) if match else code


def build_code(terms: str) -> str:
    """Write the conditions named in ``terms``, such as ``-nd-nc``, as one code."""
    named = set(re.findall(r"NC|ND|SA", terms.upper()))
    return "CC " + "-".join(("BY", *(one for one in _CONDITIONS if one in named)))


def is_open(code: str | None) -> bool:
    """Whether the licence of this code lets anybody pass the text on."""
    return strictness(code) < _STRICTEST


def strictness(code: str | None) -> int:
    """Return a number that is the higher the less is allowed; highest for what is unknown."""
    if code is None:
        return _STRICTEST
    code = standard_code(code)
    if code in (CC0, PUBLIC_DOMAIN):
        return 0
    match = _CREATIVE_COMMONS.fullmatch(code)
    if match is None:
        return _STRICTEST
    return 1 + sum(_STRICTNESS[one] for one in build_code(match[1])[5:].split("-") if one)
