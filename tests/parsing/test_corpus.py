"""Real files, where they are there: no record, report or word is lost."""

import csv
import gzip
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.licence_codes import standard_code
from litsweep.domain.records import RecordSet
from litsweep.parsing import record_sets
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.jats import parse_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.parsing.section_kinds import STATEMENTS
from litsweep.parsing.sentences import document_sentences

Sets = list[tuple[str, bytes, RecordSet]]
Reports = list[tuple[str, bytes, Document]]
# Formulas come in several forms of which one is kept; ids of objects are not for readers.
UNCOUNTED = ("math", "tex-math", "object-id", "ref-list", "permissions", "alt-text", "long-desc")
INLINE = (
    *("italic", "bold", "sub", "sup", "sc", "monospace", "underline", "overline", "strike"),
    *("named-content", "styled-content", "xref", "ext-link", "uri", "email", "abbrev"),
    *("inline-formula", "inline-graphic", "alternatives", "taxon-name", "taxon-name-part"),
)


def read_file(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.fixture(scope="module")
def sets(corpus: Path) -> Sets:
    paths = [path for path in (corpus / "pubmed").iterdir() if ".xml" in path.suffixes]
    files = [(path.name, read_file(path)) for path in sorted(paths) if path.suffix != ".md5"]
    return [(name, data, parse_record_set(data)) for name, data in files]


@pytest.fixture(scope="module")
def reports(corpus: Path) -> Reports:
    files = [(path.name, path.read_bytes()) for path in sorted((corpus / "pmc").iterdir())]
    return [(name, data, parse_document(data)) for name, data in files]


def test_every_record_of_every_file_is_there(sets: Sets) -> None:
    """Counted independently, on a tree of the whole file."""
    for name, data, result in sets:
        parser = etree.XMLParser(huge_tree=True, resolve_entities=False)
        tree = etree.fromstring(data, parser)
        outer = list(tree.iter("PubmedArticle", "PubmedBookArticle"))
        citations = list(tree.iter("MedlineCitation", "BookDocument"))
        assert len(result.records) + len(result.failures) == len(outer or citations), name
        stated = Counter((citation.findtext("PMID") or "").strip() for citation in citations)
        read = Counter(str(fetched.record.pmid) for fetched in result.records)
        # One made-up record has its PMID in its ArticleIdList only.
        assert len(read - stated) <= 1, name
        assert not [pmid for pmid in stated - read if pmid.isdecimal()], name


def test_only_records_without_a_pmid_fail(sets: Sets) -> None:
    failures = [(name, failure) for name, _, result in sets for failure in result.failures]
    assert all("is not a PMID" in failure.reason for _, failure in failures), failures
    assert len(failures) <= 5


def test_every_record_keeps_bytes_of_its_file(sets: Sets) -> None:
    for name, data, result in sets:
        assert all(fetched.raw_xml in data for fetched in result.records), name


def test_lists_read_without_a_tree_say_what_the_tree_says(
    sets: Sets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_sets, "_REGULAR", ())
    for name, data, result in sets:
        assert parse_record_set(data) == result, name


def test_real_records_have_no_unknown_elements_but_where_they_are_odd(sets: Sets) -> None:
    """Six files were edited by their owners or are older than any DTD that NLM still serves."""
    unknown = Counter(
        path
        for _, _, result in sets
        for fetched in result.records
        for path, _ in fetched.unknown_elements
    )
    assert unknown == {
        "MedlineCitation/CommentsCorrections": 2,
        "MedlineCitation/DataBankList": 1,
        "MedlineJournalInfo/NLMUniqueID": 1,
        "MedlineJournalInfo/VernacularTitle": 1,
        "PubmedBookArticle/ArticleIdList": 3,
        "PubmedBookArticle/ObjectList": 3,
    }


def test_every_reference_of_every_record_is_there(sets: Sets) -> None:
    """Counted independently, as start tags in the record's bytes."""
    for name, _, result in sets:
        for fetched in result.records:
            n_references = len(re.findall(rb"<Reference[ >]", fetched.raw_xml))
            n_cites = fetched.raw_xml.count(b'RefType="Cites"')
            assert len(fetched.record.references) == (n_references or n_cites), name


def test_identifiers_are_those_outside_the_references(sets: Sets) -> None:
    """By the raw bytes in front of the first reference list, with a regular expression."""
    n_checked = 0
    for name, _, result in sets:
        for fetched in result.records:
            own = fetched.raw_xml.partition(b"<ReferenceList")[0].decode().lower()
            if fetched.record.doi:
                n_checked += 1
                assert fetched.record.doi.replace("<", "&lt;").replace(">", "&gt;") in own, name
            assert fetched.record.pmcid is None or fetched.record.pmcid.lower() in own, name
    assert n_checked > 900


def test_every_abstract_becomes_sentences_that_cover_it(sets: Sets) -> None:
    for name, _, result in sets:
        for fetched in result.records:
            document = build_document(fetched.record)
            covered = "".join(sentence.text for sentence in document_sentences(document))
            assert "".join(covered.split()) == "".join(document.text.split()), name


def test_every_report_is_tiled_by_its_sections(reports: Reports) -> None:
    for name, _, document in reports:
        covered = "\n".join(document.section_text(section) for section in document.sections)
        assert covered == document.text, name
        sentences = "".join(sentence.text for sentence in document_sentences(document))
        assert "".join(sentences.split()) == "".join(document.text.split()), name


def test_reports_without_body_are_told(reports: Reports) -> None:
    for name, data, document in reports:
        article = data.partition(b"</article>")[0].partition(b"<sub-article")[0]
        body = re.search(rb"<body(?:\s[^>]*)?(?<!/)>(.*)</body>", article, re.DOTALL)
        assert document.has_body == bool(body and body[1].strip()), name


def test_licences_of_reports_are_those_that_their_finder_read(
    reports: Reports, corpus: Path
) -> None:
    """``SOURCES.tsv`` was written by people who looked; one file is front matter without any."""
    with (corpus / "SOURCES.tsv").open(encoding="utf-8", newline="") as table:
        rows = {
            row["file"]: row["article_licence"]
            for row in csv.DictReader(table, dialect="excel-tab")
        }
    differing = {
        name
        for name, _, document in reports
        if document.licence.code
        != standard_code(rows[f"pmc/{name}"].partition(" (")[0].replace("CC-ZERO", "CC0"))
    }
    assert len(differing) <= 1, differing
    assert all(
        document.licence.may_export for name, _, document in reports if name not in differing
    )


def test_every_entry_of_the_reference_lists_is_there(reports: Reports) -> None:
    """Counted independently, but for those of replies; a few entries are notes without a work."""
    for name, data, document in reports:
        article = parse_article(data)
        etree.strip_elements(article, "{*}sub-article", "{*}response", with_tail=False)
        works = "citation') or local-name()='note' and not(../*[contains(local-name(), 'citation"
        path = f".//*[local-name()='ref']/*[contains(local-name(), '{works}')])][normalize-space()]"
        found = article.xpath(path)
        assert isinstance(found, list)
        assert len(document.references) == len(found), name
        pmids = {
            text.strip(" .\n")
            for one in article.iter("{*}pub-id")
            if one.get("pub-id-type") == "pmid" and (text := one.text)
        }
        read = {str(one.pmid) for one in document.references if one.pmid}
        assert pmids <= read, name


def test_references_read_well_and_name_their_works(reports: Reports) -> None:
    references = [one for _, _, document in reports for one in document.references]
    assert all(one.text and "\n" not in one.text for one in references)
    assert sum(one.doi is not None for one in references) > 3_000
    assert sum(one.year is not None for one in references) > 5_500


def test_every_sub_article_with_text_is_kept_apart(reports: Reports) -> None:
    for name, data, document in reports:
        article = parse_article(data)
        parts = list(article.iter("{*}sub-article", "{*}response"))
        abstracts = [
            one
            for one in article.iter("{*}trans-abstract")
            if any(text.strip() for text in one.itertext())
        ]
        assert len(document.sub_articles) == len(parts) + len(abstracts), name


def test_nothing_is_stated_twice(reports: Reports) -> None:
    for name, _, document in reports:
        for kind in STATEMENTS:
            lines = [
                line
                for section in document.sections_of(kind)
                for line in document.section_text(section).split("\n")
                if line != section.title and len(line) > 60
            ]
            assert len(lines) == len(set(lines)), (name, kind)


def test_most_research_says_who_paid_and_what_interests_there_are(reports: Reports) -> None:
    """Measured: 95 of 138 files state interests, 89 funding, 41 where the data are, 18 ethics."""
    with_kind = Counter(
        kind for _, _, document in reports for kind in {one.kind for one in document.sections}
    )
    assert with_kind[SectionKind.CONFLICTS] >= 95
    assert with_kind[SectionKind.FUNDING] >= 89
    assert with_kind[SectionKind.DATA_AVAILABILITY] >= 41
    assert with_kind[SectionKind.ETHICS] >= 18


def test_the_words_of_the_body_are_kept(reports: Reports) -> None:
    """Measured: 99.98 % of all words outside formulas; no report below 99 %."""
    n_words = n_kept = 0
    for name, data, document in reports:
        words = Counter(re.findall(r"\w+", " ".join(body_text(data))))
        kept = words & Counter(re.findall(r"\w+", document.text))
        assert kept.total() >= 0.99 * words.total(), name
        n_words += words.total()
        n_kept += kept.total()
    assert n_kept / n_words >= 0.9995


def parse_article(data: bytes) -> etree._Element:
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, remove_comments=True)
    return next(etree.fromstring(data, parser).iter("{*}article"))


def body_text(data: bytes) -> Iterator[str]:
    """Yield the body's text, blanks where elements other than inline ones begin and end."""
    for body in parse_article(data).iterfind("{*}body"):
        etree.strip_elements(body, *(f"{{*}}{name}" for name in UNCOUNTED), with_tail=False)
        etree.strip_tags(body, *(f"{{*}}{name}" for name in INLINE), etree.ProcessingInstruction)
        yield unicodedata.normalize("NFC", " ".join(map(str, body.itertext())))
