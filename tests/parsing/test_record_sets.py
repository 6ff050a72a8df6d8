"""What is a set of records, what is refused, and that no record is lost."""

import io
from collections.abc import Callable

import pytest

from litsweep.domain.records import Deletion, FetchedRecord, RecordFailure
from litsweep.errors import MalformedReply
from litsweep.parsing import record_sets
from litsweep.parsing.pubmed import iter_record_set, parse_record_set

Article = Callable[..., str]
RecordSetBuilder = Callable[..., bytes]


def test_every_record_comes_with_its_exact_bytes(
    article: Article, record_set: RecordSetBuilder
) -> None:
    first = article(901, "<ArticleTitle>One &amp;\n two</ArticleTitle>")
    second = article(902).replace("<PubmedArticle>", '<PubmedArticle  Note="a>b" >')
    result = parse_record_set(record_set(first, second))
    assert [fetched.record.pmid for fetched in result.records] == [901, 902]
    assert [fetched.raw_xml for fetched in result.records] == [first.encode(), second.encode()]
    assert result.failures == ()


def test_an_empty_set_is_empty(record_set: RecordSetBuilder) -> None:
    result = parse_record_set(record_set())
    assert (result.records, result.failures, result.deleted_pmids) == ((), (), ())


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b" \n ",
        b'<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE PubmedArticleSet SYSTEM "x.dtd">\n',
        b"<html><body>Service unavailable</body></html>",
        b"<!DOCTYPE html>\n<html></html>",
        b'{"error":"API rate limit exceeded"}',
        b"Bad gateway",
        b"<eSearchResult><Count>0</Count></eSearchResult>",
        b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><PubmedArticleSet/>',
        b'<!DOCTYPE a SYSTEM "a>[b" [<!ENTITY x SYSTEM "file:///etc/passwd">]><PubmedArticleSet/>',
        b"<PubmedArticleSet>Something went wrong</PubmedArticleSet>",
        b'<?xml version="1.0" encoding="no-such"?><PubmedArticleSet/>',
        b'<?xml version="1.0" encoding="utf-16"?><PubmedArticleSet/>x',
    ],
)
def test_what_is_no_record_set_is_refused(reply: bytes) -> None:
    with pytest.raises(MalformedReply):
        parse_record_set(reply)


def test_an_error_beside_records_is_refused_with_its_words(
    article: Article, record_set: RecordSetBuilder
) -> None:
    key = "0123456789abcdef0123456789abcdef4242"
    reply = record_set(article(901), f"<ERROR>No query #1 for {key} of a@example.org</ERROR>")
    with pytest.raises(MalformedReply, match="No query #1") as caught:
        parse_record_set(reply)
    assert key not in str(caught.value)
    assert "a@example.org" not in str(caught.value)


def test_a_set_cut_anywhere_is_refused(article: Article, record_set: RecordSetBuilder) -> None:
    reply = record_set(article(901, "<ArticleTitle>Whole</ArticleTitle>"), article(902)).rstrip()
    for length in range(len(reply)):
        with pytest.raises(MalformedReply):
            parse_record_set(reply[:length])


def test_a_broken_record_leaves_its_neighbours(
    article: Article, record_set: RecordSetBuilder
) -> None:
    broken = article(902, "<ArticleTitle>Bad & worse</ArticleTitle>")
    result = parse_record_set(record_set(article(901), broken, article(903)))
    assert [fetched.record.pmid for fetched in result.records] == [901, 903]
    (failure,) = result.failures
    assert failure.pmid == 902
    assert failure.raw_xml == broken.encode()
    assert "unreadable" in failure.reason


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_record_that_is_never_closed_leaves_its_neighbours(
    place: int, article: Article, record_set: RecordSetBuilder
) -> None:
    records = [article(901), article(902), article(903)]
    records[place] = records[place].removesuffix("</PubmedArticle>")
    result = parse_record_set(record_set(*records))
    assert [failure.pmid for failure in result.failures] == [901 + place]
    assert len(result.records) == 2


def test_bytes_that_are_no_characters_fail_one_record_only(
    article: Article, record_set: RecordSetBuilder
) -> None:
    reply = record_set(article(901), article(902, "<ArticleTitle>?</ArticleTitle>"))
    result = parse_record_set(reply.replace(b"?</ArticleTitle>", b"\xff\xfe</ArticleTitle>"))
    assert [fetched.record.pmid for fetched in result.records] == [901]
    assert [failure.pmid for failure in result.failures] == [902]


def test_a_record_without_pmid_is_a_failure(article: Article, record_set: RecordSetBuilder) -> None:
    result = parse_record_set(record_set(article("none"), "<PubmedArticle/>", article(902)))
    assert [failure.pmid for failure in result.failures] == [None, None]
    assert [fetched.record.pmid for fetched in result.records] == [902]


def test_a_missing_pmid_is_taken_from_the_record_s_own_ids(
    article: Article, record_set: RecordSetBuilder
) -> None:
    ids = '<ArticleIdList><ArticleId IdType="pubmed">905</ArticleId></ArticleIdList>'
    result = parse_record_set(record_set(article("", data=ids)))
    assert [fetched.record.pmid for fetched in result.records] == [905]


def test_tags_in_comments_and_cdata_are_no_records(
    article: Article, record_set: RecordSetBuilder
) -> None:
    comment = "<!-- <PubmedArticle> </PubmedArticle> -->"
    title = "<ArticleTitle><![CDATA[</PubmedArticle> & <b>]]><!-- x --> end</ArticleTitle>"
    result = parse_record_set(record_set(comment, article(901, title)))
    assert [fetched.record.title for fetched in result.records] == ["</PubmedArticle> & <b> end"]
    assert result.failures == ()


def test_deletions_are_told() -> None:
    reply = (
        b"<PubmedArticleSet><DeleteCitation><PMID>7</PMID><PMID>8</PMID></DeleteCitation>"
        b"</PubmedArticleSet>"
    )
    assert parse_record_set(reply).deleted_pmids == (7, 8)


@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "<MedlineCitationSet>{}</MedlineCitationSet>",
        '<soap:Body xmlns:soap="urn:soap" xmlns="urn:eutils"><R>{}</R></soap:Body>',
        "<!-- a licence --><?x y?><Wrapper><PubmedArticleSet>{}</PubmedArticleSet></Wrapper>",
    ],
)
def test_records_are_found_in_any_wrapper(wrapper: str) -> None:
    citation = "<MedlineCitation><PMID>77</PMID></MedlineCitation>"
    result = parse_record_set(wrapper.format(citation).encode())
    assert [fetched.record.pmid for fetched in result.records] == [77]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_give_utf8_records(encoding: str, article: Article) -> None:
    title = "<ArticleTitle>Müller’s cells</ArticleTitle>".replace("’", "'")
    reply = (
        f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
        f"<PubmedArticleSet>{article(901, title)}</PubmedArticleSet>"
    )
    (fetched,) = parse_record_set(reply.encode(encoding)).records
    assert fetched.record.title == "Müller's cells"
    assert fetched.raw_xml == article(901, title).encode()


def test_prefixes_and_entities_of_the_surroundings_are_understood(article: Article) -> None:
    title = "<ArticleTitle>&alpha; <m:math><m:mi>x</m:mi></m:math></ArticleTitle>"
    reply = f'<PubmedArticleSet xmlns:m="urn:m">{article(901, title)}</PubmedArticleSet>'
    (fetched,) = parse_record_set(reply.encode()).records
    assert fetched.record.title == "α x"


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, whatever it is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


def test_a_stream_gives_what_the_whole_gives(
    article: Article, record_set: RecordSetBuilder
) -> None:
    comment = "<!-- <PubmedArticle> </PubmedArticle> -->"
    hidden = "<![CDATA[</PubmedArticle> & <b>]]><!-- </PubmedArticle> -->"
    title = f"<ArticleTitle>{hidden} ü</ArticleTitle>"
    unclosed = article(904).removesuffix("</PubmedArticle>")
    reply = record_set(
        comment,
        article(901, title),
        article(902, "<ArticleTitle>Bad & worse</ArticleTitle>"),
        "<PubmedArticle/>",
        article(903).replace("</PubmedArticle>", "</PubmedArticle >"),
        unclosed,
        article(905),
        "<DeleteCitation><PMID>7</PMID></DeleteCitation>",
    )
    whole = parse_record_set(reply)
    assert [fetched.record.pmid for fetched in whole.records] == [901, 903, 905]
    assert [failure.pmid for failure in whole.failures] == [902, None, 904]
    results = list(iter_record_set(Trickle(reply)))
    assert [one for one in results if isinstance(one, FetchedRecord)] == list(whole.records)
    assert [one for one in results if isinstance(one, RecordFailure)] == list(whole.failures)
    assert results[-1] == Deletion(pmid=7)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_a_stream_in_another_encoding(encoding: str, article: Article) -> None:
    title = "<ArticleTitle>Müller's cells</ArticleTitle>"
    reply = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f"<PubmedArticleSet>{article(901, title)}</PubmedArticleSet>"
    )
    (fetched,) = iter_record_set(Trickle(reply.encode(encoding)))
    assert isinstance(fetched, FetchedRecord)
    assert fetched.raw_xml == article(901, title).encode()


def test_a_cut_stream_gives_its_whole_records_and_then_fails(
    article: Article, record_set: RecordSetBuilder
) -> None:
    reply = record_set(article(901), article(902), article(903))
    results = iter_record_set(io.BytesIO(reply[: reply.index(b">903<")]))
    assert [next(results), next(results)] == list(parse_record_set(reply).records[:2])
    with pytest.raises(MalformedReply, match="broken or cut"):
        next(results)


def test_a_stream_is_not_read_ahead_of_need(article: Article, record_set: RecordSetBuilder) -> None:
    """So that memory does not grow with the file."""
    reply = record_set(*(article(number) for number in range(1, 20_000)))
    stream = io.BytesIO(reply)
    results = iter_record_set(stream)
    next(results)
    assert stream.tell() < 1_000_000 < len(reply)


@pytest.mark.parametrize("text", ["<PubmedArticle>{}", "<x>{}</x>"])
def test_what_is_too_large_for_a_record_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_sets, "_MAX_BYTES", 1_000_000)
    reply = f"<PubmedArticleSet>{text.format('a' * 5_000_000)}</PubmedArticleSet>".encode()
    with pytest.raises(MalformedReply, match="no PubMed reply"):
        parse_record_set(reply)


def test_a_declaration_behind_a_long_comment_is_refused(article: Article) -> None:
    reply = (
        f"<!-- {'-x' * 300_000} --><!DOCTYPE a [<!ENTITY x '{article(901)}'>]>"
        f"<PubmedArticleSet>{article(902)}</PubmedArticleSet>"
    )
    with pytest.raises(MalformedReply, match="document type of its own"):
        next(iter_record_set(io.BytesIO(reply.encode())))
