"""Files of records that do not come by a search: baseline, updates, exports of other tools."""

from enum import StrEnum


class FileFormat(StrEnum):
    """How an entry is written."""

    PUBMED_XML = "pubmed_xml"
    """NLM's XML, as EFetch, the baseline and PubMed's own export give it."""
    NBIB = "nbib"
    """MEDLINE text with tags such as ``TI  - ``; PubMed's .nbib."""
    RIS = "ris"
    """Tags such as ``TI  - `` with two letters, ended by ``ER  - ``; what most tools exchange."""


class LoadStatus(StrEnum):
    """Where the load of one file stands."""

    LOADING = "loading"
    """Begun and not ended; if its process is gone, the next load goes on from there."""
    COMPLETE = "complete"
    """Every entry was stored, or is kept as unreadable with its reason."""
    FAILED = "failed"
    """Stopped by an error; the same file loaded again goes on from there."""
