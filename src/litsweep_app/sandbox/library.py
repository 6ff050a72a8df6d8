"""The library: every record and full text of the data folders, and why the rest was left out."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from litsweep_app.sandbox.cutting import Piece, PieceKind, cut
from litsweep_app.sandbox.files import Source, declares_entities, read_sources
from litsweep_app.sandbox.markup import BrokenPiece, declared_prefixes
from litsweep_app.sandbox.query.collection import Collection
from litsweep_app.sandbox.record_fields import read_record_fields
from litsweep_app.sandbox.records import IndexedRecord, read_record
from litsweep_app.sandbox.report_fields import read_report_fields
from litsweep_app.sandbox.reports import IndexedReport, read_report

_DELETE_KINDS = frozenset({PieceKind.DELETE_CITATION, PieceKind.DELETE_DOCUMENT})
_DELETED_PMID = re.compile(rb"<PMID[^>]*>\s*(\d{1,10})\s*</PMID>")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipReason:
    """Why some files or pieces are not served: how many, and the first one met."""

    reason: str
    n_times: int
    example: str


@dataclass(kw_only=True)
class Library:
    """What is served. Filled by `load_library` or `overlay`, then only read.

    ``deleted`` are the PMIDs that a ``DeleteCitation`` takes from an earlier library; they are
    noted only where ``applies_deletions``, else the list is reported as not served.
    """

    applies_deletions: bool = False
    records: dict[int, IndexedRecord] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    versions: dict[int, dict[int, IndexedReport]] = field(default_factory=dict)
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def skipped(self) -> tuple[str, ...]:
        """One line for each file or kind of piece that is not served, in order of meeting."""
        return tuple(
            f"{name}: {reason}" + (f" ({times} times)" if times > 1 else "")
            for (name, reason), times in self._reasons.items()
        )

    @property
    def skip_reasons(self) -> tuple[SkipReason, ...]:
        """The same by reason, the most frequent first."""
        n_times: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for (name, reason), times in self._reasons.items():
            n_times[reason] += times
            examples.setdefault(reason, name)
        return tuple(
            SkipReason(reason=reason, n_times=times, example=examples[reason])
            for reason, times in n_times.most_common()
        )

    @cached_property
    def reports(self) -> dict[int, IndexedReport]:
        """The newest version of each full text, by the PMCID's number."""
        return {number: found[max(found)] for number, found in self.versions.items()}

    @cached_property
    def pubmed(self) -> Collection:
        """The records as ESearch sees them."""
        uids = sorted(self.records)
        return Collection(
            uids=tuple(uids),
            dates={uid: self.records[uid].dates for uid in uids},
            filters={
                "all": frozenset(uids),
                "pubmed books": frozenset(uid for uid in uids if self.records[uid].is_book),
            },
            read_fields=lambda uid: read_record_fields(self.records[uid], self.find_pmcids(uid)),
        )

    @cached_property
    def pmc(self) -> Collection:
        """The full texts as ESearch sees them."""
        uids = sorted(self.reports)
        return Collection(
            uids=tuple(uids),
            dates={uid: self.reports[uid].dates for uid in uids},
            filters={"all": frozenset(uids)},
            read_fields=lambda uid: read_report_fields(self.reports[uid]),
        )

    def find_pmcids(self, pmid: int) -> list[int]:
        """Return the PMCIDs' numbers of a record, said by the record or by a full text."""
        record = self.records.get(pmid)
        said = {int(record.pmcid.removeprefix("PMC"))} if record and record.pmcid else set()
        return sorted(said | self._numbers_by_pmid.get(pmid, set()))

    def find_pmids(self, number: int) -> list[int]:
        """Return the PMIDs of a full text, said by it or by a record."""
        report = self.reports.get(number)
        said = {report.pmid} if report and report.pmid else set()
        return sorted(said | self._pmids_by_number.get(number, set()))

    def is_retracted(self, report: IndexedReport) -> bool:
        """Tell whether the report or a record of it says that it was retracted."""
        return report.says_retracted or any(
            b'RefType="RetractionIn"' in self.records[pmid].xml
            for pmid in self.find_pmids(report.number)
            if pmid in self.records
        )

    @cached_property
    def _numbers_by_pmid(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for report in self.reports.values():
            if report.pmid:
                found.setdefault(report.pmid, set()).add(report.number)
        return found

    @cached_property
    def _pmids_by_number(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for record in self.records.values():
            if record.pmcid:
                found.setdefault(int(record.pmcid.removeprefix("PMC")), set()).add(record.pmid)
        return found

    def skip(self, name: str, reason: str) -> None:
        """Note what is not served, and why."""
        self._reasons[name, reason] += 1

    def add_source(self, source: Source) -> None:
        """Add every record and article of one file."""
        prefixes: dict[bytes, bytes] | None = None
        doctype = b""
        for piece in cut(source.content):
            if prefixes is None:
                prolog = source.content[: piece.start]
                if declares_entities(prolog):
                    self.skip(source.name, "defines entities of its own, which are never expanded")
                    return
                prefixes, doctype = declared_prefixes(prolog), _find_doctype(prolog)
            try:
                self._add_piece(source.name, piece, prefixes, doctype)
            except BrokenPiece as reason:
                self.skip(source.name, str(reason))
        if prefixes is None:
            self.skip(source.name, "no PubMed record and no JATS article in it")
        if source.note:
            self.skip(source.name, source.note)

    def _add_piece(
        self, name: str, piece: Piece, prefixes: dict[bytes, bytes], doctype: bytes
    ) -> None:
        if piece.content is None:
            self.skip(name, f"a {piece.kind.value} without its end: the file is broken there")
        elif piece.kind in _DELETE_KINDS:
            self._note_deletions(name, piece.kind, piece.content)
        elif piece.kind is PieceKind.ARTICLE:
            report = read_report(piece, prefixes, doctype)
            self.versions.setdefault(report.number, {})[report.version] = report
        else:
            record = read_record(piece, prefixes)
            known = self.records.get(record.pmid)
            if known is None or record.outranks(known):
                self.records[record.pmid] = record

    def _note_deletions(self, name: str, kind: PieceKind, content: bytes) -> None:
        if self.applies_deletions:
            self.deleted.update(int(pmid) for pmid in _DELETED_PMID.findall(content))
        else:
            n_pmids = content.count(b"<PMID")
            self.skip(name, f"{kind.value} of {n_pmids} PMIDs not applied")


def _find_doctype(prolog: bytes) -> bytes:
    """Return the DOCTYPE of a file whose root is the article itself, with a line end."""
    start = prolog.find(b"<!DOCTYPE article")
    end = prolog.find(b">", start)
    doctype = prolog[start : end + 1]
    return b"" if start < 0 or end < 0 or b"[" in doctype else doctype + b"\n"


def load_library(data_dirs: Sequence[Path], *, applies_deletions: bool = False) -> Library:
    """Read every file of the folders, recursively and in sorted order.

    Raises:
        UsageError: a folder does not exist.
    """
    library = Library(applies_deletions=applies_deletions)
    for source in read_sources(data_dirs):
        if isinstance(source, Source):
            library.add_source(source)
        else:
            library.skip(source.name, source.reason)
    return library


def overlay(earlier: Library, later: Library) -> Library:
    """Return a library with all of both; of the same number, the later one's, deletions last."""
    records = earlier.records | later.records
    versions = earlier.versions | {
        number: earlier.versions.get(number, {}) | found for number, found in later.versions.items()
    }
    return Library(
        records={pmid: one for pmid, one in records.items() if pmid not in later.deleted},
        versions=versions,
        _reasons=earlier._reasons + later._reasons,
    )
