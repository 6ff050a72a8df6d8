"""Any number of PubMed records, made from given ones by giving them new PMIDs."""

import gzip
import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from litsweep.errors import MalformedReply
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

HEAD = (
    b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle,'
    b' 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    b"<PubmedArticleSet>\n"
)
TAIL = b"\n</PubmedArticleSet>\n"
_PMID = re.compile(rb"(<PMID[^>]*>)[0-9]+(</PMID>)")
_ABSTRACT = re.compile(rb"<AbstractText.*?</AbstractText>", re.DOTALL)
_SENTENCE_END = re.compile(rb"\.(?=\s|<)")
_TITLE = re.compile(rb"<ArticleTitle[^>]*>")
_DOI = re.compile(rb'((?:<ArticleId IdType|<ELocationID EIdType)="doi"[^>]*>[^<]*)')
_PMCID = re.compile(rb'<ArticleId IdType="pmc">[^<]*</ArticleId>')


def read_records(folder: Path) -> Iterator[bytes]:
    """Yield the bytes of every journal article below ``folder``."""
    for path in sorted(folder.rglob("*.xml*")):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        elif path.suffix != ".xml":
            continue
        try:
            fetched = parse_record_set(data).records
        except MalformedReply:
            continue
        yield from (one.raw_xml for one in fetched if one.raw_xml.startswith(b"<PubmedArticle"))


def build_set(distinct: Sequence[bytes], n_records: int) -> bytes:
    """Return one ``PubmedArticleSet`` of ``n_records``, repeated under the PMIDs 1, 2, 3, …"""
    return HEAD + b"\n".join(_repeat(distinct, range(1, n_records + 1))) + TAIL


def write_set(path: Path, distinct: Sequence[bytes], pmids: range) -> Path:
    """Write to ``path`` one ``PubmedArticleSet`` of any size, repeated under ``pmids``."""
    with path.open("wb") as stream:
        stream.write(HEAD)
        stream.writelines(raw + b"\n" for raw in _repeat(distinct, pmids))
        stream.write(TAIL)
    return path


def write_folder(folder: Path, n_records: int) -> Path:
    """Write ``n_records`` without full texts, made from the sample data, for a sandbox to serve.

    Each copy differs from the others, down to the sentences of its abstract: a reader looks at
    equal sentences only once, and equal records are duplicates.
    """
    distinct = list(read_records(sample_data()))
    copies = (make_distinct(raw, n) for n, raw in zip(range(n_records), cycle(distinct)))
    (folder / "records.xml").write_bytes(build_set(list(copies), n_records))
    return folder


def _repeat(distinct: Sequence[bytes], pmids: range) -> Iterator[bytes]:
    return (_PMID.sub(rb"\g<1>%d\2" % n, raw, count=1) for n, raw in zip(pmids, cycle(distinct)))


def make_distinct(raw: bytes, number: int) -> bytes:
    """Return a record with a title, a DOI and an abstract that no other copy of it has."""
    titled = _TITLE.sub(b"<ArticleTitle>Number %d. " % number, _PMCID.sub(b"", raw), count=1)
    return _number_sentences(_DOI.sub(rb"\g<1>.%d" % number, titled), number)


def _number_sentences(raw: bytes, number: int) -> bytes:
    return _ABSTRACT.sub(
        lambda abstract: _SENTENCE_END.sub(b" in group %d." % number, abstract[0]), raw
    )
