"""Which stored records might be of one publication, and what they are compared by.

Candidates share a DOI, a PMCID, or the first letters of the title; whether they are the same
is for ``litsweep.matching`` to say. Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from db.tables import record_corrections, record_publication_types, records
from db.writing import batches
from litsweep.domain.publication_status import PublicationStatus
from litsweep.matching.duplicates import DuplicatePair, MatchKey, find_duplicates
from litsweep.matching.places import Place

_LOOKED_UP = (records.c.doi, records.c.pmcid, records.c.title_key)

# A title that so many records have is that of a series ("Letters to the editor"), a DOI that of
# a supplement; and each of them would be compared with all others.
_MOST_NAMESAKES: Final = 50


def find_pairs(conn: Connection, record_ids: Sequence[int]) -> dict[int, list[DuplicatePair]]:
    """Return for each of ``record_ids`` what is of the same publication; most have no entry.

    Those that are duplicates already are left out. What PubMed has deleted stands for nothing.
    A pair within ``record_ids`` is the one of them that was stored later.
    """
    pairs: dict[int, list[DuplicatePair]] = {}
    for batch in batches(record_ids):
        candidates = _find_candidates(conn, batch)
        involved = candidates.keys() | {one for found in candidates.values() for one in found}
        keys = _load_keys(conn, sorted(involved))
        for number in sorted(candidates):
            others = [keys[one] for one in sorted(candidates[number])]
            if found := find_duplicates(keys[number], others):
                pairs[number] = found
    return pairs


def _find_candidates(conn: Connection, record_ids: Sequence[int]) -> dict[int, set[int]]:
    given = conn.execute(
        _select_lookups().where(
            records.c.record_id.in_(record_ids), records.c.duplicate_of_id.is_(None)
        )
    ).all()
    candidates: dict[int, set[int]] = defaultdict(set)
    fresh = {row.record_id for row in given}
    for column in _LOOKED_UP:
        name = column.key
        by_value: dict[str, list[Row[Any]]] = {
            value: [] for row in given if (value := getattr(row, name)) is not None
        }
        statement = _select_lookups().where(
            column.in_(sorted(by_value)), records.c.publication_status != PublicationStatus.DELETED
        )
        for row in conn.execute(statement):
            by_value[getattr(row, name)].append(row)
        for row in given:
            for other in _pick(row, by_value.get(getattr(row, name), ()), name):
                if other.record_id not in fresh or other.record_id < row.record_id:
                    candidates[row.record_id].add(other.record_id)
    return candidates


def _pick(row: Row[Any], others: Sequence[Row[Any]], name: str) -> Iterator[Row[Any]]:
    """Yield those of ``others``, which have the same ``name``, that are worth comparing."""
    if name == "title_key":
        if len(others) <= _MOST_NAMESAKES:
            yield from (other for other in others if _are_years_near(row, other))
        return
    if len(others) > _MOST_NAMESAKES:
        others = [other for other in others if other.title_key == row.title_key]
    yield from others[:_MOST_NAMESAKES]


def _select_lookups() -> Select[Any]:
    return select(records.c.record_id, records.c.publication_date, *_LOOKED_UP)


def _are_years_near(one: Row[Any], other: Row[Any]) -> bool:
    # Sparing: titles such as "Letter to the editor" have many namesakes over the years.
    if one.publication_date is None or other.publication_date is None:
        return True
    distance: int = one.publication_date.year - other.publication_date.year
    return abs(distance) <= 1


def _load_keys(conn: Connection, record_ids: Sequence[int]) -> dict[int, MatchKey]:
    keys: dict[int, MatchKey] = {}
    for batch in batches(record_ids):
        types = _group(conn, record_publication_types.c.ui, batch)
        links = _group(conn, record_corrections.c.pmid, batch)
        for row in conn.execute(select(records).where(records.c.record_id.in_(batch))):
            keys[row.record_id] = _build_key(row, types[row.record_id], links[row.record_id])
    return keys


def _group(conn: Connection, column: Any, record_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the values of a child table's column, by record."""
    number = column.table.c.record_id
    values: dict[int, list[Any]] = defaultdict(list)
    statement = select(number, column).where(number.in_(record_ids), column.is_not(None))
    for record_id, value in conn.execute(statement):
        values[record_id].append(value)
    return values


def _build_key(row: Row[Any], uis: Collection[str], linked: Collection[int]) -> MatchKey:
    journal = row.details.get("journal", {})
    names = (row.journal, journal.get("iso_abbreviation"), journal.get("medline_abbreviation"))
    issns = (journal.get("issn"), journal.get("issn_linking"))
    return MatchKey(
        record_id=row.record_id,
        pmid=row.pmid,
        doi=row.doi,
        pmcid=row.pmcid,
        title=row.title,
        vernacular_title=row.details.get("vernacular_title"),
        first_author=row.authors.partition("; ")[0] or None,
        year=row.publication_date and row.publication_date.year,
        place=Place(
            journals=tuple(name for name in names if name),
            issns=tuple(issn for issn in issns if issn),
            volume=journal.get("volume"),
            pages=journal.get("pages"),
        ),
        publication_type_uis=frozenset(uis),
        linked_pmids=frozenset(linked),
    )
