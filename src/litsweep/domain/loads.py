"""Files of records that do not come by a search: baseline, updates, exports of other tools."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from litsweep.domain.records import Author, PublicationDate


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRecord:
    """An entry of another tool's export: less than PubMed's own XML says, perhaps without PMID.

    ``title`` and ``abstract`` are empty where the entry has none. ``languages``,
    ``publication_types`` and ``keywords`` are as written. ``doi`` is in lower case. ``raw`` is
    the entry as it came, as UTF-8 where the file is UTF-16.
    """

    pmid: int | None
    title: str
    abstract: str
    authors: tuple[Author, ...]
    journal: str | None
    volume: str | None
    issue: str | None
    pages: str | None
    publication_date: PublicationDate
    doi: str | None
    pmcid: str | None
    languages: tuple[str, ...]
    publication_types: tuple[str, ...]
    keywords: tuple[str, ...]
    file_format: FileFormat
    raw: bytes

    @property
    def raw_sha256(self) -> str:
        """Hash of the bytes, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def import_key(self) -> str:
        """Hash of the lines without their ends, which change from system to system."""
        lines = b"\n".join(line.rstrip() for line in self.raw.splitlines())
        return hashlib.sha256(lines.strip()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFile:
    """The load of one file: its receipt. ``topic`` is None where it was loaded for none."""

    load_file_id: int
    topic: str | None
    name: str
    file_format: FileFormat
    file_number: int | None
    sha256: str
    status: LoadStatus
    n_done: int
    n_new: int
    n_changed: int
    n_unchanged: int
    n_failed: int
    n_deleted: int
    error: str | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def adds_up(self) -> bool:
        """Whether entries = new + changed + unchanged + failed."""
        return self.n_done == self.n_new + self.n_changed + self.n_unchanged + self.n_failed
