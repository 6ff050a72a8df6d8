"""Input made to hurt: refused or stored exactly, at little cost, nothing fetched, nothing read.

Every case runs in a process with limits (`tests/fakes/cage.py`). A record that is refused
becomes a failure with its bytes, and the records around it are unharmed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from litsweep.domain.records import FetchedRecord, RecordSet
from tests.fakes.cage import MOST_BYTES, Cage, Outcome
from tests.fakes.traps import SECRET, Traps

PUBLIC = '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "{}">'
MILLION = 1_000_000
AUTHOR = (
    '<Author ValidYN="Y"><LastName>N{}</LastName><ForeName>Ann B</ForeName><Initials>AB</Initials>'
    "<AffiliationInfo><Affiliation>Department {}, University</Affiliation></AffiliationInfo>"
    "<AffiliationInfo><Affiliation>Hospital, City, Country</Affiliation></AffiliationInfo></Author>"
)


def a_record(pmid: object = 901, inside: str = "", citation: str = "", data: str = "") -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID>'
        f"<Article>{inside}</Article>{citation}</MedlineCitation><PubmedData>{data}</PubmedData>"
        "</PubmedArticle>"
    )


def a_set(*records: str) -> str:
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"


def titled(title: str, pmid: object = 901) -> str:
    return a_record(pmid, f"<ArticleTitle>{title}</ArticleTitle>")


def among_others(record: str) -> str:
    return a_set(titled("before", 900), record, titled("after", 902))


def nested(name: str, n_levels: int, core: str = "core") -> str:
    return f"<{name}>" * n_levels + core + f"</{name}>" * n_levels


def a_report(body: str = "", title: str = "") -> str:
    return (
        f"<article><front><article-meta><title-group><article-title>{title}</article-title>"
        f"</title-group></article-meta></front><body>{body}</body></article>"
    )


def bomb(root: str, use: str) -> dict[str, str]:
    """Entities that grow by ten a step, one long one used often, and one within itself."""
    steps = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return {
        "laughs": f'<!DOCTYPE {root} [<!ENTITY a0 "lol">{steps}]>{use.format("&a9;")}',
        "quadratic": f'<!DOCTYPE {root} [<!ENTITY a "{"x" * 50_000}">]>'
        + use.format("&a;" * 50_000),
        "loop": f'<!DOCTYPE {root} [<!ENTITY a "&b;"><!ENTITY b "&a;">]>{use.format("&a;")}',
        "parameters": f'<!DOCTYPE {root} [<!ENTITY % a "{"x" * 50_000}">'
        f'<!ENTITY % b "{"%a;" * 9_000}"> %b;]>{use.format("x")}',
    }


def outside(root: str, use: str, address: str) -> dict[str, str]:
    """Every way in which a document can name something outside of it."""
    return {
        "entity": f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{address}">]>{use.format("&x;")}',
        "public entity": f'<!DOCTYPE {root} [<!ENTITY x PUBLIC "p" "{address}">]>'
        + use.format("&x;"),
        "parameter entity": f'<!DOCTYPE {root} [<!ENTITY % x SYSTEM "{address}"> %x;]>'
        + use.format("&y;"),
        "system": f'<!DOCTYPE {root} SYSTEM "{address}">{use.format("&x;")}',
        "public": f'<!DOCTYPE {root} PUBLIC "p" "{address}">{use.format("&x;")}',
        "both": f'<!DOCTYPE {root} PUBLIC "p" "{address}" [<!ENTITY x SYSTEM "{address}">]>'
        + use.format("&x;"),
        "in a comment's shadow": f"<!-- <!DOCTYPE {root}> --><!DOCTYPE {root} "
        f'[<!ENTITY x SYSTEM "{address}">]>{use.format("&x;")}',
        "stylesheet": f'<?xml-stylesheet href="{address}"?>{use.format("x")}',
        "inclusion": use.format(
            f'<i xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{address}"'
            ' parse="text"/></i>'
        ),
        "schema": use.format(
            '<i xmlns:s="http://www.w3.org/2001/XMLSchema-instance"'
            f' s:schemaLocation="u {address}" s:noNamespaceSchemaLocation="{address}">x</i>'
        ),
    }


def cost_little(outcome: Outcome) -> None:
    assert outcome.verdict in ("stored", "refused"), outcome.value
    assert outcome.n_bytes <= MOST_BYTES, f"{outcome.n_bytes:,} bytes"


def stored(outcome: Outcome) -> FetchedRecord:
    """Return record 901 of ``among_others``, which must all have been read."""
    cost_little(outcome)
    assert isinstance(outcome.value, RecordSet), outcome.value
    assert outcome.value.failures == ()
    assert [fetched.record.pmid for fetched in outcome.value.records] == [900, 901, 902]
    return outcome.value.records[1]


def failed(outcome: Outcome, record: str | bytes) -> None:
    """Require that 901 alone became a failure with its bytes."""
    cost_little(outcome)
    assert isinstance(outcome.value, RecordSet), outcome.value
    titles = [fetched.record.title for fetched in outcome.value.records]
    assert titles == ["before", "after"]
    (failure,) = outcome.value.failures
    assert failure.pmid == 901
    assert failure.raw_xml == (record if isinstance(record, bytes) else record.encode())


def refused(outcome: Outcome) -> None:
    cost_little(outcome)
    assert outcome.verdict == "refused", outcome.value
    assert outcome.value.startswith("MalformedReply: ")


@pytest.fixture
def traps(tmp_path: Path) -> Iterator[Traps]:
    with Traps(tmp_path) as opened:
        yield opened


def test_the_cage_notices_what_it_is_there_for(cage: Cage, traps: Traps) -> None:
    """Without this, the other tests could pass by not looking."""
    assert cage.run("burn", b"", cpu_seconds=1).value == "killed by SIGXCPU"
    assert cage.run("fill", b"").n_bytes > MOST_BYTES
    assert cage.run("abort", b"").value == "killed by SIGABRT"
    assert cage.run("sleep", b"", wall=0.3).verdict == "hung"
    for kind, verdict in (("file", "stored"), ("path", "stored"), ("pipe", "hung")):
        text = outside("a", "<a>{}</a>", traps.addresses[kind])["entity"].encode()
        outcome = cage.run("careless", text, wall=0.5)
        assert (outcome.verdict, outcome.value == SECRET) == (verdict, verdict == "stored")
    assert cage.run("call", traps.addresses["http"].encode()).value == b""
    assert traps.callers == 1


@pytest.mark.parametrize(
    ("reader", "root", "use"),
    [
        ("records", "PubmedArticleSet", among_others(titled("{}"))),
        ("records", "PubmedArticleSet", "<PubmedArticleSet>{}</PubmedArticleSet>"),
        ("report", "article", a_report("<p>{}</p>", "t")),
        ("report", "pmc-articleset", f"<pmc-articleset>{a_report(title='{}')}</pmc-articleset>"),
        ("body", "article", a_report("<p>{}</p>")),
    ],
)
def test_nothing_outside_is_read_or_fetched(
    reader: str, root: str, use: str, cage: Cage, traps: Traps
) -> None:
    for address in traps.addresses.values():
        for kind, text in outside(root, use, address).items():
            outcome = cage.run(reader, text.encode(), wall=5)
            cost_little(outcome)
            assert SECRET not in repr(outcome.value), kind
    assert traps.callers == 0


@pytest.mark.parametrize("use", ["<{}>{}</{}>", '<{} a="{}"/>'])
@pytest.mark.parametrize(
    ("reader", "root"),
    [("records", "PubmedArticleSet"), ("records", "PubmedArticle"), ("report", "article")],
)
def test_bombs_of_entities_are_refused_unread(reader: str, root: str, use: str, cage: Cage) -> None:
    for text in bomb(root, use.format(root, "{}", root)).values():
        refused(cage.run(reader, text.encode()))


NESTED_TOO_DEEP: dict[str, str] = {
    "title": titled(nested("i", 100_000)),
    "formula": titled(f"<math>{nested('mrow', 100_000)}</math>"),
    "around a formula": titled(nested("i", 100_000, "<math><mi>x</mi></math>")),
    "authors": a_record(inside=nested("AuthorList", 100_000)),
    "references": a_record(data=nested("ReferenceList", 100_000)),
    "unknown elements": a_record(citation=nested("Unknown", 100_000)),
    "never closed": titled("<i>" * 100_000),
}


@pytest.mark.parametrize("record", NESTED_TOO_DEEP.values(), ids=NESTED_TOO_DEEP)
def test_what_is_nested_too_deeply_fails_alone(record: str, cage: Cage) -> None:
    failed(cage.run("records", among_others(record).encode()), record)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (nested("i", 240, "core"), "core"),
        (nested("i", 230, "<math><mi>x</mi></math>y"), "xy"),
        (f"a<math>{nested('mrow', 240, '<mi>x</mi>')}</math>b", "axb"),
        (nested("math", 240, "<mi>x</mi>"), "x"),
    ],
)
def test_what_is_nested_deeply_is_read_exactly(markup: str, text: str, cage: Cage) -> None:
    assert stored(cage.run("records", among_others(titled(markup)).encode())).record.title == text


@pytest.mark.parametrize(
    "text",
    [
        nested("PubmedArticleSet", 100_000),
        nested("a", 100_000, titled("x")),
        f"<PubmedArticleSet><ERROR>{nested('i', 100_000, '<math/>')}</ERROR></PubmedArticleSet>",
        f"<PubmedArticleSet><DeleteCitation>{nested('PMID', 100_000)}</DeleteCitation>"
        "</PubmedArticleSet>",
    ],
)
def test_sets_that_are_nested_too_deeply_are_refused(text: str, cage: Cage) -> None:
    refused(cage.run("records", text.encode()))


@pytest.mark.parametrize("name", ["sec", "p", "list", "table-wrap", "tr", "fn", "alternatives"])
def test_reports_that_are_nested_too_deeply_are_refused(name: str, cage: Cage) -> None:
    refused(cage.run("report", a_report(nested(name, 100_000, "<p>x</p>")).encode()))
    refused(cage.run("report", a_report(title=nested(name, 100_000)).encode()))
    # Below the parser's own limit, either way will do; a crash will not.
    cost_little(cage.run("report", a_report(nested(name, 240, "<p>x</p>")).encode()))


def test_a_record_with_thirty_thousand_authors_is_read_exactly(cage: Cage) -> None:
    authors = "".join(AUTHOR.format(i, i) for i in range(30_000))
    record = a_record(inside=f"<ArticleTitle>t</ArticleTitle><AuthorList>{authors}</AuthorList>")
    fetched = stored(cage.run("records", among_others(record).encode()))
    assert fetched.raw_xml == record.encode()
    assert [author.name for author in fetched.record.authors] == [f"N{i} AB" for i in range(30_000)]
    last = ("Department 29999, University", "Hospital, City, Country")
    assert fetched.record.authors[-1].affiliations == last


def test_a_text_of_nearly_ten_megabytes_is_read_exactly(cage: Cage) -> None:
    text = "word " * 1_999_990
    fetched = stored(cage.run("records", among_others(titled(text)).encode()))
    assert fetched.record.title == text.strip()


@pytest.mark.parametrize("n_blanks", [1, 2, 99_999, 250_000])
def test_long_runs_of_white_space_become_one_blank(n_blanks: int, cage: Cage) -> None:
    text = ("\n" * n_blanks + "wörd") * 3 + "\u00a0" * n_blanks
    fetched = stored(cage.run("records", among_others(titled(text)).encode()))
    assert fetched.record.title == "wörd wörd wörd"


FLOODS: dict[str, str] = {
    "a larger text": titled("x" * 12 * MILLION),
    "a larger section": titled(f"<![CDATA[{'x' * 12 * MILLION}]]>"),
    "a larger attribute": a_record(
        inside=f'<ArticleTitle a="{"x" * 12 * MILLION}">t</ArticleTitle>'
    ),
    "a larger name": a_record(inside=f"<{'a' * MILLION}/>"),
    "a record of 34 MB": titled(("x" * 8 * MILLION + "<i/>") * 4 + "x" * 2 * MILLION),
    "siblings": a_record(citation="<a/>" * MILLION),
    "siblings in a title": titled("<i/>x" * MILLION),
    "authors": a_record(inside=f"<AuthorList>{'<Author/>' * MILLION}</AuthorList>"),
    "headings": a_record(
        citation=f"<MeshHeadingList>{'<MeshHeading/>' * MILLION}</MeshHeadingList>"
    ),
    "attributes": a_record(inside="<a b='' c='' d=''/>" * (MILLION // 4)),
    "comments": titled("<!---->" * MILLION),
}


@pytest.mark.parametrize("record", FLOODS.values(), ids=FLOODS)
def test_floods_fail_alone(record: str, cage: Cage) -> None:
    failed(cage.run("records", among_others(record).encode()), record)


SMALL_FLOODS: dict[str, str] = {
    "attributes": "<PubmedArticle " + " ".join(f'a{i}=""' for i in range(100_000)) + ">",
    "namespaces": "<PubmedArticle " + " ".join(f'xmlns:a{i}="u"' for i in range(100_000)) + ">",
}


@pytest.mark.parametrize("tag", SMALL_FLOODS.values(), ids=SMALL_FLOODS)
def test_a_tag_with_a_hundred_thousand_attributes_does_no_harm(tag: str, cage: Cage) -> None:
    record = titled("t").replace("<PubmedArticle>", tag)
    fetched = stored(cage.run("records", among_others(record).encode()))
    assert (fetched.record.title, fetched.raw_xml) == ("t", record.encode())


def test_thousands_of_namespaces_around_the_records_are_refused(cage: Cage) -> None:
    declared = " ".join(f'xmlns:a{i}="u"' for i in range(20_000))
    records = "".join(titled("&alpha;", pmid) for pmid in range(1, 500))
    refused(
        cage.run("records", f"<PubmedArticleSet {declared}>{records}</PubmedArticleSet>".encode())
    )


@pytest.mark.parametrize("part", ["<p/>", "<p>x</p>", "<i/>x", "<p a='' b=''/>"])
def test_reports_of_a_million_elements_are_refused(part: str, cage: Cage) -> None:
    refused(cage.run("report", a_report(part * MILLION).encode()))


def test_a_million_siblings_around_the_records_are_refused(cage: Cage) -> None:
    refused(
        cage.run("records", f"<PubmedArticleSet>{'<a/>' * MILLION}</PubmedArticleSet>".encode())
    )


UNCLOSED = ("<!--", "<![CDATA[", "<?", "<PubmedArticle a='", "<PubmedArticle ")


@pytest.mark.parametrize("opening", UNCLOSED)
def test_a_set_of_openings_costs_little(opening: str, cage: Cage) -> None:
    text = f"<PubmedArticleSet>{opening * 300_000}</PubmedArticleSet>"
    cost_little(cage.run("records", text.encode(), cpu_seconds=2))


@pytest.mark.parametrize("opening", [*UNCLOSED, "<!DOCTYPE ", '<?xml encoding="x" ', " ", "&alpha"])
def test_a_report_of_openings_costs_little(opening: str, cage: Cage) -> None:
    refused(cage.run("report", (opening * 500_000).encode()))
    refused(cage.run("report", ("<article>" + opening * 500_000).encode()))


@pytest.mark.parametrize("opening", ["<!DOCTYPE ", " ", "&alpha"])
def test_a_reply_of_openings_costs_little(opening: str, cage: Cage) -> None:
    refused(cage.run("records", (opening * 500_000).encode()))


NO_CHARACTERS: dict[str, bytes] = {
    "NUL": b"a\x00b",
    "bell": b"a\x07b",
    "escape": b"a\x1b[31mb",
    "NUL by number": b"a&#0;b",
    "bell by number": b"a&#7;b",
    "a lone surrogate by number": b"a&#xD800;b",
    "a pair of surrogates by number": b"a&#xD83D;&#xDE00;b",
    "beyond Unicode by number": b"a&#x110000;b",
    "a number without end": b"a&#" + b"9" * 100_000 + b";b",
    "no character by number": b"a&#xFFFF;b",
    "a lone surrogate": b"a\xed\xa0\x80b",
    "overlong": b"a\xc0\xafb",
    "overlong NUL": b"a\xc0\x80b",
    "beyond Unicode": b"a\xf4\x90\x80\x80b",
    "cut": b"a\xe2\x82",
    "stray": b"a\x80b",
    "another encoding": "Müller".encode("latin-1"),
    "an unknown entity": b"a&nosuch;b",
    "an unknown prefix": b"<m:math>x</m:math>",
    "an attribute twice": b'<i a="1" a="2">x</i>',
    "half a tag": b"a < b",
    "the end of a section": b"a ]]> b",
    "an entity that is a tag": b"&lt",
}


@pytest.mark.parametrize("content", NO_CHARACTERS.values(), ids=NO_CHARACTERS)
def test_what_is_no_text_fails_alone_and_keeps_its_bytes(content: bytes, cage: Cage) -> None:
    """Never half a text: a character that is left out changes what was said."""
    record = titled("CONTENT").encode().replace(b"CONTENT", content)
    text = among_others(titled("CONTENT")).encode().replace(b"CONTENT", content)
    failed(cage.run("records", text), record)
    refused(cage.run("report", a_report(title="CONTENT").encode().replace(b"CONTENT", content)))


EXACT: dict[str, tuple[str, str]] = {
    "an astral character": ("𝛼 &#x1F600;", "𝛼 😀"),
    "an escaped tag": ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    "escaped twice": ("p &amp;lt; 0.05", "p &lt; 0.05"),
    "a section": ("<![CDATA[a <b> &amp; &alpha;]]>", "a <b> &amp; &alpha;"),
    "a section beside an entity": ("&alpha;<![CDATA[&beta;]]>&gamma;", "α&beta;γ"),
    "a section with the end of a record": (
        "<![CDATA[</ArticleTitle></PubmedArticle>]]>",
        "</ArticleTitle></PubmedArticle>",
    ),
    "a comment": ("a<!-- <ArticleTitle>no</ArticleTitle> -->b", "ab"),
    "an instruction": ("a<?php echo 1 ?>b", "ab"),
    "a comment with a record": ("a<!-- </PubmedArticle><PubmedArticle> -->b", "ab"),
    "directions": ("a\u202eb\u2066c\u200bd", "a\u202eb\u2066c\u200bd"),
    "formula of a spreadsheet": ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    "combining marks": ("e\u0301" + "\u0301" * 5_000, "é" + "\u0301" * 5_000),
    "private and unassigned": ("\ue000\U000e0041\ufffd", "\ue000\U000e0041\ufffd"),
    "a control character of Latin 1": ("a\x9bb", "a\x9bb"),
    "an element of another namespace": ('<x:b xmlns:x="urn:x">bold</x:b>', "bold"),
}


@pytest.mark.parametrize(("markup", "text"), EXACT.values(), ids=EXACT)
def test_odd_text_is_read_exactly(markup: str, text: str, cage: Cage) -> None:
    fetched = stored(cage.run("records", among_others(titled(markup)).encode()))
    assert fetched.record.title == text
    assert fetched.raw_xml == titled(markup).encode()
    report = cage.run("report", a_report(title=markup).encode())
    assert report.value.title == text


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "a mark of UTF-8": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, the other way round": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "UTF-32, the other way round": lambda text: b"\0\0\xfe\xff" + text.encode("utf-32-be"),
    "windows-1252": lambda text: (
        b'<?xml version="1.0" encoding="windows-1252"?>' + text.encode("windows-1252")
    ),
    "a mark of UTF-8 that contradicts": lambda text: (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="iso-8859-1"?>' + text.encode()
    ),
    "a mark of UTF-16 that contradicts": lambda text: (
        '<?xml version="1.0" encoding="utf-8"?>' + text
    ).encode("utf-16"),
    "upper case": lambda text: b'<?xml version="1.0" encoding="UTF8"?>' + text.encode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_other_encodings_are_read_exactly(encode: Callable[[str], bytes], cage: Cage) -> None:
    fetched = stored(cage.run("records", encode(among_others(titled("Müller – µ")))))
    assert fetched.record.title == "Müller – µ"
    assert fetched.raw_xml == titled("Müller – µ").encode()
    assert cage.run("report", encode(a_report(title="Müller – µ"))).value.title == "Müller – µ"


@pytest.mark.parametrize(
    "declared",
    [
        *("utf-7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "rot13", "zlib"),
        *("hex", "base64", "cp037", "undefined", "mbcs", "utf-16", "utf-32", "a" * 500),
    ],
)
def test_encodings_that_are_none_are_refused(declared: str, cage: Cage) -> None:
    start = f'<?xml version="1.0" encoding="{declared}"?>'
    filler = "\\u003c" * 100_000
    refused(cage.run("records", f"{start}{a_set(titled(filler))}-".encode()))
    refused(cage.run("report", f"{start}{a_report(title=filler)}-".encode()))


def test_an_encoding_that_is_another_one_fails_the_records_that_show_it(cage: Cage) -> None:
    text = among_others(titled("Müller"))
    data = b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("latin-1")
    failed(cage.run("records", data), titled("Müller").encode("latin-1"))


NO_PMIDS = (
    *("0", "-1", "+1", "1e3", "0x10", "00901", "1_000", "1.0", " ", "18446744073709551616"),
    *("٣٤٥", "²", "１２３", "Ⅳ", "9" * 100_000, "1 2", "901;DROP", "&#x2212;1", "NaN"),
)


@pytest.mark.parametrize("pmid", NO_PMIDS)
def test_a_number_that_is_no_pmid_makes_no_record(pmid: str, cage: Cage) -> None:
    outcome = cage.run("records", among_others(titled("t", pmid)).encode())
    cost_little(outcome)
    assert [fetched.record.pmid for fetched in outcome.value.records] == [900, 902]
    assert [failure.raw_xml for failure in outcome.value.failures] == [titled("t", pmid).encode()]


@pytest.mark.parametrize("version", ["", "0", "-1", "٣", "²", "1e9", "x", "9" * 5_000])
def test_an_odd_version_costs_no_record(version: str, cage: Cage) -> None:
    record = titled("t").replace('Version="1"', f'Version="{version}"')
    assert stored(cage.run("records", among_others(record).encode())).record.title == "t"


ODD_DAYS = (
    *(("0", "1", "1"), ("-5", "1", "1"), ("10000", "1", "1"), ("2024", "13", "1")),
    *(("2024", "2", "30"), ("2024", "Foo", "1"), ("٢٠٢٤", "²", "²"), ("9" * 5_000, "1", "1")),
    *(("2024", "9" * 5_000, "1"), ("2024", "1", "9" * 5_000), ("", "", ""), ("1e3", "1.0", "+1")),
)


@pytest.mark.parametrize(("year", "month", "day"), ODD_DAYS)
def test_an_odd_date_costs_no_record_and_keeps_its_text(
    year: str, month: str, day: str, cage: Cage
) -> None:
    parts = f"<Year>{year}</Year><Month>{month}</Month><Day>{day}</Day>"
    record = a_record(
        inside=f"<Journal><JournalIssue><PubDate>{parts}</PubDate></JournalIssue></Journal>",
        citation=f"<DateRevised>{parts}</DateRevised>",
        data=f'<History><PubMedPubDate PubStatus="entrez">{parts}</PubMedPubDate></History>',
    )
    read = stored(cage.run("records", among_others(record).encode())).record
    assert read.publication_date.text == " ".join(part for part in (year, month, day) if part)
    assert read.revised_on is None
    assert read.created_on is None


def test_numbers_of_other_scripts_are_no_deletions(cage: Cage) -> None:
    """``"²".isdigit()`` and ``int("٣") == 3`` are both true of Python."""
    pmids = "".join(f"<PMID>{text}</PMID>" for text in ("7", "²", "٣", "0", "-8", "", "９"))
    text = f"<PubmedArticleSet><DeleteCitation>{pmids}</DeleteCitation></PubmedArticleSet>"
    outcome = cage.run("records", text.encode())
    cost_little(outcome)
    assert outcome.value.deleted_pmids == (7,)


def test_a_pmid_that_comes_twice_comes_twice(cage: Cage) -> None:
    text = a_set(titled("one", 901), titled("two", 901), titled("one", 901))
    outcome = cage.run("records", text.encode())
    assert [fetched.record.title for fetched in outcome.value.records] == ["one", "two", "one"]


@pytest.mark.parametrize(
    "text",
    [
        a_set(titled("t")).upper(),
        a_set(f"<!-- {titled('t')} ").replace("</PubmedArticleSet>", ""),
        a_set(titled("t")) + a_set(titled("u")),
        a_set(titled("t")) + "trailing",
        a_set(titled("t")).replace("<PubmedArticleSet>", '<PubmedArticleSet xmlns:a="">'),
        f"<HTML><BODY>{titled('t')}",
        f"<html xmlns='http://www.w3.org/1999/xhtml'>{titled('t')}</html>",
        '<?xml version="1.0"?><?xml version="1.0"?>' + a_set(titled("t")),
        '<?xml version="1.0"?><!doctype html><html></html>',
        f"\0{a_set(titled('t'))}",
        "\x1f\x8b\x08\0" * 1000,
        "PK\x03\x04" * 1000,
        "%PDF-1.4",
    ],
)
def test_what_is_not_quite_a_set_is_refused(text: str, cage: Cage) -> None:
    """Its records would otherwise be missed in silence."""
    refused(cage.run("records", text.encode()))


@pytest.mark.parametrize("name", ["PUBMEDARTICLE", "pubmedarticle", "Pubmedarticle"])
def test_a_record_in_odd_case_is_not_missed(name: str, cage: Cage) -> None:
    """A wrapper that nobody knows is no reason to overlook the citation in it."""
    text = a_set(titled("t")).replace("PubmedArticle>", f"{name}>")
    (fetched,) = cage.run("records", text.encode()).value.records
    assert (fetched.record.pmid, fetched.record.title) == (901, "t")


def test_a_deletion_of_thousands_of_digits_is_none(cage: Cage) -> None:
    pmid = "9" * 5_000
    text = (
        f"<PubmedArticleSet><DeleteCitation><PMID>{pmid}</PMID></DeleteCitation></PubmedArticleSet>"
    )
    outcome = cage.run("records", text.encode())
    cost_little(outcome)
    assert outcome.value.deleted_pmids == ()


def test_a_comment_hides_records_and_nothing_else(cage: Cage) -> None:
    hidden = f"<!-- {titled('hidden')} --><?x {titled('hidden')} ?>"
    outcome = cage.run("records", a_set(titled("one", 900), hidden, titled("two", 902)).encode())
    assert [fetched.record.title for fetched in outcome.value.records] == ["one", "two"]
