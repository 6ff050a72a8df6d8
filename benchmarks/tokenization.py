"""How fast prompts become token ids for BioGPT, beside the tokenizer whose ids they must be.

Run ``python -m benchmarks.tokenization [TOKENIZER] [RECORDS]``: TOKENIZER is a folder with BioGPT's
vocab.json and merges.txt (default: ../shared/tokenizers/biogpt), RECORDS one with PubMed XML
(default: ../shared/corpus/pubmed). Every distinct abstract, title included, is encoded once, as
a night would meet it, in the order of the files; then once more, with the words learnt. CPU
seconds of this process count, medians of ``N_ROUNDS``; what workers do shows on the clock alone.
The packaged sample will not do: it is made up of a few words, over and over.

Limit: 4 times BioGptTokenizer the first time, and the same ids.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from transformers import AutoTokenizer

from benchmarks.made_records import HEAD, TAIL, read_records
from litsweep.models.tokenization import PromptTokenizer
from litsweep.models.tokenizer_workers import PooledTokenizer
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.pubmed import parse_record_set

N_ROUNDS = 3
N_WORKERS = 2
LIMIT = 4.0
_SHARED = Path(__file__).parents[2] / "shared"
Ids = list[list[int]]
Encode = Callable[[Sequence[str]], Ids]


def main() -> None:
    """Measure and print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _SHARED / "tokenizers" / "biogpt"
    records = Path(sys.argv[2]) if len(sys.argv) > 2 else _SHARED / "corpus" / "pubmed"
    if not (folder / "merges.txt").is_file() or not records.is_dir():
        print(f"Not measured: there is no tokenizer in {folder}, or no folder {records}.")
        return
    texts = _read_texts(records)
    rounds = [_measure(folder, texts) for _ in range(N_ROUNDS)]
    print(f"{len(texts):,} distinct abstracts, {rounds[0]['n_tokens']:,} tokens of {folder.name}")
    print(f"{'':36}{'CPU s':>8}{'clock s':>9}{'tokens/CPU s':>14}{'ratio':>8}{'different':>11}")
    slow = median(each["BioGptTokenizer"][0] for each in rounds)
    for name in rounds[0]:
        if name != "n_tokens":
            _print_row(name, rounds, slow)
    first = slow / median(each["litsweep, first time"][0] for each in rounds)
    verdict = "reached" if first >= LIMIT else "NOT reached"
    print(f"limit: {LIMIT:.0f} times BioGptTokenizer the first time: {verdict}")


def _print_row(name: str, rounds: list[dict[str, Any]], slow: float) -> None:
    cpu_s, clock_s = (median(each[name][i] for each in rounds) for i in (0, 1))
    n_different = max(each[name][2] for each in rounds)
    print(f"{name:36}{cpu_s:8.2f}{clock_s:9.2f}{rounds[0]['n_tokens'] / cpu_s:14,.0f}", end="")
    print(f"{slow / cpu_s:8.1f}{n_different:11}", flush=True)


def _read_texts(folder: Path) -> list[str]:
    raw = HEAD + b"\n".join(read_records(folder)) + TAIL
    documents = (build_document(one.record) for one in parse_record_set(raw).records)
    return list(dict.fromkeys(document.text for document in documents if document.text))


def _measure(folder: Path, texts: list[str]) -> dict[str, Any]:
    # Opened anew, so that nothing is learnt yet.
    real = AutoTokenizer.from_pretrained(folder)
    fast = PromptTokenizer(real, is_chat=False)
    real.encode("To import what is imported late.", split_special_tokens=True)
    fast.encode("To import what is imported late.")
    expected: Ids = []
    ways: dict[str, Encode] = {
        "BioGptTokenizer": lambda given: [
            list(real.encode(text, split_special_tokens=True)) for text in given
        ],
        "litsweep, first time": fast.encode_many,
        "litsweep, words learnt": fast.encode_many,
    }
    measured: dict[str, Any] = {}
    for name, encode in ways.items():
        *spent, ids = _time(encode, texts)
        expected = expected or ids
        measured[name] = (*spent, _count_different(ids, expected))
    pooled = PooledTokenizer(real, is_chat=False, folder=folder, n_workers=N_WORKERS)
    pooled.encode_many(texts[:200])  # starts them
    *spent, ids = _time(pooled.encode_many, texts)
    pooled.close()
    name = f"litsweep, {N_WORKERS} workers"
    return {
        "n_tokens": sum(map(len, expected)),
        **measured,
        name: (*spent, _count_different(ids, expected)),
    }


def _time(encode: Encode, texts: list[str]) -> tuple[float, float, Ids]:
    before, started = os.times(), time.perf_counter()
    ids = encode(texts)
    after = os.times()
    cpu_s = after.user + after.system - before.user - before.system
    return cpu_s, time.perf_counter() - started, ids


def _count_different(ids: Ids, expected: Ids) -> int:
    return sum(a != b for a, b in zip(ids, expected, strict=True))


if __name__ == "__main__":
    main()
