"""How often duplicates are found, and how often two publications are taken for one.

    python -m benchmarks.duplicates [FOLDER] [--all]

FOLDER holds PubMed XML, NBIB and RIS files (default: the packaged sample). Half of the records,
by a hash of the PMID, served to choose the thresholds; the figures are of the other half
(--all: of both). Identifiers are taken away before comparing, since with them there is little
to decide. Beside our rule stand the ones that people use: equal titles, and likeness above a
threshold. Intervals are Wilson's, 95 %.
"""

import argparse
import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

from Bio import Medline

from benchmarks.made_duplicates import OTHER, SAME, bare, make, without_page
from benchmarks.made_records import read_records
from litsweep.domain.identifiers import find_doi
from litsweep.domain.records import Record
from litsweep.matching.duplicates import TITLE_THRESHOLD, MatchKey, find_duplicates
from litsweep.matching.likeness import Likeness
from litsweep.matching.people import compare_authors
from litsweep.matching.places import Place, compare_places
from litsweep.matching.titles import fold_title, title_key
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

Judge = Callable[[MatchKey, MatchKey], bool]
Pair = tuple[MatchKey, MatchKey]

_TAG = re.compile(r"^([A-Z][A-Z0-9])  ?-(?: (.*))?$")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pairs whose truth is known, and what they are."""

    name: str
    is_same: bool
    pairs: list[Pair]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=sample_data())
    parser.add_argument("--all", action="store_true", help="both halves")
    options = parser.parse_args()
    known = {key.record_id: key for key in read_keys(options.folder)}
    keys = [key for key in known.values() if options.all or not is_for_tuning(key)]
    sets = [*_label(keys), Labelled("real exports", True, list(read_export_pairs(options.folder)))]
    print(f"{len(known)} PubMed records of {options.folder}, {len(keys)} of them counted here")
    for labelled in sets:
        print(f"  {len(labelled.pairs):8,} pairs: {labelled.name}")
    _print_rules(sets)
    _print_changes(keys)
    _print_merged(keys)
    print(f"found by the first letters of the title: {_share_of_keys(keys)}")


def is_for_tuning(key: MatchKey) -> bool:
    """Tell to which half a record belongs."""
    return hashlib.sha256(str(key.record_id).encode()).digest()[0] % 2 == 0


def _label(keys: list[MatchKey]) -> Iterator[Labelled]:
    titled = [key for key in keys if key.title]
    same = [(changed, key) for key in titled for _, changed in make(key, SAME)]
    yield Labelled("made the same, with volume and page", True, same)
    yield Labelled(
        "made the same, without", True, [(without_page(one), other) for one, other in same]
    )
    other = [(changed, key) for key in titled for _, changed in make(key, OTHER)]
    yield Labelled("made another", False, other)
    neighbours = [(bare(one), two) for one, two in _neighbours(keys)]
    yield Labelled("real neighbours", False, neighbours)
    yield Labelled(
        "real neighbours, one without page",
        False,
        [(without_page(one), other) for one, other in neighbours],
    )


def _neighbours(keys: list[MatchKey]) -> Iterator[Pair]:
    """Yield distinct records with one first author, or with titles that begin alike."""
    groups: dict[str, list[MatchKey]] = defaultdict(list)
    for key in keys:
        groups[f"title {(title_key(key.title) or '')[:8]}"].append(key)
        groups[f"author {(key.first_author or '').split(' ')[0].casefold()}"].append(key)
    seen: set[tuple[int, int]] = set()
    for group in groups.values():
        for one, other in combinations(group, 2):
            ids = (one.record_id, other.record_id)
            if ids not in seen and not _is_real_duplicate(one, other):
                seen.add(ids)
                yield one, other


def _is_real_duplicate(one: MatchKey, other: MatchKey) -> bool:
    """Tell whether PubMed itself lists a publication twice: one DOI, one title."""
    return one.doi is not None and one.doi == other.doi and one.title == other.title


def _print_rules(sets: list[Labelled]) -> None:
    print(f"\n{'':34}{'precision':>24}{'merged wrongly':>16}  recall: with page, without, real")
    for name, judge in _rules().items():
        found = {each.name: sum(judge(*pair) for pair in each.pairs) for each in sets}
        right = sum(found[each.name] for each in sets if each.is_same)
        wrong = sum(found[each.name] for each in sets if not each.is_same)
        n_other = sum(len(each.pairs) for each in sets if not each.is_same)
        recalls = [interval(found[each.name], len(each.pairs)) for each in sets if each.is_same]
        print(
            f"{name:34}{interval(right, right + wrong):>24}{wrong:>7} of {n_other:<6,}"
            f"  {'  '.join(recalls)}"
        )


def _rules() -> dict[str, Judge]:
    rules: dict[str, Judge] = {
        "equal titles": lambda one, other: one.title == other.title,
        "equal folded titles, year": lambda one, other: (
            fold_title(one.title) == fold_title(other.title) and one.year == other.year
        ),
    }
    for threshold in (0.8, 0.9, 0.95):
        rules[f"likeness {threshold}, author, year ±1"] = _by_likeness(threshold)
    for threshold in (0.8, 0.9, 0.95, 0.98):
        rules[f"likeness {threshold}, and place"] = _by_likeness(threshold, with_place=True)
    for threshold in (0.7, 0.8, TITLE_THRESHOLD, 0.9, 0.95, 0.98):
        mark = " *" if threshold == TITLE_THRESHOLD else ""
        rules[f"litsweep {threshold}{mark}"] = _by_litsweep(threshold)
    return rules


def _by_likeness(threshold: float, *, with_place: bool = False) -> Judge:
    def judge(one: MatchKey, other: MatchKey) -> bool:
        if with_place and compare_places(one.place, other.place) is Likeness.DIFFERENT:
            return False
        if compare_authors(one.first_author, other.first_author) is Likeness.DIFFERENT:
            return False
        if one.year is not None and other.year is not None and abs(one.year - other.year) > 1:
            return False
        left, right = ("".join(fold_title(key.title)) for key in (one, other))
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        return matcher.quick_ratio() >= threshold and matcher.ratio() >= threshold

    return judge


def _by_litsweep(threshold: float) -> Judge:
    return lambda one, other: bool(find_duplicates(one, [other], title_threshold=threshold))


def _print_changes(keys: list[MatchKey]) -> None:
    """Print by what kind of change duplicates are missed, and others merged."""
    print(f"\n{'litsweep, by what was changed':34}{'n':>7}{'with page':>24}{'without':>24}")
    for is_same, changes in ((True, SAME), (False, OTHER)):
        print("duplicates: share found" if is_same else "others: share merged")
        counts: Mapping[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for key in keys:
            for name, changed in make(key, changes) if key.title else ():
                counts[name][0] += 1
                counts[name][1] += bool(find_duplicates(changed, [key]))
                counts[name][2] += bool(find_duplicates(without_page(changed), [key]))
        for name, (n, n_with, n_without) in counts.items():
            print(f"  {name:32}{n:7}{interval(n_with, n):>24}{interval(n_without, n):>24}")


def _print_merged(keys: list[MatchKey]) -> None:
    """Print every merge of two real PubMed records, as they are; there should be few to read."""
    print("\ntwo PubMed records merged:")
    groups: dict[str, list[MatchKey]] = defaultdict(list)
    for key in keys:
        for name in {title_key(key.title), key.doi, key.pmcid} - {None}:
            groups[str(name)].append(key)
    merged = {
        (min(pair.record_id, pair.other_id), max(pair.record_id, pair.other_id), pair.reason)
        for group in groups.values()
        for key in group
        for pair in find_duplicates(key, group)
    }
    for one, other, reason in sorted(merged):
        print(f"  PMID {one} and {other}: {reason}")


def _share_of_keys(keys: list[MatchKey]) -> str:
    pairs = [
        (changed, key)
        for key in keys
        if key.title
        for _, changed in make(key, SAME)
        if find_duplicates(changed, [key])
    ]
    n_found = sum(title_key(one.title) == title_key(two.title) is not None for one, two in pairs)
    return interval(n_found, len(pairs))


def interval(n: int, total: int) -> str:
    """Return a share with Wilson's interval of 95 %."""
    if not total:
        return "none"
    z, share = 1.96, n / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = ((middle + sign * half) / (1 + z * z / total) for sign in (-1, 1))
    return f"{share:.2%} ({low:.1%}–{high:.1%})"


def read_keys(folder: Path) -> Iterator[MatchKey]:
    """Yield what every PubMed record below ``folder`` is compared by, numbered by its PMID."""
    for raw in read_records(folder):
        for fetched in parse_record_set(raw).records:
            yield key_of(fetched.record)
    for path in sorted(folder.rglob("*.nbib")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            parsed = Medline.parse(lines)  # type: ignore[no-untyped-call]
            yield from (_key_of_nbib(entry) for entry in parsed if entry.get("PMID", "").isdigit())


def key_of(record: Record) -> MatchKey:
    """Return what a parsed record is compared by."""
    journal, sortable = record.journal, record.publication_date.sortable
    names = (journal.title, journal.iso_abbreviation, journal.medline_abbreviation)
    return MatchKey(
        record_id=record.pmid,
        pmid=record.pmid,
        doi=record.doi,
        pmcid=record.pmcid,
        title=record.title,
        vernacular_title=record.vernacular_title,
        first_author=record.authors[0].name if record.authors else None,
        year=sortable.year if sortable else None,
        place=Place(
            journals=tuple(name for name in names if name),
            issns=tuple(issn for issn in (journal.issn, journal.issn_linking) if issn),
            volume=journal.volume,
            pages=journal.pages,
        ),
        publication_type_uis=frozenset(one.ui for one in record.publication_types if one.ui),
        linked_pmids=frozenset(one.pmid for one in record.corrections if one.pmid),
    )


def _key_of_nbib(entry: Mapping[str, Any]) -> MatchKey:
    dois = [text[:-6] for text in (*entry.get("AID", ()), entry.get("LID", ""))]
    year = re.search("[0-9]{4}", entry.get("DP", ""))
    return MatchKey(
        record_id=int(entry["PMID"]),
        pmid=int(entry["PMID"]),
        doi=next((doi for text in dois if (doi := find_doi(text))), None),
        pmcid=entry.get("PMC"),
        title=entry.get("TI", ""),
        vernacular_title=entry.get("TT"),
        first_author=(entry.get("AU") or entry.get("CN") or [None])[0],
        year=int(year[0]) if year else None,
        place=Place(
            journals=tuple(name for name in (entry.get("JT"), entry.get("TA")) if name),
            issns=tuple(re.findall("[0-9]{4}-[0-9]{3}[0-9X]", entry.get("IS", ""))),
            volume=entry.get("VI"),
            pages=entry.get("PG"),
        ),
    )


def read_export_pairs(folder: Path) -> Iterator[Pair]:
    """Yield entries of the RIS files that one publication got from several databases.

    They are known to be the same by their DOI, which is then taken away.
    """
    by_doi: dict[str, dict[str, MatchKey]] = defaultdict(dict)
    for number, entry in enumerate(_read_ris(folder), 1):
        doi = find_doi((entry.get("DO") or [""])[0])
        if doi:
            key = _key_of_ris(number, entry)
            by_doi[doi][repr(replace(key, record_id=0))] = key
    for group in by_doi.values():
        yield from combinations(group.values(), 2)


def _read_ris(folder: Path) -> Iterator[dict[str, list[str]]]:
    for path in sorted([*folder.rglob("*.ris"), *folder.rglob("*ris*.txt")]):
        entry: dict[str, list[str]] = defaultdict(list)
        for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            found = _TAG.match(line)
            if found and found[1] == "ER":
                yield entry
                entry = defaultdict(list)
            elif found:
                entry[found[1]].append((found[2] or "").strip())


def _key_of_ris(number: int, entry: Mapping[str, list[str]]) -> MatchKey:
    def first(*tags: str) -> str | None:
        return next((text for tag in tags for text in entry.get(tag, ()) if text), None)

    year = re.search("[0-9]{4}", first("PY", "Y1", "DA") or "")
    return MatchKey(
        record_id=number,
        title=first("TI", "T1") or "",
        first_author=first("AU", "A1"),
        year=int(year[0]) if year else None,
        place=Place(
            journals=tuple(filter(None, (first("T2", "JO", "JF"), first("J2", "JA")))),
            volume=first("VL"),
            pages=first("SP"),
        ),
    )


if __name__ == "__main__":
    main()
