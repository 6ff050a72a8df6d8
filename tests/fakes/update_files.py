"""Baseline and update files of made-up records, as NLM packs and names them."""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """What a test says of a record."""

    pmid: int
    title: str = "Lorvexine for tremor"
    version: int = 1
    revised_on: date | None = date(2026, 1, 23)


def write_update_file(
    folder: Path,
    number: int,
    entries: Iterable[Entry],
    *,
    deleted: Iterable[int] = (),
    with_md5: bool = True,
) -> Path:
    """Write ``pubmed26nNNNN.xml.gz`` and the checksum beside it; return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / f"pubmed26n{number:04}.xml.gz"
    path.write_bytes(gzip.compress(build_xml(entries, deleted), mtime=0))
    if with_md5:
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        path.with_name(f"{path.name}.md5").write_text(f"MD5({path.name})= {digest}\n")
    return path


def build_xml(entries: Iterable[Entry], deleted: Iterable[int] = ()) -> bytes:
    """Return a ``PubmedArticleSet``, its deletion notices last."""
    pmids = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    notice = f"<DeleteCitation>{pmids}</DeleteCitation>" if pmids else ""
    articles = "\n".join(map(_article, entries))
    return f"<PubmedArticleSet>\n{articles}\n{notice}</PubmedArticleSet>".encode()


def _article(entry: Entry) -> str:
    revised = (
        f"<DateRevised><Year>{entry.revised_on:%Y}</Year><Month>{entry.revised_on:%m}</Month>"
        f"<Day>{entry.revised_on:%d}</Day></DateRevised>"
        if entry.revised_on
        else ""
    )
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="{entry.version}">{entry.pmid}</PMID>{revised}'
        f'<Article PubModel="Print"><ArticleTitle>{entry.title}</ArticleTitle></Article>'
        "</MedlineCitation></PubmedArticle>"
    )
