"""Identifiers of the literature: PMID, PMCID, DOI. Reading them, and nothing else."""

import re
from typing import Final

from litsweep.errors import InvalidIdentifier

# NCBI's own words in EPost: "Maximum ID value 18446744073709551615"; PMIDs are eight
# digits today, and ten leave room without letting a typing error through.
_PMID: Final = re.compile(r"[1-9][0-9]{0,9}")
_PMCID: Final = re.compile(r"(?:PMC)?([1-9][0-9]{0,11})(?:\.[0-9]+)?", re.IGNORECASE)
# No DOI is near this long, and PostgreSQL cannot index a text of over 2,700 bytes.
_DOI: Final = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}/\S{1,600})", re.IGNORECASE
)


def parse_pmid(text: str) -> int:
    """Read a PubMed identifier such as ``" 38884108 "``.

    Raises:
        InvalidIdentifier: the text is not a positive number of at most ten digits.
    """
    stripped = text.strip()
    if not _PMID.fullmatch(stripped):
        raise InvalidIdentifier(f"{text!r} is not a PMID: a PMID is a number such as 38884108.")
    return int(stripped)


def parse_pmcid(text: str) -> str:
    """Read a PubMed Central identifier, with or without prefix and version, as ``"PMC123"``.

    Raises:
        InvalidIdentifier: the text is not ``PMC`` followed by digits.
    """
    match = _PMCID.fullmatch(text.strip())
    if match is None:
        raise InvalidIdentifier(f"{text!r} is not a PMCID: a PMCID looks like PMC3491588.")
    return f"PMC{match.group(1)}"


def find_doi(text: str) -> str | None:
    """Return the DOI in ``text`` in lower case and without resolver address, or None.

    DOIs are case-insensitive (DOI Handbook, 2.4), so lower case makes them comparable.
    """
    match = _DOI.fullmatch("".join(text.split()))
    return match.group(1).lower() if match else None
