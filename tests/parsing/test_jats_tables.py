"""Rows of tables: spanning cells, OASIS tables, tables that are images."""

import time
from collections.abc import Callable

import pytest

from litsweep.domain.documents import SectionKind
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]


def table_lines(jats: Jats, table: str) -> list[str]:
    body = f"<body><table-wrap><label>Table 1</label>{table}</table-wrap></body>"
    document = parse_document(jats(body=body))
    (section,) = document.sections_of(SectionKind.TABLE)
    return document.section_text(section).split("\n")[1:]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            "<tr><th rowspan='2'>Age</th><td>men</td><td>12</td></tr>"
            "<tr><td>women</td><td>10</td></tr><tr><td>All</td><td/><td>22</td></tr>",
            ["Age | men | 12", "Age | women | 10", "All | | 22"],
        ),
        (
            "<tr><th/><th colspan='2'>Drug</th><th>p</th></tr>"
            "<tr><td>Died</td><td>1</td><td>2</td><td>0.5</td></tr>",
            ["| Drug | | p", "Died | 1 | 2 | 0.5"],
        ),
        (
            "<tr><td>a</td><td rowspan='2'>both</td><td>1</td></tr><tr><td>b</td><td>2</td></tr>",
            ["a | both | 1", "b | | 2"],
        ),
        ("<tr><td colspan='3'>Primary outcomes</td></tr>", ["Primary outcomes"]),
        ("<tr><td rowspan='3'>x</td></tr><tr/><tr><td>y</td></tr>", ["x", "x | y"]),
        ("<tr><td>a</td><td> </td><td/></tr><tr><td/></tr>", ["a"]),
        ("<tr><td colspan='none'>a</td><td rowspan='-1'>b</td></tr>", ["a | b"]),
        (
            "<tr><td rowspan='2'>outer</td><td rowspan='2'>inner</td><td>1</td></tr>"
            "<tr><td>2</td></tr>",
            ["outer | inner | 1", "outer | inner | 2"],
        ),
    ],
)
def test_spanning_cells(rows: str, lines: list[str], jats: Jats) -> None:
    assert table_lines(jats, f"<table><tbody>{rows}</tbody></table>") == lines


def test_no_cell_reaches_from_the_head_into_the_body(jats: Jats) -> None:
    table = (
        "<table><thead><tr><th rowspan='9'>Head</th></tr></thead>"
        "<tbody><tr><td>Body</td></tr></tbody></table>"
    )
    assert table_lines(jats, table) == ["Head", "Body"]


def test_a_long_cell_is_not_repeated(jats: Jats) -> None:
    long = "words " * 30
    rows = f"<tr><td rowspan='2'>{long}</td><td>1</td></tr><tr><td>2</td></tr>"
    assert table_lines(jats, f"<table>{rows}</table>") == [f"{long.strip()} | 1", "| 2"]


def test_oasis_tables(jats: Jats) -> None:
    table = (
        '<oasis:table xmlns:oasis="http://www.niso.org/standards/z39-96/ns/oasis-exchange/table">'
        '<oasis:tgroup cols="3"><oasis:colspec colname="c1"/><oasis:colspec colname="c2"/>'
        '<oasis:colspec colname="c3"/><oasis:thead><oasis:row><oasis:entry>Site</oasis:entry>'
        '<oasis:entry namest="c2" nameend="c3">Yield</oasis:entry></oasis:row></oasis:thead>'
        '<oasis:tbody><oasis:row><oasis:entry morerows="1">North</oasis:entry><oasis:entry>1'
        "</oasis:entry><oasis:entry>2</oasis:entry></oasis:row><oasis:row>"
        '<oasis:entry colname="c3">4</oasis:entry></oasis:row></oasis:tbody>'
        "</oasis:tgroup></oasis:table>"
    )
    assert table_lines(jats, table) == ["Site | Yield", "North | 1 | 2", "North | | 4"]


def test_an_image_of_a_table_leaves_its_caption(jats: Jats) -> None:
    table = "<caption><p>Doses.</p></caption><graphic xlink:href='t1.gif'/>"
    assert table_lines(jats, table) == ["Doses."]


def test_a_table_in_a_cell_stays_in_its_cell(jats: Jats) -> None:
    inner = "<table><tr><td>b</td><td>c</td></tr></table>"
    table = f"<table><tr><td>a {inner}</td><td rowspan='2'>d</td></tr><tr><td>e</td></tr></table>"
    assert table_lines(jats, table) == ["a b | c | d", "e"]


def test_spans_that_are_claimed_cost_nothing(jats: Jats) -> None:
    """A small file with a huge grid is neither a large text nor a long wait."""
    wide = "<tr>" + "<td colspan='999999999' rowspan='999999999'>x</td>" * 2_000 + "</tr>"
    rows = wide + "<tr><td>y</td></tr>" * 2_000
    start = time.process_time()
    document = parse_document(
        jats(body=f"<body><table-wrap><table>{rows}</table></table-wrap></body>")
    )
    assert len(document.text) < 2_000_000
    assert time.process_time() - start < 5.0
