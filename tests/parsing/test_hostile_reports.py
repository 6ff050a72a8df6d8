"""Reports that are valid and made to hurt: each part of the reading stays linear in their size.

What is refused before anything is read of a report is tested in ``test_hostile_input``.
"""

import time
from collections.abc import Callable

import pytest

from litsweep.errors import MalformedReply
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]
N = 20_000
CITATION = "<mixed-citation>{}</mixed-citation>"
FLOODS: dict[str, dict[str, str]] = {
    "statements": {
        "back": "<fn-group>"
        + "".join(f"<fn fn-type='conflict'><p>We declare {n:030}.</p></fn>" for n in range(N))
        + "</fn-group>"
    },
    "statements in the front": {
        "meta": "<author-notes>"
        + "".join(f"<fn><p>Funding: we were given {n:030}.</p></fn>" for n in range(N))
        + "</author-notes>"
    },
    "awards": {
        "meta": "<funding-group><award-group><funding-source>F</funding-source>"
        + "".join(f"<award-id>{n:08}</award-id>" for n in range(N))
        + "</award-group></funding-group>"
    },
    "awards of as many funders": {
        "meta": "<funding-group>"
        + "".join(
            f"<award-group><funding-source>Fund {n}</funding-source></award-group>"
            for n in range(N)
        )
        + "</funding-group>"
    },
    "references": {"back": "<ref-list>" + "<ref><note>x</note></ref>" * N + "</ref-list>"},
    "references inside each other": {
        "back": "<ref-list>"
        + "<ref>" * 100
        + CITATION.format("<name/>x" * N)
        + "</ref>" * 100
        + "</ref-list>"
    },
    "citations inside each other": {
        "back": "<ref-list><ref>"
        + "<mixed-citation>" * 100
        + "<year>1</year>x" * N
        + "</mixed-citation>" * 100
        + "</ref></ref-list>"
    },
    "names of one citation": {
        "back": "<ref-list><ref><element-citation>"
        + "<name><surname>A</surname></name>" * N
        + "</element-citation></ref></ref-list>"
    },
    "sub-articles": {"outside": "<sub-article><body><p>x</p></body></sub-article>" * N},
    "abstracts in other languages": {
        "meta": "<title-group>"
        + "".join(
            f"<trans-title-group xml:lang='x{n}'><trans-title>t</trans-title></trans-title-group>"
            for n in range(1_000)
        )
        + "</title-group>"
        + "".join(
            f"<trans-abstract xml:lang='x{n}'><p>a</p></trans-abstract>" for n in range(1_000)
        )
    },
    "columns with names": {
        "body": "<body><table-wrap><table><tgroup>"
        + "".join(f"<colspec colname='c{n}'/>" for n in range(N))
        + "<tbody>"
        + f"<row><entry colname='c{N - 1}'>x</entry></row>" * N
        + "</tbody>"
        + "</tgroup></table></table-wrap></body>"
    },
    "run-in headings": {"back": "<notes><p>" + "Funding: " * N + "</p></notes>"},
    "footnotes": {"body": "<body><p>" + "x<fn><p>y</p></fn>" * N + "</p></body>"},
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_cost_little(name: str, jats: Jats) -> None:
    raw = jats(**FLOODS[name])
    start = time.process_time()
    document = parse_document(raw)
    assert time.process_time() - start < 10.0
    assert len(document.text) < 3 * len(raw)
    assert sum(len(one.text) for one in document.references) < 3 * len(raw)


@pytest.mark.parametrize(
    "name", ["sub-article", "ref-list", "notes", "fn-group", "table", "mixed-citation"]
)
def test_what_is_nested_too_deeply_is_refused_or_read(name: str, jats: Jats) -> None:
    nested = f"<{name}>" * 240 + "x" + f"</{name}>" * 240
    try:
        document = parse_document(jats(body="<body><p>y</p></body>", back=nested, outside=nested))
    except MalformedReply:
        return
    assert "y" in document.text
