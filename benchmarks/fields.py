"""Field by field: what litsweep reads of real records, beside what two other readers find.

Run ``python -m benchmarks.fields --corpus DIR``. Every distinct record of the XML files in
DIR/pubmed is read by litsweep, by XPath (`benchmarks/other_readers.py`), and by Bio.Entrez where it
can. Where values differ, what is known to differ is taken out of the other reader's value, a
named step at a time; what then still differs is unexplained.
"""

import argparse
import copy
import gzip
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
from pathlib import Path
from typing import Any, Final

from lxml import etree

from benchmarks.other_readers import Fields, parse_element, read_by_entrez, read_by_xpath, tidy
from litsweep.domain.records import Author, FetchedRecord, Record
from litsweep.parsing.pubmed import parse_record_set

Step = Callable[[Any, etree._Element], Any]
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_ID_KINDS: Final = (("doi",), ("pmc", "pmcid"))


@dataclass(slots=True)
class Tally:
    """What became of one field, read by one other reader."""

    n_compared: int = 0
    n_equal: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[tuple[int, Any, Any]] = field(default_factory=list)


def main() -> None:
    """Compare, and print the table; the exit status tells whether all is explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    records = list(distinct_records(parser.parse_args().corpus))
    if not records:
        sys.exit("There are no PubMed records in that folder.")
    tallies, n_refused = compare(records)
    print(f"{len(records)} distinct records; Bio.Entrez refuses {n_refused} of them")
    print(f"{'field':28}{'reader':11}{'compared':>9}{'equal':>7}{'explained':>10}{'open':>6}")
    for (name, reader), tally in sorted(tallies.items()):
        n_explained = tally.n_compared - tally.n_equal - len(tally.unexplained)
        print(
            f"{name:28}{reader:11}{tally.n_compared:9}{tally.n_equal:7}{n_explained:10}"
            f"{len(tally.unexplained):6}"
        )
        for reason, n in tally.explained.most_common():
            print(f"    {n:5}  {reason}")
        for pmid, ours, theirs in tally.unexplained[:3]:
            print(f"    {pmid}: {str(ours)[:200]!r} / {str(theirs)[:200]!r}")
    sys.exit(any(tally.unexplained for tally in tallies.values()))


def distinct_records(corpus: Path) -> Iterator[FetchedRecord]:
    """Yield every journal article of the XML files in ``corpus/pubmed``, the same bytes once."""
    seen: set[bytes] = set()
    for path in sorted((corpus / "pubmed").iterdir()):
        if ".xml" not in path.suffixes or path.suffix == ".md5":
            continue
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        for fetched in parse_record_set(data).records:
            if fetched.raw_xml not in seen and not fetched.record.is_book:
                seen.add(fetched.raw_xml)
                yield fetched


def compare(records: list[FetchedRecord]) -> tuple[dict[tuple[str, str], Tally], int]:
    """Return the tallies by field and reader, and how many records Bio.Entrez refused."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    n_refused = 0
    read_by_others = read_by_entrez([fetched.raw_xml for fetched in records])
    for fetched, by_entrez in zip(records, read_by_others, strict=True):
        element = parse_element(fetched.raw_xml)
        ours = fields_of(fetched.record)
        n_refused += by_entrez is None
        for reader, theirs in (("XPath", read_by_xpath(element)), ("Bio.Entrez", by_entrez or {})):
            for name, value in theirs.items():
                if name in ours:
                    _judge(tallies[name, reader], name, ours, value, element)
    return tallies, n_refused


def _judge(tally: Tally, name: str, ours: Fields, theirs: Any, element: etree._Element) -> None:
    tally.n_compared += 1
    wanted = ours[name]
    value = SHAPES[name](theirs) if name in SHAPES else theirs
    if value == wanted:
        tally.n_equal += 1
        return
    reasons = []
    for reason, step in STEPS.get(name, ()):
        changed = step(value, element)
        if changed != value:
            reasons.append(reason)
            value = changed
        if value == wanted:
            tally.explained.update(reasons)
            return
    tally.unexplained.append((int(ours["pmid"]), wanted, value))


def fields_of(record: Record) -> Fields:
    """Return a record's fields in the other readers' shape."""
    journal = record.journal
    return {
        "pmid": str(record.pmid),
        "title": record.title,
        "vernacular title": record.vernacular_title or "",
        "abstract": [(part.label or "", part.text) for part in record.abstract],
        "copyright": record.copyright_information or "",
        "other abstracts": [
            (other.kind, other.language, other.text) for other in record.other_abstracts
        ],
        "authors": [_name(author) for author in record.authors],
        "affiliations": [list(author.affiliations) for author in record.authors],
        "ORCID": [author.orcid or "" for author in record.authors],
        "investigators": [_name(person) for person in record.investigators],
        "journal": [
            journal.title or "",
            journal.iso_abbreviation or "",
            journal.medline_abbreviation or "",
            journal.nlm_unique_id or "",
            journal.issn or "",
            journal.issn_linking or "",
        ],
        "volume": journal.volume or "",
        "issue": journal.issue or "",
        "pages": journal.pages or "",
        "publication date": record.publication_date.text,
        "created (CRDT)": record.created_on,
        "revised": record.revised_on,
        **({"completed": record.completed_on} if hasattr(record, "completed_on") else {}),
        "languages": list(record.languages),
        "publication types": [(kind.name, kind.ui or "") for kind in record.publication_types],
        "MeSH": [
            (
                *(mesh.name, mesh.ui or "", "Y" if mesh.is_major else "N"),
                [(q.name, q.ui or "", "Y" if q.is_major else "N") for q in mesh.qualifiers],
            )
            for mesh in record.mesh_headings
        ],
        "chemicals": [(c.name, c.ui or "", c.registry_number or "") for c in record.chemicals],
        "keywords": [(keyword.text, keyword.owner) for keyword in record.keywords],
        "grants": [
            (g.grant_number or "", g.acronym or "", g.agency or "", g.country or "")
            for g in record.grants
        ],
        "data banks": [(bank.data_bank, bank.accession) for bank in record.data_banks],
        "ids": [
            record.doi or "",
            record.pmcid or "",
            [value for kind, value in record.other_ids if kind == "pii"],
        ],
        "comments and corrections": [
            (link.ref_type, link.ref_source or "", str(link.pmid or ""), link.note or "")
            for link in record.corrections
        ],
        "references": record.n_references,
        "interests": record.conflict_of_interest or "",
    }


def _name(person: Author) -> tuple[str, ...]:
    parts = (person.last_name, person.fore_name, person.initials, person.suffix)
    return tuple(part or "" for part in (*parts, person.collective_name))


def _first_day(days: list[str]) -> date | None:
    """Read ``2024-Mar-05`` or ``2024-3-5`` without litsweep's own reader."""
    for day in days:
        year, month, day_of_month = day.split("-")
        number = _MONTHS.find(month[:3].lower()) // 3 + 1 if month.isalpha() else month
        try:
            return date(int(year), int(number), int(day_of_month))
        except ValueError:
            continue
    return None


def _lines(abstracts: list[tuple[str, str, list[tuple[str, str]]]]) -> list[tuple[str, str, str]]:
    return [
        (kind, language, "\n".join(f"{label}: {text}" if label else text for label, text in parts))
        for kind, language, parts in abstracts
    ]


def _date_text(parts: list[str]) -> str:
    return " ".join(filter(None, parts[:4])) or parts[4]


def _pages(parts: list[str]) -> str:
    """Take ``MedlinePgn``, else first and last page."""
    return parts[2] or "-".join(filter(None, parts[:2]))


def _own_ids(ids: list[tuple[str, str]]) -> list[Any]:
    """Take the first DOI, the first PMCID, and each PII once."""
    firsts = [next((text for kind, text in ids if kind in names), "") for names in _ID_KINDS]
    return [*firsts, list(dict.fromkeys(text for kind, text in ids if kind == "pii" and text))]


# What the other readers' values are in litsweep's terms. Nothing is judged, only chosen where
# litsweep keeps one of several.
SHAPES: Final[dict[str, Callable[[Any], Any]]] = {
    "created (CRDT)": _first_day,
    "revised": _first_day,
    "completed": _first_day,
    "other abstracts": _lines,
    "publication date": _date_text,
    "pages": _pages,
    "ids": _own_ids,
    "ORCID": lambda values: [next(iter(found), "") for found in values],
}


def _listed_pmid(_: str, element: etree._Element) -> str:
    ids = _children(element, "PubmedData/ArticleIdList/ArticleId[@IdType='pubmed']")
    return tidy(ids[0].text or "") if ids else ""


def _children(element: etree._Element, path: str) -> list[etree._Element]:
    return element.findall(path) or element.findall(f"MedlineCitation/{path}")


def _people(path: str, *left_out: Callable[[etree._Element], bool]) -> Step:
    """Leave out those people of a list for whom the last of ``left_out`` holds.

    The values are of those for whom none of the earlier ones does.
    """

    def step(values: list[Any], element: etree._Element) -> list[Any]:
        people = _children(element, path)
        for is_out in left_out[:-1]:
            people = [person for person in people if not is_out(person)]
        kept = [not left_out[-1](person) for person in people]
        return list(compress(values, kept)) if len(kept) == len(values) else values

    return step


def _is_superseded(person: etree._Element) -> bool:
    return person.get("ValidYN") == "N"


def _is_nameless(person: etree._Element) -> bool:
    names = (child for child in person if child.tag.endswith(("Name", "Initials")))
    return not any((name.text or "").strip() for name in names)


def _first_names(values: list[Any], element: etree._Element) -> list[Any]:
    names = [person.findtext("FirstName") for person in _children(element, _AUTHORS)]
    return [
        (value[0], tidy(name), *value[2:]) if name else value
        for value, name in zip(values, names, strict=True)
    ]


def _join_formulas(_: list[Any], element: etree._Element) -> list[Any]:
    flat = copy.deepcopy(element)
    for formula in list(flat.iter("{*}math")):
        text, tail = "".join("".join(map(str, formula.itertext())).split()), formula.tail
        formula.clear()
        formula.text, formula.tail = text, tail
    fields: list[Any] = read_by_xpath(flat)["abstract"]
    return fields


def _first_pmid(value: str, element: etree._Element) -> str:
    pmids = _children(element, "PMID")
    return tidy(pmids[0].text or "") if len(pmids) > 1 else value


def _spell_orcid(values: list[str], _: etree._Element) -> list[str]:
    digits = [re.sub(r"[^0-9X]", "", value.upper().rpartition("/")[2]) for value in values]
    return ["-".join(d[i : i + 4] for i in range(0, 16, 4)) if d else "" for d in digits]


def _first_of_each(values: list[Any], _: etree._Element) -> list[Any]:
    return list(dict.fromkeys(values))


def _spell_doi(values: list[Any], _: etree._Element) -> list[Any]:
    doi = re.sub(r"\s|^https?://(dx\.)?doi\.org/|^doi:", "", values[0], flags=re.IGNORECASE)
    return [doi.lower(), *values[1:]]


def _drop_other_doi(values: list[Any], _: etree._Element) -> list[Any]:
    return [values[0] if values[0].startswith("10.") else "", *values[1:]]


def _spell_pmcid(values: list[Any], _: etree._Element) -> list[Any]:
    found = re.search(r"(?:PMC|^)([1-9][0-9]*)", values[1])
    return [values[0], f"PMC{found[1]}" if found else "", values[2]]


def _count_cites(value: int, element: etree._Element) -> int:
    path = "CommentsCorrectionsList/CommentsCorrections[@RefType='Cites']"
    return value or len(_children(element, path))


def _without(is_left_out: Callable[[Any], bool]) -> Step:
    return lambda values, _: [value for value in values if not is_left_out(value)]


def _mapped(change: Callable[[Any], Any]) -> Step:
    return lambda values, _: [change(value) for value in values]


_AUTHORS: Final = "Article/AuthorList/Author"
_SUPERSEDED: Final = "a spelling that NLM has superseded (ValidYN=N) is left out"
_PEOPLE: Final = (
    (_SUPERSEDED, _people(_AUTHORS, _is_superseded)),
    ("an author without any name", _people(_AUTHORS, _is_superseded, _is_nameless)),
)
# Taken one after the other, each only where it changes something.
STEPS: Final[dict[str, tuple[tuple[str, Step], ...]]] = {
    "pmid": (
        ("of two PMIDs Bio.Entrez keeps the last, litsweep the first", _first_pmid),
        ("there is no PMID but in the ArticleIdList", _listed_pmid),
    ),
    "authors": (("FirstName is ForeName's name in old records", _first_names), *_PEOPLE),
    "affiliations": _PEOPLE,
    "ORCID": (
        *_PEOPLE,
        ("an ORCID in another of its four spellings", _spell_orcid),
    ),
    "investigators": ((_SUPERSEDED, _people("InvestigatorList/Investigator", _is_superseded)),),
    "abstract": (
        ("white space between the tokens of a formula is layout", _join_formulas),
        (
            "NLM's filler UNLABELLED is no label",
            _mapped(lambda part: ("", part[1]) if part[0] == "UNLABELLED" else part),
        ),
        ("an empty part is none", _without(lambda part: not any(part))),
    ),
    "other abstracts": (
        (
            "Type and Language have defaults in the DTD",
            _mapped(lambda other: (other[0] or "Publisher", other[1] or "eng", other[2])),
        ),
    ),
    "keywords": (
        ("an empty keyword is none", _without(lambda keyword: not keyword[0])),
        ("Owner has a default in the DTD", _mapped(lambda k: (k[0], k[1] or "NLM"))),
    ),
    "MeSH": (("a heading without descriptor is none", _without(lambda mesh: not any(mesh[:2]))),),
    "grants": (("a grant that is listed twice is one", _first_of_each),),
    "comments and corrections": (
        ("Cites are references, counted there", _without(lambda link: link[0] == "Cites")),
    ),
    "references": (("before 2019 references are Cites", _count_cites),),
    "ids": (
        ("a DOI in lower case, without blanks and resolver", _spell_doi),
        ("a text that is no DOI stays with the other ids", _drop_other_doi),
        ("a PMCID with its prefix, without its version", _spell_pmcid),
    ),
}


if __name__ == "__main__":
    main()
