"""What a comparison by meaning finds, and how long it takes.

    python -m benchmarks.meaning [FOLDER] [--records 300] [--sizes 10000,100000]

FOLDER holds screened records as CSV: title, abstract, included (default: ../shared/labelled). Of
each review all included records and the first others by chance are taken. Asked for is what is
like five included ones (the mean of their vectors; 20 draws): the average precision of the
others, and the share of them among the first tenth. Beside what is stored, marked *, stand other
ways to put a text to the encoder, TF-IDF over the words, and chance.

How long a search takes is measured on random vectors in rows as wide as real ones.
"""

import argparse
import csv
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.made_vectors import ENCODER, N_DIMENSIONS, make_database
from db.embeddings import load_vectors
from db.engine import Database
from db.similar import rank_by_meaning
from litsweep.domain.documents import Span
from litsweep.domain.generations import SentenceEncoder
from litsweep.models.choosing import choose_encoder
from litsweep.models.loading import load_encoder
from litsweep.parsing.sentences import split_sentences
from litsweep.reading.embedding import word_vectors
from litsweep.searching.fusion import fuse_rankings
from litsweep.searching.nearest import Matrix, Vector, find_nearest
from litsweep.settings import load_settings

N_LIKED, N_DRAWS = 5, 20
Ways = Mapping[str, Matrix]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Screened:
    """Records of one review, and which of them it included."""

    name: str
    titles: list[str]
    abstracts: list[str]
    is_included: Flags


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/labelled"))
    parser.add_argument("--records", type=int, default=300, help="of each review, at most")
    parser.add_argument("--sizes", default="10000,100000", help="numbers of vectors")
    options = parser.parse_args()
    _print_found(options.folder, options.records)
    _print_times([int(size) for size in options.sizes.split(",")])


def _print_found(folder: Path, n_records: int) -> None:
    paths = sorted(folder.glob("*.csv"))
    choice = choose_encoder(load_settings())
    if not paths or choice.model is None:
        why = f"no screened records in {folder}" if not paths else choice.reason
        print(f"what is found: not measured, {why}")
        return
    encoder = load_encoder(choice.model, load_settings())
    print(f"{encoder.spec.name}: average precision, and share found in the first tenth")
    for path in paths:
        screened = _read(path, n_records)
        n_included = int(screened.is_included.sum())
        print(f"{screened.name}: {len(screened.titles)} records, {n_included} included", flush=True)
        ways, speed = _encode(encoder, screened)
        for name, rank in _rankers(ways).items():
            precision, share = _judge(rank, screened.is_included)
            print(f"  {name:34}{precision:8.3f}{share:9.1%}", flush=True)
        print(f"  {speed:.1f} titles with abstracts encoded a CPU second")


def _read(path: Path, n_records: int) -> Screened:
    csv.field_size_limit(10**8)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    random.Random(7).shuffle(rows)
    rows = sorted(rows, key=lambda row: row["included"] != "1")[:n_records]
    return Screened(
        name=path.stem,
        titles=[row["title"] for row in rows],
        abstracts=[row["abstract"] for row in rows],
        is_included=np.array([row["included"] == "1" for row in rows]),
    )


def _encode(encoder: SentenceEncoder, screened: Screened) -> tuple[Ways, float]:
    """Return the vectors of each way, and how many texts the stored one encodes a CPU second."""
    whole = [
        f"{title}\n{text}" for title, text in zip(screened.titles, screened.abstracts, strict=True)
    ]
    start = time.process_time()
    stored = np.asarray(encoder.encode(whole), dtype=np.float32)
    speed = len(whole) / (time.process_time() - start)
    ways = {
        "title and abstract, cut *": stored,
        "title alone": np.asarray(encoder.encode(screened.titles), dtype=np.float32),
        "mean of title and sentences": _encode_sentences(encoder, whole),
        "words (TF-IDF)": word_vectors(whole),
    }
    return ways, speed


def _encode_sentences(encoder: SentenceEncoder, texts: list[str]) -> Matrix:
    parts = [[one.text for one in split_sentences(text, Span(0, len(text)))] for text in texts]
    vectors = np.asarray(encoder.encode([part for each in parts for part in each]))
    ends = np.cumsum([len(each) for each in parts])[:-1]
    return np.array([_unit(group) for group in np.split(vectors, ends)], dtype=np.float32)


def _unit(vectors: Matrix) -> Vector:
    mean: Vector = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean)


Ranker = Callable[[npt.NDArray[np.int64]], list[int]]


def _rankers(ways: Ways) -> dict[str, Ranker]:
    """Return by name what ranks all records, given the places of those that are liked."""

    def by_vectors(matrix: Matrix, liked: npt.NDArray[np.int64]) -> list[int]:
        newness = np.arange(len(matrix))
        return [place for place, _ in find_nearest(matrix, _unit(matrix[liked]), newness, 10**9)]

    def fused(liked: npt.NDArray[np.int64]) -> list[int]:
        both = ("words (TF-IDF)", "title and abstract, cut *")
        return fuse_rankings([by_vectors(ways[name], liked) for name in both])

    def by_chance(liked: npt.NDArray[np.int64]) -> list[int]:
        places = list(range(len(ways["title alone"])))
        random.Random(int(liked[0])).shuffle(places)
        return places

    rankers: dict[str, Ranker] = {
        name: partial(by_vectors, matrix) for name, matrix in ways.items()
    }
    return rankers | {"words and meaning, fused": fused, "chance": by_chance}


def _judge(rank: Ranker, is_included: Flags) -> tuple[float, float]:
    chance = np.random.default_rng(3)
    precisions, shares = [], []
    for _ in range(N_DRAWS):
        liked = chance.choice(np.flatnonzero(is_included), N_LIKED, replace=False)
        others = [place for place in rank(liked) if place not in liked]
        hits = is_included[others]
        at_hits = np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)
        precisions.append(float(at_hits.mean()))
        shares.append(float(hits[: len(others) // 10].sum() / hits.sum()))
    return statistics.mean(precisions), statistics.mean(shares)


def _print_times(sizes: list[int]) -> None:
    print("\nnearest 20 of all vectors in SQLite: CPU seconds, median of 5")
    print(f"{'vectors':>10}{'loading':>10}{'comparing':>11}{'a search':>10}{'memory MB':>11}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            database = make_database(f"sqlite:///{folder}/bench.db", size)
            print(f"{size:10,}" + "".join(_measure(database)), flush=True)
            database.close()


def _measure(database: Database) -> Iterator[str]:
    with database.reading() as conn:
        stored = load_vectors(conn, ENCODER, N_DIMENSIONS)
        query = stored.matrix[0].copy()
        newness = stored.days
        yield f"{_time(lambda: load_vectors(conn, ENCODER, N_DIMENSIONS)):10.2f}"
        yield f"{_time(lambda: find_nearest(stored.matrix, query, newness, 20)):11.3f}"
        yield f"{_time(lambda: rank_by_meaning(conn, query, ENCODER)):10.2f}"
        yield f"{stored.matrix.nbytes / 1e6:11.0f}"


def _time(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(5):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
