"""A made library that changes overnight: records, and a second day that corrects some of them."""

import re
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from benchmarks.made_records import build_set, make_distinct, read_records
from litsweep_app.sandbox import Calendar, sample_data

_PMID = re.compile(rb"<PMID[^>]*>([0-9]+)</PMID>")
_TITLE = re.compile(rb"<ArticleTitle>")
_REVISED = re.compile(rb"<DateRevised>.*?</DateRevised>", re.DOTALL)
_END = b"\n</PubmedArticleSet>\n"
EVERY_NTH_CHANGES = 97


def write_days(folder: Path, n_records: int) -> Calendar:
    """Write ``n_records`` for day 0, and for day 1 a correction of every 97th of them."""
    distinct = [raw for raw in read_records(sample_data()) if b"DateRevised" in raw]
    copies = [make_distinct(raw, n) for n, raw in zip(range(n_records), cycle(distinct))]
    first_day = build_set(copies, n_records)
    (folder / "records.xml").write_bytes(first_day)
    (folder / "day-1").mkdir()
    (folder / "day-1" / "corrections.xml").write_bytes(_correct(first_day))
    return Calendar([folder])


def _correct(records: bytes) -> bytes:
    head, _, rest = records.partition(b"<PubmedArticle>")
    today = datetime.now(UTC).strftime(
        "<DateRevised><Year>%Y</Year><Month>%m</Month><Day>%d</Day></DateRevised>"
    )
    changed = []
    for raw in rest.removesuffix(_END).split(b"<PubmedArticle>"):
        pmid = _PMID.search(raw)
        if pmid and int(pmid[1]) % EVERY_NTH_CHANGES == 0:
            raw = _TITLE.sub(b"<ArticleTitle>Corrected: ", raw, count=1)
            changed.append(b"<PubmedArticle>" + _REVISED.sub(today.encode(), raw, count=1))
    return head + b"".join(changed) + _END
