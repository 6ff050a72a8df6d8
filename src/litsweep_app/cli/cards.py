"""One record as a person reads it in a terminal: facts, then what was read of it."""

from db.links import Link
from db.results import RecordCard, Retrieval
from litsweep.domain.publication_status import PublicationStatus
from litsweep.telling.alerts import in_words
from litsweep_app.cli.console import show
from litsweep_app.cli.names import describe_decision, name_record
from litsweep_app.cli.reading_cards import show_reading


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
    for decision in card.decisions:
        show(describe_decision(decision, with_topic=len(card.topics) > 1))
    show(f"\n{record.abstract or '(no abstract)'}")
    show(f"\nFull text: {_retrieval(card.retrieval)}")
    for reading in card.readings:
        show_reading(reading)


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
    licence = retrieval.licence_code or "unknown"
    export = "may be exported" if retrieval.may_export else f"kept out of exports: {_why(licence)}"
    return f"{retrieval.pmcid} from {retrieval.source}, licence {licence}; {export}"


def _why(licence: str) -> str:
    if licence == "unknown":
        return "licence unknown"
    return "its licences, as stated by the source and in the report, do not both permit it"
