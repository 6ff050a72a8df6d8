"""Two readers of PubMed XML that share no code with litsweep's, to compare it with.

Both return a record's fields as plain values, everything that they find, nothing judged:
one by XPath on the record's own bytes, one from what ``Bio.Entrez.read`` makes of them. Text is
plain, with white space collapsed; nothing else is tidied.
"""

import html
import html.entities
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from Bio import Entrez
from lxml import etree

Fields = dict[str, Any]

_PROLOG: Final = (
    b'<?xml version="1.0" encoding="UTF-8" ?>\n'
    b'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"'
    b' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_PERSON: Final = ("LastName", "ForeName", "Initials", "Suffix", "CollectiveName")
_GRANT: Final = ("GrantID", "Acronym", "Agency", "Country")
_JOURNAL: Final = (
    "Article/Journal/Title",
    "Article/Journal/ISOAbbreviation",
    "MedlineJournalInfo/MedlineTA",
    "MedlineJournalInfo/NlmUniqueID",
    "Article/Journal/ISSN",
    "MedlineJournalInfo/ISSNLinking",
)
_PAGES: Final = ("StartPage", "EndPage", "MedlinePgn")
# It reads the DTD for each set anew, which takes longer than 20 records.
_N_AT_ONCE: Final = 40
_DATE: Final = ("Year", "Month", "Day", "Season")


def tidy(text: str) -> str:
    """Collapse white space and compose characters."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def parse_element(raw_xml: bytes) -> etree._Element:
    """Return the record's element, as lxml reads it."""
    text = re.sub(rb"&([A-Za-z]+);", _character, raw_xml)
    wrapped = b'<_ xmlns:mml="m" xmlns:xlink="x">' + text + b"</_>"
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    return etree.fromstring(wrapped, parser)[0]


def read_by_xpath(record: etree._Element) -> Fields:
    """Read the fields of a journal article."""
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    if citation is None:
        return {}
    pubmed_data = record.find("PubmedData")
    data = etree.Element("PubmedData") if pubmed_data is None else pubmed_data
    article = citation.find("Article")
    assert article is not None
    dates = article.findall("Journal/JournalIssue/PubDate")
    return {
        "pmid": _text(citation.find("PMID")),
        "title": _text(article.find("ArticleTitle")),
        "vernacular title": _text(article.find("VernacularTitle")),
        "abstract": _abstract(article.findall("Abstract/AbstractText")),
        "copyright": _text(article.find("Abstract/CopyrightInformation")),
        "other abstracts": [
            (other.get("Type"), other.get("Language"), _abstract(other.findall("AbstractText")))
            for other in citation.findall("OtherAbstract")
        ],
        "authors": _people(article.findall("AuthorList/Author")),
        "affiliations": _affiliations(article.findall("AuthorList/Author")),
        "ORCID": [
            [tidy(i.text or "") for i in author.findall("Identifier[@Source='ORCID']")]
            for author in article.findall("AuthorList/Author")
        ],
        "investigators": _people(citation.findall("InvestigatorList/Investigator")),
        "journal": [_text(citation.find(path)) for path in _JOURNAL],
        "volume": _text(article.find("Journal/JournalIssue/Volume")),
        "issue": _text(article.find("Journal/JournalIssue/Issue")),
        "pages": [_text(article.find(f"Pagination/{name}")) for name in _PAGES],
        "publication date": [_text(dates[0].find(p)) for p in (*_DATE, "MedlineDate")]
        if dates
        else [""] * 5,
        "created (CRDT)": _days(data.findall("History/PubMedPubDate[@PubStatus='entrez']")),
        "revised": _days(citation.findall("DateRevised")),
        "completed": _days(citation.findall("DateCompleted")),
        "languages": _all(article, "Language"),
        "publication types": [
            (_text(e), e.get("UI") or "") for e in article.findall("PublicationTypeList/*")
        ],
        "MeSH": [
            (
                *_heading(mesh.find("DescriptorName")),
                [_heading(qualifier) for qualifier in mesh.findall("QualifierName")],
            )
            for mesh in citation.findall("MeshHeadingList/MeshHeading")
        ],
        "chemicals": [
            (
                _text(e.find("NameOfSubstance")),
                _get(e.find("NameOfSubstance"), "UI"),
                _text(e.find("RegistryNumber")),
            )
            for e in citation.findall("ChemicalList/Chemical")
        ],
        "keywords": [
            (_text(e), _get(e.getparent(), "Owner")) for e in citation.findall("KeywordList/*")
        ],
        "grants": [
            tuple(_text(grant.find(name)) for name in _GRANT)
            for grant in article.findall("GrantList/Grant")
        ],
        "data banks": [
            (_text(bank.find("DataBankName")), _text(number))
            for bank in article.findall("DataBankList/DataBank")
            for number in bank.findall("AccessionNumberList/AccessionNumber")
        ],
        "ids": [
            ((e.get("IdType") or e.get("EIdType") or "pubmed").lower(), _text(e))
            for e in (*data.findall("ArticleIdList/ArticleId"), *article.findall("ELocationID"))
            if e.get("ValidYN") != "N"
        ],
        "comments and corrections": [
            (link.get("RefType"), *(_text(link.find(p)) for p in ("RefSource", "PMID", "Note")))
            for link in citation.findall("CommentsCorrectionsList/CommentsCorrections")
        ],
        "references": len(data.findall(".//Reference")),
        "interests": _text(citation.find("CoiStatement")),
    }


def read_by_entrez(raw_xmls: Sequence[bytes]) -> list[Fields | None]:
    """Read the same with Bio.Entrez; None where it refuses a record's form."""
    if len(raw_xmls) > _N_AT_ONCE:
        starts = range(0, len(raw_xmls), _N_AT_ONCE)
        sets = [raw_xmls[start : start + _N_AT_ONCE] for start in starts]
        return [fields for one in sets for fields in read_by_entrez(one)]
    text = _PROLOG + b"<PubmedArticleSet>" + b"".join(raw_xmls) + b"</PubmedArticleSet>"
    try:
        reply = Entrez.read(io.BytesIO(text), validate=False, escape=True)  # type: ignore[no-untyped-call]
        records = reply["PubmedArticle"]
    except ValueError:
        records = []
    if len(records) == len(raw_xmls):
        return [_fields_by_entrez(record) for record in records]
    if len(raw_xmls) == 1:
        return [None]
    middle = len(raw_xmls) // 2
    return read_by_entrez(raw_xmls[:middle]) + read_by_entrez(raw_xmls[middle:])


def _fields_by_entrez(record: Any) -> Fields:
    citation, data = record["MedlineCitation"], record.get("PubmedData", {})
    article = citation["Article"]
    issue = article.get("Journal", {}).get("JournalIssue", {})
    abstract = article.get("Abstract", {})
    authors = article.get("AuthorList", [])
    return {
        "pmid": plain(citation.get("PMID", "")),
        "title": plain(article.get("ArticleTitle", "")),
        "vernacular title": plain(article.get("VernacularTitle", "")),
        "abstract": [_part(part) for part in abstract.get("AbstractText", [])],
        "copyright": plain(abstract.get("CopyrightInformation", "")),
        "other abstracts": [
            (
                other.attributes.get("Type"),
                other.attributes.get("Language"),
                [_part(part) for part in other.get("AbstractText", [])],
            )
            for other in citation.get("OtherAbstract", [])
        ],
        "authors": [tuple(plain(a.get(name, "")) for name in _PERSON) for a in authors],
        "affiliations": [
            [plain(info["Affiliation"]) for info in a.get("AffiliationInfo", [])] for a in authors
        ],
        "ORCID": [
            [plain(i) for i in a.get("Identifier", []) if i.attributes.get("Source") == "ORCID"]
            for a in authors
        ],
        "investigators": [
            tuple(plain(person.get(name, "")) for name in _PERSON)
            for people in citation.get("InvestigatorList", [])
            for person in people
        ],
        "volume": plain(issue.get("Volume", "")),
        "issue": plain(issue.get("Issue", "")),
        "pages": [plain(article.get("Pagination", {}).get(name, "")) for name in _PAGES],
        "publication date": [
            plain(issue.get("PubDate", {}).get(name, "")) for name in (*_DATE, "MedlineDate")
        ],
        "created (CRDT)": [
            _day(date)
            for date in data.get("History", [])
            if date.attributes.get("PubStatus") == "entrez"
        ],
        "revised": [_day(citation["DateRevised"])] if "DateRevised" in citation else [],
        "completed": [_day(citation["DateCompleted"])] if "DateCompleted" in citation else [],
        "languages": [plain(language) for language in article.get("Language", [])],
        "publication types": [
            (plain(kind), kind.attributes.get("UI", ""))
            for kind in article.get("PublicationTypeList", [])
        ],
        "MeSH": [
            (
                *_named(mesh.get("DescriptorName")),
                [_named(qualifier) for qualifier in mesh.get("QualifierName", [])],
            )
            for mesh in citation.get("MeshHeadingList", [])
        ],
        "chemicals": [
            (
                plain(chemical["NameOfSubstance"]),
                chemical["NameOfSubstance"].attributes.get("UI", ""),
                plain(chemical.get("RegistryNumber", "")),
            )
            for chemical in citation.get("ChemicalList", [])
        ],
        "keywords": [
            (plain(keyword), keywords.attributes.get("Owner", ""))
            for keywords in citation.get("KeywordList", [])
            for keyword in keywords
        ],
        "grants": [
            tuple(plain(grant.get(name, "")) for name in _GRANT)
            for grant in article.get("GrantList", [])
        ],
        "data banks": [
            (plain(bank.get("DataBankName", "")), plain(number))
            for bank in article.get("DataBankList", [])
            for number in bank.get("AccessionNumberList", [])
        ],
        "ids": [
            (
                (e.attributes.get("IdType") or e.attributes.get("EIdType") or "pubmed").lower(),
                plain(e),
            )
            for e in (*data.get("ArticleIdList", []), *article.get("ELocationID", []))
            if e.attributes.get("ValidYN") != "N"
        ],
        "comments and corrections": [
            (
                link.attributes.get("RefType"),
                *(plain(link.get(name, "")) for name in ("RefSource", "PMID", "Note")),
            )
            for link in citation.get("CommentsCorrectionsList", [])
        ],
        "interests": plain(citation.get("CoiStatement", "")),
    }


def plain(text: str) -> str:
    """Return text of Bio.Entrez without its markup, which ``escape=True`` keeps apart."""
    return tidy(html.unescape(_TAG.sub("", str(text))))


def _character(match: re.Match[bytes]) -> bytes:
    name = match[1].decode()
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    character: str = html.entities.html5.get(f"{name};", match[0].decode())
    return character.encode()


def _text(element: etree._Element | None) -> str:
    return "" if element is None else tidy("".join(map(str, element.itertext())))


def _get(element: etree._Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")


def _all(parent: etree._Element, path: str) -> list[str]:
    return [_text(element) for element in parent.findall(path)]


def _abstract(parts: Iterable[etree._Element]) -> list[tuple[str, str]]:
    return [(tidy(part.get("Label", "")), _text(part)) for part in parts]


def _people(people: Iterable[etree._Element]) -> list[tuple[str, ...]]:
    return [tuple(_text(person.find(name)) for name in _PERSON) for person in people]


def _affiliations(people: Iterable[etree._Element]) -> list[list[str]]:
    return [[_text(e) for e in person.iter("Affiliation")] for person in people]


def _heading(element: etree._Element | None) -> tuple[str, str, str]:
    return _text(element), _get(element, "UI"), _get(element, "MajorTopicYN") or "N"


def _days(dates: Iterable[etree._Element]) -> list[str]:
    return ["-".join(_text(date.find(p)) for p in ("Year", "Month", "Day")) for date in dates]


def _part(part: Any) -> tuple[str, str]:
    return tidy(html.unescape(part.attributes.get("Label", ""))), plain(part)


def _named(name: Any) -> tuple[str, str, str]:
    if name is None:
        return "", "", "N"
    return plain(name), name.attributes.get("UI", ""), name.attributes.get("MajorTopicYN", "N")


def _day(date: Any) -> str:
    return "-".join(plain(date.get(name, "")) for name in ("Year", "Month", "Day"))
