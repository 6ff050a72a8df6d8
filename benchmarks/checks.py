"""Planted errors: how many the checks of machine texts catch, and how often clean text is flagged.

Run ``python -m benchmarks.checks [CORPUS]`` (default: ../shared/corpus). Real abstracts (in
CORPUS/pubmed) are turned into sentences as a careful machine might write them
(`benchmarks/planted_errors.py`), and one error is planted in each. The abstracts are halved by a
hash of their PMID: thresholds and lists of the checks were set on the half "tuning"; the figures
that count are those of the half "held out". The clean sentences are near-extractive: freely
worded text is flagged more often.
Beside ours stand what is cheaper: "is the number anywhere in the source", and ROUGE-L and new
three-word runs at the threshold that flags as much clean text as our checks do together.
"""

import argparse
import gzip
import hashlib
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.planted_errors import PLANTERS, Abstract, edit
from litsweep.checks.faithfulness import check_faithfulness
from litsweep.checks.numbers import check_numbers
from litsweep.checks.support import find_support
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import Verdict
from litsweep.domain.records import Record
from litsweep.errors import MalformedReply
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.reading.ranking import abstract_sentences

_SHARED: Final = Path(__file__).parents[2] / "shared"
SEED: Final = 20260704
HALVES: Final = ("tuning", "held out")
OWN_CHECKS: Final = {
    "number, new": {"numbers", "places", "units"},
    "number, of the abstract": {"numbers", "places", "units"},
    "unit": {"units", "numbers", "places", "names"},
    "name, foreign": {"names", "numbers"},
    "name, of the abstract": {"names", "numbers"},
    "negation inserted": {"negation"},
    "negation removed": {"negation"},
    "direction": {"direction"},
}
"""Which checks are there for which error; a flag of any other is luck."""
_FEWEST_SENTENCES: Final = 4
_LEAST_WORDS: Final = 6
_DISEASE: Final = re.compile(
    r"(?<!progn)(?<!diagn)(?<!apopt)(?:itis|emia|aemia|oma|osis|pathy|plegia|rrhea|algia|disease|syndrome|disorder|neoplasms|"
    r"infections?|cancer|diabetes.*|hypertension|asthma|stroke|pain|depression|obesity|fever|"
    r"malaria|sepsis|epilepsy|schizophrenia|dementia|failure|fractures?|pneumonia|anxiety|"
    r"leukemia|tuberculosis|influenza|hepatitis|aids|injuries|shock|infarction|ischemia)$",
    re.IGNORECASE,
)
_GENE: Final = re.compile(
    r"(?<![\w-])(?:[A-Z]{2,5}\d{1,3}[A-Z]?|[A-Z]{2,4}-\d{1,2}|p\d\d)(?![\w-])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A machine-like sentence of an abstract: clean (``kind`` None), or with one error."""

    abstract: Abstract
    clean: str
    text: str
    kind: str | None


@dataclass(slots=True)
class Tally:
    """What became of the cases of one kind: how many there were, and which checks flagged them."""

    n: int = 0
    n_own: int = 0
    n_any: int = 0
    by_check: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Plant, check, and print the tables of both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=_SHARED / "corpus")
    parser.add_argument("--show", metavar="KIND", help="print what was missed ('clean': flagged)")
    parser.add_argument("--half", choices=HALVES, help="this half alone")
    arguments = parser.parse_args()
    abstracts = read_abstracts(arguments.corpus)
    if not abstracts:
        sys.exit("There are no PubMed records in that folder.")
    for half in [arguments.half] if arguments.half else HALVES:
        part = [one for one in abstracts if half_of(one.pmid) == half]
        cases = list(make_cases(part))
        print(f"\n{half}: {len(part)} abstracts, {len(cases)} sentences")
        _print_half(cases, arguments.show)


def read_abstracts(corpus: Path) -> list[Abstract]:
    """Return the English abstracts of ``corpus/pubmed`` with four sentences or more, once each."""
    records: dict[int, Record] = {}
    for path in sorted((corpus / "pubmed").iterdir()):
        if ".xml" not in path.suffixes or path.suffix == ".md5":
            continue
        data = path.read_bytes()
        try:
            read = parse_record_set(gzip.decompress(data) if path.suffix == ".gz" else data)
        except MalformedReply:
            continue
        for fetched in read.records:
            records.setdefault(fetched.record.pmid, fetched.record)
    abstracts = (_read_abstract(record) for record in records.values())
    return [one for one in abstracts if one is not None]


def _read_abstract(record: Record) -> Abstract | None:
    document = build_document(record)
    sentences = tuple(one.text for one in abstract_sentences(document))
    if len(sentences) < _FEWEST_SENTENCES or (document.language or "").lower() != "eng":
        return None
    text = " ".join((document.title, *sentences))
    chemicals = [chemical.name for chemical in record.chemicals]
    headings = [heading.name for heading in record.mesh_headings]
    return Abstract(
        pmid=record.pmid,
        title=document.title,
        sentences=sentences,
        names={
            "chemical": _present(chemicals, text),
            "disease": _present([one for one in headings if _DISEASE.search(one)], text),
            "gene": tuple(sorted(set(_GENE.findall(text)))),
        },
    )


def _present(names: Sequence[str], text: str) -> tuple[str, ...]:
    """Return the names as they are written in the text, of those that stand in it."""
    found = (
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)
        for name in names
        if len(name) > 2
    )
    return tuple(sorted({match[0] for match in found if match}))


def half_of(pmid: int) -> str:
    """Return the half that an abstract belongs to, by a hash of its PMID."""
    return HALVES[hashlib.sha256(str(pmid).encode()).digest()[0] % 2]


def make_cases(abstracts: Sequence[Abstract]) -> Iterator[Case]:
    """Yield clean sentences, and for each as many erroneous ones as errors can be planted in it."""
    rng = random.Random(SEED)
    for abstract in abstracts:
        places = [
            place
            for place, sentence in enumerate(abstract.sentences)
            if len(sentence.split()) >= _LEAST_WORDS
        ]
        for place in rng.sample(places, min(3, len(places))):
            clean = edit(rng, abstract, place)
            yield Case(abstract=abstract, clean=clean, text=clean, kind=None)
            for kind, plant in PLANTERS.items():
                planted = plant(rng, clean, abstract, abstracts)
                if planted is not None and planted != clean:
                    yield Case(abstract=abstract, clean=clean, text=planted, kind=kind)


def flags(case: Case) -> dict[str, str]:
    """Return the checks that flag a case, with what they say."""
    source = _source(case.abstract)
    checks = check_faithfulness(find_support([case.text], source, None), source)
    return {check.name: check.detail for check in checks if check.verdict is Verdict.FLAG}


def _source(abstract: Abstract) -> tuple[Sentence, ...]:
    sentences, start = [], 0
    for text in (abstract.title, *abstract.sentences):
        sentences.append(Sentence(text=text, span=Span(start, start + len(text))))
        start += len(text) + 1
    return tuple(sentences)


def measure(cases: Sequence[Case]) -> tuple[dict[str | None, Tally], float]:
    """Return a tally a kind (None: clean), and the milliseconds of CPU a sentence."""
    tallies: dict[str | None, Tally] = {}
    started = time.process_time()
    for case in cases:
        found = set(flags(case))
        tally = tallies.setdefault(case.kind, Tally())
        tally.n += 1
        tally.n_any += bool(found)
        tally.n_own += bool(found & OWN_CHECKS[case.kind]) if case.kind else 0
        tally.by_check.update(found)
    return tallies, 1000 * (time.process_time() - started) / max(1, len(cases))


def wilson(n_hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson's), as shares."""
    if n == 0:
        return 0.0, 1.0
    z = 1.96
    share = n_hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - reach, middle + reach


def _print_half(cases: Sequence[Case], show: str | None) -> None:
    tallies, milliseconds = measure(cases)
    clean = tallies[None]
    peers = _peers(cases, clean.n_any / clean.n)
    print(
        f"{'planted error':26}{'n':>6}{'own check':>11}{'95 % interval':>16}{'any check':>11}",
        end="",
    )
    print("".join(f"{name:>16}" for name in peers))
    for kind in PLANTERS:
        tally = tallies.get(kind, Tally())
        low, high = wilson(tally.n_own, tally.n)
        print(f"{kind:26}{tally.n:6}{tally.n_own / max(1, tally.n):11.1%}", end="")
        print(f"{f'{low:.1%}–{high:.1%}':>16}{tally.n_any / max(1, tally.n):11.1%}", end="")
        print("".join(f"{_share(cases, kind, peer):16.1%}" for peer in peers.values()))
    low, high = wilson(clean.n_any, clean.n)
    print(f"{'clean sentences flagged':26}{clean.n:6}{'':11}", end="")
    print(f"{f'{low:.1%}–{high:.1%}':>16}{clean.n_any / clean.n:11.1%}", end="")
    print("".join(f"{_share(cases, None, peer):16.1%}" for peer in peers.values()))
    alarms = ", ".join(f"{name} {n / clean.n:.2%}" for name, n in clean.by_check.most_common())
    print(f"  of clean sentences by check: {alarms}")
    print(f"  {milliseconds:.1f} ms of CPU a sentence")
    if show:
        _print_examples(cases, None if show == "clean" else show)


def _share(cases: Sequence[Case], kind: str | None, is_flagged: Callable[[Case], bool]) -> float:
    found = [is_flagged(case) for case in cases if case.kind == kind]
    return sum(found) / max(1, len(found))


def _peers(cases: Sequence[Case], alarm_rate: float) -> dict[str, Callable[[Case], bool]]:
    """Return the cheaper tests; those with a threshold flag as much clean text as ours."""
    clean = [case for case in cases if case.kind is None]
    peers: dict[str, Callable[[Case], bool]] = {
        "number anywhere": lambda case: any(
            check.verdict is Verdict.FLAG
            for check in check_numbers([case.text], case.abstract.text)
        )
    }
    for name, score in {"ROUGE-L": _rouge_l, "known 3-grams": _known_runs}.items():
        scores = sorted(score(case) for case in clean)
        peers[name] = _below(score, scores[int(alarm_rate * len(scores))])
    return peers


def _below(score: Callable[[Case], float], threshold: float) -> Callable[[Case], bool]:
    return lambda case: score(case) < threshold


def _plain_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rouge_l(case: Case) -> float:
    """Return the best precision of ROUGE-L over the source's sentences."""
    said = _plain_words(case.text)
    best = 0
    for sentence in (case.abstract.title, *case.abstract.sentences):
        row = [0] * (len(said) + 1)
        for word in _plain_words(sentence):
            above, row = row, [0]
            for place, other in enumerate(said):
                row.append(above[place] + 1 if word == other else max(above[place + 1], row[place]))
        best = max(best, row[-1])
    return best / max(1, len(said))


def _known_runs(case: Case) -> float:
    """Return the share of runs of three words that stand in the source."""
    said, given = _plain_words(case.text), _plain_words(case.abstract.text)
    known = set(zip(given, given[1:], given[2:], strict=False))
    runs = list(zip(said, said[1:], said[2:], strict=False))
    return sum(run in known for run in runs) / max(1, len(runs))


def _print_examples(cases: Sequence[Case], kind: str | None) -> None:
    for case in cases:
        if case.kind != kind:
            continue
        found = flags(case)
        if kind is None and found:
            print(f"- {case.text}\n    {found}")
        elif kind is not None and not set(found) & OWN_CHECKS[kind]:
            print(f"- {case.text}\n    clean: {case.clean}\n    {found}")


if __name__ == "__main__":
    main()
