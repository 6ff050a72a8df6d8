"""The searchable texts of a JATS full text, by stored field."""

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from litsweep_app.sandbox.markup import local_name, plain_text
from litsweep_app.sandbox.reports import IndexedReport, find_meta


def read_report_fields(report: IndexedReport) -> Mapping[str, Sequence[str]]:
    """Return the report's texts; every field is a list of separate values."""
    tree = report.tree
    meta = find_meta(tree)
    front = tree if meta is None else meta
    return {
        "TITL": [plain_text(element) for element in find_named(front, "article-title")],
        "ABST": [
            plain_text(element) for element in find_named(front, "abstract", "trans-abstract")
        ],
        "BODY": [plain_text(element) for element in find_named(tree, "body")],
        "AUTH": read_authors(front),
        "JOUR": [
            plain_text(element)
            for element in find_named(tree, "journal-title", "journal-id", "abbrev-journal-title")
        ],
        "OTRM": [plain_text(element) for element in find_named(front, "kwd")],
        "AID": [report.doi] if report.doi else [],
        "PMID": [str(report.pmid)] if report.pmid else [],
        "FILT": _read_filters(report),
    }


def find_named(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the descendants with one of these names, in any namespace."""
    return (found for found in element.iter("*") if local_name(found) in names)


def read_authors(meta: etree._Element) -> list[str]:
    """Return the article's people as ``Smith J``, initials taken from the given names."""
    names = []
    for person in find_named(meta, "name"):
        surname = next((plain_text(part) for part in find_named(person, "surname")), "")
        given = next((plain_text(part) for part in find_named(person, "given-names")), "")
        initials = "".join(word[0] for word in given.replace("-", " ").split())
        names.append(f"{surname} {initials}".strip())
    return names


def _read_filters(report: IndexedReport) -> list[str]:
    filters = []
    if report.is_in_cloud:
        filters.append("open access")
    if report.license_code:
        filters.append(f"{report.license_code} license")
    return filters
