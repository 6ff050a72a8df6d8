"""CSV, XLSX and Parquet: typed, whole, and nothing in them runs."""

import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision, PublicationDate
from litsweep.errors import UsageError
from litsweep.exports.csv_tables import safe_cell
from litsweep.exports.entries import ExportEntry
from litsweep.exports.texts import writable
from litsweep.exports.xlsx import CUT_MARK, MOST_CHARACTERS
from tests.fakes.export_entries import (
    ENTRY,
    PLAIN,
    hostile_texts,
    make_author,
    make_decision,
    make_receipt,
    write,
    write_all,
)

HOSTILE = hostile_texts()
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Table = list[dict[str, str]]


def read_csv(*entries: ExportEntry, name: str = "csv") -> Table:
    text = write(name, *entries).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def read_xlsx(data: bytes) -> dict[str, list[list[Any]]]:
    """Return each sheet's rows; a cell is ``(type, value)`` as the file has it, or None."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert not [name for name in packed.namelist() if "externalLink" in name or "vba" in name]
        assert not [one for one in packed.namelist() if one.endswith("sheet1.xml.rels")]
        book = etree.fromstring(packed.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iter(f"{SHEET}sheet")]
        return {
            str(name): list(_rows(packed.read(f"xl/worksheets/sheet{number}.xml")))
            for number, name in enumerate(names, 1)
        }


def _rows(xml: bytes) -> Iterator[list[Any]]:
    tree = etree.fromstring(xml)
    for forbidden in ("f", "hyperlink", "oleObject", "dataValidation"):
        assert not list(tree.iter(f"{SHEET}{forbidden}"))
    for row in tree.iter(f"{SHEET}row"):
        cells: dict[str, tuple[str, str]] = {}
        for cell in row.iter(f"{SHEET}c"):
            column = re.sub(r"\d", "", str(cell.get("r")))
            # Not `rich`: an inline string has one plain text.
            texts = cell.findall(f"{SHEET}is/{SHEET}t")
            assert not cell.findall(f"{SHEET}is/{SHEET}r")
            value = texts[0].text if texts else cell.findtext(f"{SHEET}v")
            cells[column] = (str(cell.get("t", "n")), value or "")
        yield [cells.get(_letters(number)) for number in range(40)]


def _letters(number: int) -> str:
    return chr(65 + number) if number < 26 else f"A{chr(65 + number - 26)}"


def as_dicts(rows: list[list[Any]]) -> list[dict[str, Any]]:
    names = [cell[1] for cell in rows[0] if cell]
    return [dict(zip(names, row, strict=False)) for row in rows[1:]]


def test_csv_has_a_row_a_record() -> None:
    entry, plain = read_csv(ENTRY, PLAIN)
    assert (entry["pmid"], entry["doi"], entry["year"]) == ("99000001", ENTRY.doi, "2026")
    assert (entry["title"], entry["abstract"]) == (ENTRY.title, ENTRY.abstract)
    assert entry["authors"] == "Østergård ÅM Jr; van der Berg JA; The Salt and Pepper Group"
    assert entry["publication_status"] == "retracted"
    assert (entry["publication_date"], entry["publication_date_precision"]) == (
        *("2026-10-01", "day"),
    )
    assert (entry["title_abstract_decision"], entry["is_title_abstract_conflict"]) == ("", "true")
    assert "exclude (wrong population), by Ben Invented" in entry["decisions"]
    assert entry["findings"].startswith("outcomes: severe delirium")
    assert (plain["pmid"], plain["record_id"], plain["summary"]) == ("", "8", "")
    assert write("csv", PLAIN).count(b"\r\n") == 2


@pytest.mark.parametrize("text", HOSTILE[:200])
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    cell = safe_cell(text)
    visible = cell.lstrip(" \t\r\n\ufeff\u200b\ufffd")
    assert visible[:1] not in {"=", "+", "-", "@", "＝"}
    assert "\x00" not in cell
    (row,) = read_csv(replace(PLAIN, title=text))
    assert row["title"] == cell


@pytest.mark.parametrize(
    "number", ["-0.5", "+3", "-1", "12", "-1.5e-7", "0.61", "-.5"], ids=lambda text: text
)
def test_a_number_stays_one(number: str) -> None:
    assert safe_cell(number) == number


@pytest.mark.parametrize("text", ["-0.5 to 0.3", "-", "- item", "+44 20", "-1+cmd|'x'!A0", "@home"])
def test_what_only_begins_as_a_number_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_asreview_reads_title_abstract_and_labels() -> None:
    included = replace(PLAIN, decisions=(make_decision(),), keywords=("a", "b"))
    excluded = replace(PLAIN, decisions=(make_decision(Decision.EXCLUDE),))
    unsure = replace(PLAIN, decisions=(make_decision(Decision.UNSURE),))
    later = replace(PLAIN, decisions=(make_decision(stage=Stage.FULL_TEXT),))
    rows = read_csv(included, excluded, unsure, ENTRY, later, name="asreview")
    assert [row["included"] for row in rows] == ["1", "0", "", "", ""]
    assert list(rows[0])[:8] == [
        *("title", "abstract", "authors", "keywords", "year", "doi", "url", "included"),
    ]
    assert "notes" not in rows[0]
    # ASReview shows nothing but title and abstract: there it must stand.
    assert rows[3]["abstract"].startswith("[RETRACTED. PubMed lists it")
    frame = pd.read_csv(
        io.BytesIO(write("asreview", included, excluded, unsure)), sep=None, engine="python"
    )
    assert frame["included"].tolist()[:2] == [1, 0]
    full_text = write("asreview", later, receipt=make_receipt(stage=Stage.FULL_TEXT)).decode()
    assert ",1,," in full_text


def test_xlsx_cells_are_typed() -> None:
    receipt = make_receipt()
    sheets = read_xlsx(write("xlsx", ENTRY, PLAIN, receipt=receipt))
    assert list(sheets) == ["records", "decisions", "findings", "about"]
    entry, plain = as_dicts(sheets["records"])
    assert entry["pmid"] == ("n", "99000001")
    assert entry["publication_date"] == ("n", str((date(2026, 10, 1) - date(1899, 12, 30)).days))
    assert entry["is_title_abstract_conflict"] == ("b", "1")
    assert entry["title"] == ("inlineStr", ENTRY.title)
    assert entry["abstract"] == ("inlineStr", ENTRY.abstract)
    assert (plain["pmid"], plain["doi"]) == (None, None)
    first, second = as_dicts(sheets["decisions"])
    assert (first["decision"], second["exclusion_reason"]) == (
        ("inlineStr", "include"),
        ("inlineStr", "wrong population"),
    )
    days = float(first["decided_at (UTC)"][1])
    decided_at = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=days)
    assert abs(decided_at - datetime(2026, 11, 22, 4, 30, tzinfo=UTC)) < timedelta(seconds=1)
    (finding,) = as_dicts(sheets["findings"])
    assert finding["quote"][1].startswith("Outcomes were severe delirium")
    said = {row["what"][1]: row["value"][1] for row in as_dicts(sheets["about"])}
    assert (said["n_records"], said["topic"]) == ("2", "delirium")
    assert receipt.n_cut == 0


def test_no_cell_of_an_xlsx_is_a_formula_or_a_link() -> None:
    assert len(HOSTILE) > 500
    entries = [
        replace(ENTRY, record_id=number, title=text, abstract=text, keywords=(text,))
        for number, text in enumerate(HOSTILE)
    ]
    rows = as_dicts(read_xlsx(write_all("xlsx", entries))["records"])
    for row, text in zip(rows, HOSTILE, strict=True):
        kind, value = row["title"]
        assert kind == "inlineStr"
        assert _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value).rstrip() == (
            writable(text).rstrip()
        )


# How the format writes characters that XML cannot hold (ECMA-376, ST_Xstring).
_ESCAPED = re.compile("_x([0-9A-F]{4})_")


def test_a_text_that_no_cell_can_hold_is_cut_and_counted() -> None:
    receipt = make_receipt()
    long, astral = "x" * 40_000, "𝛼" * 20_000
    fits = "y" * MOST_CHARACTERS
    entries = [replace(PLAIN, abstract=text) for text in (long, astral, fits)]
    rows = as_dicts(read_xlsx(write_all("xlsx", entries, receipt))["records"])
    cells = [row["abstract"][1] for row in rows]
    assert [cell.endswith(CUT_MARK) for cell in cells] == [True, True, False]
    assert {len(cell.encode("utf-16-le")) // 2 for cell in cells} == {MOST_CHARACTERS}
    assert receipt.n_cut == 2


def test_a_day_before_excel_s_first_is_text() -> None:
    old = PublicationDate(sortable=date(1854, 7, 1), precision=DatePrecision.MONTH, text="1854 Jul")
    (row,) = as_dicts(read_xlsx(write("xlsx", replace(PLAIN, publication_date=old)))["records"])
    assert row["publication_date"] == ("inlineStr", "1854-07-01")
    assert row["year"] == ("n", "1854")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_tables_hold_any_text(text: str) -> None:
    entry = replace(PLAIN, title=f"T{text}", authors=(make_author(text or "A"),))
    (row,) = read_csv(entry)
    assert row["title"] == writable(f"T{text}")
    (cells,) = as_dicts(read_xlsx(write("xlsx", entry))["records"])
    assert cells["title"][0] == "inlineStr"


def test_parquet_is_typed_and_says_what_it_is() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    data = write("parquet", ENTRY, replace(PLAIN, title="lone \ud800"))
    table = parquet.read_table(io.BytesIO(data))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert (kinds["pmid"], kinds["publication_date"]) == ("int64", "date32[day]")
    assert (kinds["is_summary_flagged"], kinds["first_seen_at"]) == (
        *("bool", "timestamp[us, tz=UTC]"),
    )
    entry, plain = table.to_pylist()
    assert entry["publication_status"] == PublicationStatus.RETRACTED.value
    assert [one["decision"] for one in entry["decisions"]] == ["include", "exclude"]
    assert entry["findings"][0]["data_item"] == "outcomes"
    assert (plain["pmid"], plain["decisions"], plain["title"]) == (None, [], "lone \ufffd")
    said = json.loads(parquet.read_metadata(io.BytesIO(data)).metadata[b"litsweep"])
    assert said["n_records"] == 2


def test_without_pyarrow_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litsweep.exports.parquet.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'litsweep\[analysis\]'"):
        write("parquet", PLAIN)
