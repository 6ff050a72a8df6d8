"""One record as a person reads it in a terminal: facts, then machine text beside its source."""

from db.links import Link
from db.results import RecordCard, Retrieval
from db.stored_readings import StoredReading
from litsweep.domain.documents import Document
from litsweep.domain.generations import Generation
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import (
    Analysis,
    Check,
    Finding,
    FindingState,
    Reading,
    Summary,
    Verdict,
)
from litsweep_app.cli.alerts import in_words
from litsweep_app.cli.console import show
from litsweep_app.cli.names import name_record


def show_card(card: RecordCard) -> None:
    """Print everything that is stored about one record."""
    record = card.record
    if record.pmid is None:
        show(f"Record r{record.record_id}, from an export that gives no PMID")
    else:
        show(f"PMID {record.pmid}  https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/")
    show(record.title or "(PubMed gives no title)")
    show(record.authors or "(no authors listed)")
    show(f"{record.journal or '(no journal)'}, {record.publication_date_text}")
    show(f"{record.publication_types}; language {record.language}")
    for name, value in (("doi", record.doi), ("pmcid", record.pmcid)):
        if value:
            show(f"{name} {value}")
    show(f"topics: {', '.join(card.topics) or 'none'}; {_versions(card)}")
    _show_status(card)
    _show_links(card.links)
    _show_duplicates(card)
    _show_changes(card)
    show(f"\n{record.abstract or '(no abstract)'}")
    show(f"\nFull text: {_retrieval(card.retrieval)}")
    for reading in card.readings:
        _show_reading(reading)


def _show_status(card: RecordCard) -> None:
    if not card.status_changes:
        return
    newest = card.status_changes[-1]
    show(
        f"! {in_words(card.record.publication_status)} "
        f"(noticed {newest.changed_at:%Y-%m-%d}, before: {in_words(newest.old_status)})"
    )
    for reason in newest.reasons:
        show(f"  ! {reason}")
    for alert in card.open_alerts:
        show(f"  ! alert {alert.alert_id} is open: litsweep alerts acknowledge {alert.alert_id}")


def _show_links(links: tuple[Link, ...]) -> None:
    for link in links:
        other = f"PMID {link.pmid}" if link.pmid else link.doi or link.citation or "unknown"
        said = f"{link.ref_type}: {other}" if link.is_own else f"{other} says {link.ref_type} of it"
        show(f"{said}{_about(link)}")


def _show_duplicates(card: RecordCard) -> None:
    for found in card.duplicates:
        if found.record_id == card.record.record_id:
            show(f"! duplicate of {name_record(found.kept_pmid, found.kept_id)}: {found.reason}")
        else:
            other = name_record(found.pmid, found.record_id)
            show(f"kept in the place of {other}, a duplicate: {found.reason}")


def _about(link: Link) -> str:
    if not link.is_stored:
        return f", {link.citation}" if link.citation and link.pmid else ""
    status = link.publication_status
    marked = "" if status in (None, PublicationStatus.AS_PUBLISHED) else f" [{in_words(status)}]"
    return f" (stored){marked} {link.title}"


def _show_changes(card: RecordCard) -> None:
    for version in card.versions[1:]:
        fields = ", ".join(change["field"].replace("_", " ") for change in version.changes)
        show(
            f"version {version.version}, {version.fetched_at:%Y-%m-%d}: "
            f"{fields or 'other bytes'} changed"
        )


def _versions(card: RecordCard) -> str:
    newest = card.versions[-1]
    return f"version {newest.version} of {len(card.versions)}, fetched {newest.fetched_at:%Y-%m-%d}"


def _retrieval(retrieval: Retrieval | None) -> str:
    if retrieval is None:
        return "not sought"
    if retrieval.reason:
        return f"not retrieved. {retrieval.reason}"
    return (
        f"{retrieval.pmcid} from {retrieval.source}, licence {retrieval.licence_code or 'unknown'}"
    )


def _show_reading(stored: StoredReading) -> None:
    reading = stored.reading
    age = "" if stored.is_current else " — of an older version of the text"
    show(f"\n— Reading {stored.reading_id}, {stored.read_at:%Y-%m-%d %H:%M} UTC{age}")
    show(f"  {reading.route.reason}")
    if reading.failure:
        show(f"  Failed: {reading.failure}")
    for summary in reading.summaries:
        _show_summary(summary, reading.document)
    if reading.analysis is not None:
        _show_analysis(reading, reading.analysis)


def _show_summary(summary: Summary, document: Document) -> None:
    made_by = (
        _made_by(summary.generation) or f"sentences of the source, chosen by {summary.ranked_by}"
    )
    show(f"\n  {summary.method.value.capitalize()} summary: {made_by}")
    for sentence in summary.sentences:
        show(f"    {sentence.text}")
        if summary.generation is not None:
            source = sentence.source
            quote = document.text[source.start : source.end] if source else "nothing near it"
            show(f"      source ({sentence.support:.2f}): {quote}")
    _show_flags(summary.checks, "    ")


def _show_analysis(reading: Reading, analysis: Analysis) -> None:
    show(
        f"\n  Analysis: {analysis.n_sentences_read} of {analysis.n_sentences} sentences read, "
        f"quotations chosen by {analysis.ranked_by}"
    )
    for finding in analysis.findings:
        _show_finding(finding, reading.document)


def _show_finding(finding: Finding, document: Document) -> None:
    name = finding.data_item.replace("_", " ")
    if finding.state is not FindingState.FOUND or finding.source is None:
        show(f"    {name}: {finding.state.value.replace('_', ' ')}")
        return
    place = f"characters {finding.source.start}–{finding.source.end}"
    show(f"    {name}: “{finding.quote}” ({place}, {finding.support:.2f})")
    if finding.value is not None:
        show(f"      in words: {finding.value} [{_made_by(finding.generation)}]")
    _show_flags(finding.checks, "      ")


def _show_flags(checks: tuple[Check, ...], indent: str) -> None:
    for check in checks:
        if check.verdict is Verdict.FLAG:
            show(f"{indent}! {check.detail}")


def _made_by(generation: Generation | None) -> str | None:
    if generation is None:
        return None
    warning = ", a demonstration model that is often wrong" if generation.is_demonstration else ""
    return (
        f"machine-generated, unverified: {generation.model_id} {_revision(generation)}"
        f"{warning}, prompt {generation.prompt_name} v{generation.prompt_version}"
    )


def _revision(generation: Generation) -> str:
    # A commit's hash is told by its beginning; the revision of a package is a name and a version.
    revision = generation.model_revision
    return revision if " " in revision else revision[:12]
