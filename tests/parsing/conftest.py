"""Plainly fictitious records and reports, small enough to read in a test."""

from collections.abc import Callable

import pytest

PROLOG = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"'
    ' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)


@pytest.fixture
def article() -> Callable[..., str]:
    """Build one ``PubmedArticle`` from parts, everything else absent."""

    def build(
        pmid: int | str = 901, inside: str = "", citation: str = "", data: str = "<History/>"
    ) -> str:
        return (
            f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
            f'<PMID Version="1">{pmid}</PMID><Article>{inside}</Article>{citation}'
            f"</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"
        )

    return build


@pytest.fixture
def record_set() -> Callable[..., bytes]:
    """Wrap records in a set with NCBI's own prolog."""

    def build(*records: str) -> bytes:
        body = "\n".join(records)
        return f"{PROLOG}<PubmedArticleSet>\n{body}\n</PubmedArticleSet>\n".encode()

    return build


@pytest.fixture
def jats() -> Callable[..., bytes]:
    """Build a JATS article from parts."""

    def build(body: str = "", meta: str = "", back: str = "", outside: str = "") -> bytes:
        return (
            '<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS.dtd">'
            '<article xmlns:xlink="http://www.w3.org/1999/xlink"'
            ' xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:ali="http://www.niso.org/ali"'
            ' article-type="research-article" xml:lang="en"><front><article-meta>'
            f"{meta}</article-meta></front>{body}<back>{back}</back>{outside}</article>"
        ).encode()

    return build
