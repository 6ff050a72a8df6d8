"""The MEDLINE text format and the abstract as text: the commonest lines of each, no more."""

import textwrap
from collections.abc import Iterator

from lxml import etree

from litsweep_app.sandbox.eutils.docsum import summarise_record
from litsweep_app.sandbox.markup import plain_text
from litsweep_app.sandbox.records import find_citation


def write_medline(tree: etree._Element) -> str:
    """Return a record as tagged lines, wrapped with six spaces as NBIB files are."""
    lines = [
        textwrap.fill(
            f"{tag.ljust(4)}- {value}",
            width=88,
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for tag, value in _medline_lines(tree)
        if value
    ]
    return "\n".join(lines) + "\n"


def _medline_lines(tree: etree._Element) -> Iterator[tuple[str, str]]:
    summary = summarise_record(tree)
    yield "PMID", str(summary.uid)
    yield from (("IS", issn) for issn in (summary.issn, summary.essn))
    yield from (("VI", summary.volume), ("IP", summary.issue), ("DP", summary.pubdate))
    yield from (("TI", summary.title), ("PG", summary.pages))
    yield "AB", _abstract(tree)
    yield from (("AU", name) for name in summary.authors)
    yield from (("LA", language) for language in summary.languages)
    yield from (("PT", kind) for kind in summary.publication_types)
    yield from (("TA", summary.source), ("JT", summary.full_journal_name))
    yield "JID", summary.nlm_unique_id
    yield from (("MH", plain_text(heading)) for heading in tree.iter("DescriptorName"))
    dates = {"pubmed": "EDAT", "medline": "MHDA", "entrez": "CRDT"}
    yield from ((dates[status], day) for status, day in summary.history if status in dates)
    yield from (("PHST", f"{day} [{status}]") for status, day in summary.history)
    yield from (
        ("PMC" if kind == "pmc" else "AID", value if kind == "pmc" else f"{value} [{kind}]")
        for kind, value in summary.article_ids
        if kind != "pubmed"
    )
    yield "SO", f"{summary.source}. {summary.pubdate};{summary.volume}:{summary.pages}."


def write_abstract(tree: etree._Element) -> str:
    """Return journal, title, authors and abstract as paragraphs."""
    summary = summarise_record(tree)
    paragraphs = (
        f"{summary.source}. {summary.pubdate}",
        summary.title,
        ", ".join(summary.authors),
        _abstract(tree),
        f"PMID: {summary.uid}",
    )
    return "\n\n".join(textwrap.fill(text, width=80) for text in paragraphs if text) + "\n"


def _abstract(tree: etree._Element) -> str:
    citation = find_citation(tree)
    if citation is None:
        return ""
    parts = citation.findall("Article/Abstract/AbstractText") or citation.findall(
        "Abstract/AbstractText"
    )
    return " ".join(
        f"{part.get('Label')}: {plain_text(part)}" if part.get("Label") else plain_text(part)
        for part in parts
    )
