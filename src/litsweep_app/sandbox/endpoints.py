"""The services of the sandbox by name, as its log and its faults speak of them."""

from enum import StrEnum
from typing import Final


class Endpoint(StrEnum):
    """One service; the calls of each are counted on their own."""

    EINFO = "einfo"
    """Database statistics and field names."""
    ESEARCH = "esearch"
    """Searches."""
    EPOST = "epost"
    """Lists of ids for the history server."""
    ESUMMARY = "esummary"
    """Document summaries."""
    EFETCH = "efetch"
    """Records of PubMed."""
    EFETCH_PMC = "efetch_pmc"
    """Full texts: EFetch with ``db=pmc``."""
    ELINK = "elink"
    """Links between databases."""
    PMC_CLOUD = "pmc_cloud"
    """The PMC Cloud Service: listings, articles, metadata."""
    EUROPE_PMC = "europe_pmc"
    """Europe PMC's full texts."""


EUTILS: Final = frozenset(Endpoint) - {Endpoint.PMC_CLOUD, Endpoint.EUROPE_PMC}
"""Those of NCBI's E-utilities."""


def eutil_endpoint(tool: str, db: str) -> Endpoint:
    """Return the endpoint of a request to an E-utility."""
    return Endpoint.EFETCH_PMC if (tool, db) == ("efetch", "pmc") else Endpoint(tool)
