"""What an export says of itself: by what, when, of what, how many, and what is not in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from litsweep.domain.decisions import Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.exports.entries import UNVERIFIED, WITHHELD, ExportEntry

_REMARKS: Final = (
    f"Summaries and findings are {UNVERIFIED}: compare each with its source.",
    f"“{WITHHELD}” stands where a report's licence does not let its words leave.",
    "Abstracts may be under copyright of their publishers; full texts are in no export.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAbout:
    """What is known before the first entry is written.

    ``filters`` are the options that chose the records, as a person gave them; ``n_left_out``
    duplicates have a kept record in their place; ``stage`` is the one whose decisions are asked
    for; ``with_findings`` tells whether the format has room for them; ``notices`` must go with
    the data.
    """

    tool_version: str
    exported_at: datetime
    file_format: str
    topic: str | None
    filters: Mapping[str, str]
    stage: Stage = Stage.TITLE_ABSTRACT
    with_abstracts: bool = True
    with_findings: bool = True
    n_left_out: int = 0
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Receipt:
    """The counts of one export, complete when the last entry has passed through ``counted``.

    ``n_cut`` cells were longer than the format allows and are cut, with a mark.
    """

    about: ExportAbout
    n_records: int = 0
    n_findings: int = 0
    n_reports_withheld: int = 0
    n_cut: int = 0
    statuses: Counter[PublicationStatus] = field(default_factory=Counter)

    def counted(self, entries: Iterable[ExportEntry]) -> Iterator[ExportEntry]:
        """Pass the entries on, and count them."""
        for entry in entries:
            self.n_records += 1
            if self.about.with_findings:
                self.n_findings += len(entry.findings)
                self.n_reports_withheld += any(one.is_withheld for one in entry.findings)
            self.statuses[entry.publication_status] += 1
            yield entry

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it; times in ISO 8601."""
        about = self.about
        return {
            "tool": f"litsweep {about.tool_version}",
            "exported_at": about.exported_at.isoformat(timespec="seconds"),
            "format": about.file_format,
            "topic": about.topic or "(all)",
            "filters": dict(about.filters),
            "n_records": self.n_records,
            "n_duplicates_left_out": about.n_left_out,
            "n_with_publication_status": {
                status.value: self.statuses[status]
                for status in PublicationStatus
                if self.statuses[status]
            },
            "with_abstracts": about.with_abstracts,
            **self._about_findings(),
            "n_cells_cut": self.n_cut,
            "remarks": [*_REMARKS, *about.notices],
        }

    def _about_findings(self) -> dict[str, Any]:
        if not self.about.with_findings:
            return {"findings": "this format has no room for them: export CSV, XLSX or Parquet"}
        return {
            "n_findings": self.n_findings,
            "n_reports_with_quotes_withheld": self.n_reports_withheld,
        }
