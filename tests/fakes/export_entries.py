"""Entries of an export, invented, whole or hostile; and what an export writes of them."""

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import FindingState, SummaryMethod, ValueMethod
from litsweep.domain.records import (
    Author,
    DatePrecision,
    MeshHeading,
    MeshQualifier,
    PublicationDate,
)
from litsweep.exports.entries import (
    EntryDecision,
    EntryFinding,
    EntryJournal,
    EntryReport,
    EntrySummary,
    ExportEntry,
)
from litsweep.exports.formats import FORMATS
from litsweep.exports.receipts import ExportAbout, Receipt

NOW: Final = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
AT_2026_OCT_1: Final = PublicationDate(
    sortable=date(2026, 10, 1), precision=DatePrecision.DAY, text="2026 Oct 1"
)


def make_author(
    last_name: str | None = None, fore_name: str | None = None, **fields: Any
) -> Author:
    nobody = Author(
        last_name=last_name,
        fore_name=fore_name,
        initials="".join(part[0] for part in (fore_name or "").split()) or None,
        suffix=None,
        collective_name=None,
        orcid=None,
        affiliations=(),
    )
    return replace(nobody, **fields)


def make_decision(
    decision: Decision = Decision.INCLUDE, reviewer: str = "Ada Fiction", **fields: Any
) -> EntryDecision:
    made = EntryDecision(
        topic="delirium",
        stage=Stage.TITLE_ABSTRACT,
        decision=decision,
        reviewer=reviewer,
        decided_at=NOW,
    )
    return replace(made, **fields)


FINDING: Final = EntryFinding(
    data_item="outcomes",
    state=FindingState.FOUND,
    value="severe delirium, length of stay, and death within 30 days",
    value_method=ValueMethod.RULE,
    structured={"role": "secondary", "time_points": ["30 days"]},
    quote="Outcomes were severe delirium, length of stay, and death within 30 days.",
    section="methods",
    section_title="What we measured",
)
"""A finding of which a rule took a clause, word for word."""

ENTRY: Final = ExportEntry(
    record_id=7,
    pmid=99000001,
    pmcid="PMC99900001",
    doi="10.5555/mbt.2026.0001",
    title="Lorvaxidine & COVID-19: 50% of $5 {p < 0.05} in TNF-α_users.",
    abstract="AIMS: To test it.\nRESULTS: It fell to −0.5 (95% CI -0.9 to -0.1).",
    authors=(
        make_author("Østergård", "Åse Marie", suffix="Jr", orcid="0000-0002-1825-0097"),
        make_author("van der Berg", None, initials="JA"),
        make_author(collective_name="The Salt and Pepper Group"),
    ),
    publication_date=AT_2026_OCT_1,
    publication_status=PublicationStatus.RETRACTED,
    status_reasons=("PubMed lists it as a retracted publication.",),
    journal=EntryJournal(
        title="Make-Believe Trials",
        abbreviation="Make Believe Trials",
        nlm_unique_id="X1",
        issns=("9990-0025",),
        volume="7",
        issue="3",
        pages="233-41",
    ),
    created_on=date(2026, 10, 3),
    first_seen_at=NOW,
    publication_types=("Journal Article", "Randomized Controlled Trial"),
    languages=("eng", "fre"),
    mesh_headings=(
        MeshHeading(
            name="Delirium",
            ui="D003693",
            is_major=False,
            qualifiers=(MeshQualifier(name="drug therapy", ui="Q000188", is_major=True),),
        ),
    ),
    keywords=("delirium", "hip fracture, surgery of"),
    registry_numbers=("NCT99990001",),
    topics=("delirium",),
    decisions=(
        make_decision(),
        make_decision(
            Decision.EXCLUDE, "Ben Invented", exclusion_reason="wrong population", labels=("x", "y")
        ),
    ),
    summary=EntrySummary(
        text="It helped 12 people.",
        method=SummaryMethod.GENERATED,
        model="microsoft/biogpt",
        model_revision="eb0d815",
        flags=("numbers: 12 is not in the abstract",),
    ),
    report=EntryReport(
        pmcid="PMC99900001", url="https://example.org/1", licence_code="CC BY", may_export=True
    ),
    findings=(FINDING,),
)
"""An entry that has everything."""

PLAIN: Final = ExportEntry(
    record_id=8,
    pmid=None,
    title="Plain",
    publication_date=AT_2026_OCT_1,
    publication_status=PublicationStatus.AS_PUBLISHED,
    journal=EntryJournal(),
)
"""An entry that has next to nothing."""


def make_receipt(**fields: Any) -> Receipt:
    about = ExportAbout(
        tool_version="0", exported_at=NOW, file_format="any", topic="delirium", filters={}
    )
    return Receipt(replace(about, **fields))


def write(name: str, *entries: ExportEntry, receipt: Receipt | None = None) -> bytes:
    """Return what the format of this name makes of the entries."""
    return write_all(name, entries, receipt)


def write_all(name: str, entries: Iterable[ExportEntry], receipt: Receipt | None = None) -> bytes:
    stream = io.BytesIO()
    FORMATS[name].write(entries, stream, receipt or make_receipt())
    return stream.getvalue()


HOSTILE_BEGINNINGS: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\x00=",
    " =",
    "\ufeff=",
    "＝",
    "\n=",
)
HOSTILE_ENDS: Final = (
    *("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("https://example.org","x")', "SUM(A1:A9)"),
    *('DDE("cmd","/C calc","x")', "IMPORTXML(A1)", "https://example.org/", "<r><f>1</f></r>"),
    *('"quoted", comma;semicolon', "two\nlines", "x" * 300, "_x000D_", "\ud800", "]]>&amp;<"),
)


def hostile_texts() -> list[str]:
    """Return more than 500 texts that try to become formulas, links, markup or broken files."""
    bare = ["https://example.org/", "<r><f>1</f></r>", "<r>=1</r>", "'=1", "internal:A1", "{=1+1}"]
    joined = [begin + end for begin in HOSTILE_BEGINNINGS for end in HOSTILE_ENDS]
    numbered = [f"{text}{number}" for number in range(3) for text in joined]
    return [*bare, *joined, *numbered]
