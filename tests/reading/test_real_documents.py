"""Real abstracts and reports are read without a failure, and every quotation is exact."""

from pathlib import Path

from litsweep.domain.documents import Document
from litsweep.errors import MalformedReply
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.jats import parse_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.summarize import summarize_abstracts
from tests.fakes.engine import options_for


def _abstracts(folder: Path) -> list[Document]:
    documents: list[Document] = []
    for path in sorted(folder.glob("*.xml")):
        try:
            records = parse_record_set(path.read_bytes()).records
        except MalformedReply:
            continue  # the parser's tests are about those
        documents.extend(build_document(fetched.record) for fetched in records[:20])
    return documents


def test_abstracts_are_quoted_word_for_word(corpus: Path) -> None:
    documents = _abstracts(corpus / "pubmed")
    readings = summarize_abstracts(
        documents, engine=None, encoder=None, options=options_for(None, max_new_tokens=64)
    )
    assert len(readings) == len(documents) > 50
    for reading in readings:
        assert reading.failure is None
        assert len(reading.summaries) == int(reading.route.is_readable)
        for summary in reading.summaries:
            assert not summary.is_flagged, summary
            for sentence in summary.sentences:
                assert sentence.source is not None
                span = sentence.source
                assert reading.document.text[span.start : span.end] == sentence.text


def test_reports_are_quoted_word_for_word(corpus: Path) -> None:
    paths = sorted((corpus / "pmc").glob("*PMC4*.xml"))[:12]
    documents = [parse_document(path.read_bytes()) for path in paths]
    readings = analyze_reports(
        documents, engine=None, encoder=None, options=options_for(None, max_new_tokens=64)
    )
    n_found = 0
    for reading in readings:
        assert reading.failure is None
        if reading.analysis is None:
            assert not reading.route.is_readable
            continue
        for finding in reading.analysis.findings:
            if finding.source is not None:
                span = finding.source
                assert reading.document.text[span.start : span.end] == finding.quote
                n_found += 1
    assert n_found > 4 * len(paths)
