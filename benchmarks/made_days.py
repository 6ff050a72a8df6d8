"""A made library that changes overnight: small records, and a second day that corrects some."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from litsweep_app.sandbox import Calendar

EVERY_NTH_CHANGES = 97
_FIRST_DAY = date(2020, 1, 1)


def write_days(folder: Path, n_records: int) -> Calendar:
    """Write ``n_records`` for day 0, and for day 1 a correction of every 97th of them."""
    today = datetime.now(UTC).date()
    _write(folder / "records.xml", [_record(n) for n in range(1, n_records + 1)])
    (folder / "day-1").mkdir()
    changed = range(EVERY_NTH_CHANGES, n_records + 1, EVERY_NTH_CHANGES)
    corrected = [_record(n, corrected_on=today) for n in changed]
    _write(folder / "day-1" / "corrections.xml", corrected)
    return Calendar([folder])


def write_week(folder: Path, n_records: int, n_a_night: int, n_nights: int) -> Calendar:
    """Write ``n_records`` for day 0, and for each of the days after it as many as ``n_a_night``.

    All were created within the last ten days, so that the window of any night holds them; each
    night also corrects every 97th of the first ones, no record twice.
    """
    today = datetime.now(UTC).date()
    _write(folder / "records.xml", [_recent(n, today) for n in range(1, n_records + 1)])
    for night in range(1, n_nights + 1):
        (folder / f"day-{night}").mkdir()
        first = n_records + (night - 1) * n_a_night + 1
        new = [_recent(n, today) for n in range(first, first + n_a_night)]
        changed = range(EVERY_NTH_CHANGES + night, n_records + 1, EVERY_NTH_CHANGES)
        corrected = [_recent(n, today, corrected_on=today) for n in changed]
        _write(folder / f"day-{night}" / "night.xml", new + corrected)
    return Calendar([folder])


def _recent(number: int, today: date, corrected_on: date | None = None) -> str:
    created_on = today - timedelta(days=number % 10)
    return _record(number, created_on=created_on, corrected_on=corrected_on)


def _write(path: Path, records: list[str]) -> None:
    path.write_text(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>", encoding="utf-8")


def _record(
    number: int, *, created_on: date | None = None, corrected_on: date | None = None
) -> str:
    created_on = created_on or _FIRST_DAY + timedelta(days=number % 2_000)
    title = "Corrected: " if corrected_on else ""
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="1">{number}</PMID><DateRevised>{_day(corrected_on or created_on)}'
        "</DateRevised><Article><Journal><Title>Invented</Title><JournalIssue><PubDate>"
        f"<Year>{created_on.year}</Year></PubDate></JournalIssue></Journal>"
        f"<ArticleTitle>{title}Number {number} of many</ArticleTitle><Abstract><AbstractText>"
        f"Lorvexine lowered the tremor score in group {number} (p &lt; 0.05).</AbstractText>"
        "</Abstract><AuthorList><Author><LastName>Curie</LastName><Initials>M</Initials></Author>"
        "</AuthorList><Language>eng</Language></Article></MedlineCitation><PubmedData><History>"
        f'<PubMedPubDate PubStatus="entrez">{_day(created_on)}</PubMedPubDate></History>'
        f'<ArticleIdList><ArticleId IdType="pubmed">{number}</ArticleId>'
        f'<ArticleId IdType="doi">10.1000/{number}</ArticleId></ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def _day(day: date) -> str:
    return f"<Year>{day.year}</Year><Month>{day.month:02}</Month><Day>{day.day:02}</Day>"
