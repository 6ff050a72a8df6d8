import gzip

import pytest

from litsweep_app.sandbox.files import Skipped, Source, read_source

SET = "<PubmedArticleSet>é</PubmedArticleSet>"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "utf-8-sig", "windows-1252"])
def test_other_encodings_become_utf8(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{SET}'
    source = read_source("a.xml", text.encode(encoding))
    assert isinstance(source, Source)
    assert SET.encode() in source.content


def test_a_false_claim_of_utf16_is_not_believed() -> None:
    text = f'<?xml version="1.0" encoding="utf-16"?>{SET}'
    source = read_source("a.xml", text.encode())
    assert isinstance(source, Source)
    assert SET.encode() in source.content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PMID- 123\nTI  - x", "NBIB"),
        (b"a,b\n1,2", "not XML"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"\x1f\x8bbroken", "gzip data is broken"),
        (b'<?xml version="1.0" encoding="no-such-thing"?><a/>', "encoding"),
        (gzip.compress(b"not xml", mtime=0), "not XML"),
    ],
)
def test_other_files_are_skipped_with_a_reason(content: bytes, reason: str) -> None:
    skipped = read_source("a", content)
    assert isinstance(skipped, Skipped)
    assert reason in skipped.reason


def test_gzip_is_known_by_its_content_even_in_several_members() -> None:
    packed = gzip.compress(b"<PubmedArticleSet>") + gzip.compress(b"</PubmedArticleSet>")
    source = read_source("without-ending", packed)
    assert isinstance(source, Source)
    assert source.content == b"<PubmedArticleSet></PubmedArticleSet>"
    assert source.note is None


def test_a_cut_gzip_gives_what_stands_before_the_cut() -> None:
    packed = gzip.compress(b"<a>" + bytes(range(97, 122)) * 4000)
    source = read_source("a.xml.gz", packed[:-20])
    assert isinstance(source, Source)
    assert source.content.startswith(b"<a>abc")
    assert source.note is not None
