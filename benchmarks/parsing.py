"""How fast a file of PubMed records becomes records, and in how much memory, beside others.

Run ``python -m benchmarks.parsing [FOLDER] [N_RECORDS]``. The journal articles in FOLDER
(default: the packaged sample) that every reader takes are repeated with new PMIDs until there
are N_RECORDS of them in one file. Each reader reads it in a process of its own, in turn,
``N_ROUNDS`` times; medians are shown. CPU seconds are compared, since the machine may be busy;
memory is the growth of the peak while reading. Nothing is kept of what is read.

Limits: 5 times ``Bio.Entrez.read`` and 3.5 times ``pubmed_parser`` in records per
CPU second, less than 64 MiB, two processes 1.8 times one, and an aim of 60 % of what lxml
needs for the bare trees.
"""

import gzip
import importlib.util
import io
import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from Bio import Entrez
from Bio.Entrez.Parser import ValidationError
from lxml import etree

from benchmarks.made_records import HEAD, TAIL, read_records, write_set
from litsweep.domain.records import FetchedRecord
from litsweep.parsing.pubmed import iter_record_set
from litsweep_app.sandbox import sample_data

N_RECORDS = 30_000
N_ROUNDS = 3
N_A_CALL = 200
"""Records in one reply for Bio.Entrez, which reads a reply as a whole."""
_RECORD = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)
_FIELDS = (
    "MedlineCitation/PMID",
    "ArticleTitle",
    "AbstractText",
    "Author/LastName",
    "DescriptorName",
)
Usage = dict[str, float]


def main() -> None:
    """Measure and print the table."""
    if sys.argv[1:2] == ["--reader"]:
        print(json.dumps(_measure(READERS[sys.argv[2]], Path(sys.argv[3]))))
        return
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data()
    n_records = int(sys.argv[2]) if len(sys.argv) > 2 else N_RECORDS
    found = list(read_records(folder))
    distinct = [raw for raw in found if _is_valid(raw)]
    if not distinct:
        sys.exit(f"No PubMed records that Bio.Entrez accepts in {folder}.")
    with tempfile.TemporaryDirectory() as name:
        whole = write_set(Path(name, "whole.xml"), distinct, range(1, n_records + 1))
        print(
            f"{n_records:,} records, {whole.stat().st_size / 1e6:,.0f} MB, from {len(distinct):,} "
            f"of the {len(found):,} in {folder} (Bio.Entrez refuses the others)"
        )
        _print_readers(whole, n_records)
        _print_two_processes(whole, distinct, n_records)


def _print_readers(whole: Path, n_records: int) -> None:
    installed = [name for name in READERS if _is_installed(name)]
    names = [name for name in installed if _takes(name, whole)]
    rounds = [{name: _read(name, whole) for name in names} for _ in range(N_ROUNDS)]
    for name in names:
        n_read = rounds[0][name]["n_read"]
        if n_read != n_records:
            sys.exit(f"{name} read {n_read:,} of {n_records:,} records.")
    medians = {
        name: {key: statistics.median(one[name][key] for one in rounds) for key in rounds[0][name]}
        for name in names
    }
    ours = medians[OURS]["cpu_s"]
    print(f"{'':28}{'CPU s':>8}{'records/CPU s':>15}{'peak +MiB':>11}{'litsweep is':>14}")
    for name, usage in medians.items():
        print(
            f"{name:28}{usage['cpu_s']:8.2f}{n_records / usage['cpu_s']:15,.0f}"
            f"{usage['peak_mib']:11.0f}{usage['cpu_s'] / ours:12.2f} ×"
        )
    for name in [name for name in READERS if name not in names]:
        print(f"{name:28}{'cannot read these' if name in installed else 'not installed'}")


def _takes(name: str, path: Path) -> bool:
    try:
        _read(name, path)
    except subprocess.CalledProcessError:
        return False
    return True


def _print_two_processes(whole: Path, distinct: list[bytes], n_records: int) -> None:
    """Compare one process with two at once that read a half each.

    Wall clock tells only where two cores are idle; CPU seconds of the slower half tell on a busy
    machine what the two would gain.
    """
    middle = n_records // 2
    parts = (range(1, middle + 1), range(middle + 1, n_records + 1))
    halves = [
        write_set(whole.with_name(f"half{number}.xml"), distinct, numbers)
        for number, numbers in enumerate(parts)
    ]
    gains: dict[str, list[float]] = {"wall_s": [], "cpu_s": []}
    for _ in range(N_ROUNDS):
        one = _read(OURS, whole)
        with ThreadPoolExecutor(2) as pool:
            two = list(pool.map(lambda half: _read(OURS, half), halves))
        for key, ratios in gains.items():
            ratios.append(one[key] / max(usage[key] for usage in two))
    wall, cpu = (statistics.median(ratios) for ratios in gains.values())
    print(f"Two processes: {wall:.2f} times one by wall clock, {cpu:.2f} by CPU (at least 1.8)")


def _read(name: str, path: Path) -> Usage:
    """Let a process of its own read ``path``; return what it used."""
    command = [sys.executable, "-m", "benchmarks.parsing", "--reader", name, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    usage: Usage = json.loads(done.stdout)
    return usage


def _measure(read: Callable[[Path], tuple[int, float]], path: Path) -> Usage:
    before, wall = _peak_mib(), time.perf_counter()
    n_read, cpu_s = read(path)
    wall = time.perf_counter() - wall
    return {"n_read": n_read, "cpu_s": cpu_s, "wall_s": wall, "peak_mib": _peak_mib() - before}


def _peak_mib() -> float:
    """Return the peak of this process since it began; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _with_litsweep(path: Path) -> tuple[int, float]:
    start = time.process_time()
    with path.open("rb") as stream:
        n_read = sum(isinstance(one, FetchedRecord) for one in iter_record_set(stream))
    return n_read, time.process_time() - start


def _with_bare_trees(path: Path) -> tuple[int, float]:
    """Build lxml's trees and read nothing from them: what any reader by lxml needs at least."""
    start, n_read = time.process_time(), 0
    options: dict[str, Any] = {"huge_tree": True, "resolve_entities": False, "load_dtd": False}
    for _, element in etree.iterparse(str(path), tag="PubmedArticle", **options):
        n_read += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return n_read, time.process_time() - start


def _with_entrez(path: Path) -> tuple[int, float]:
    """Read replies of ``N_A_CALL`` records; to make them from the file is not counted."""
    n_read, cpu_s = 0, 0.0
    for reply in _replies(path):
        start = time.process_time()
        n_read += len(_read_with_entrez(reply)["PubmedArticle"])
        cpu_s += time.process_time() - start
    return n_read, cpu_s


def _with_pubmed_parser(path: Path) -> tuple[int, float]:
    import pubmed_parser  # type: ignore[import-not-found]

    # It reads nothing but gzip; to unpack is a twentieth of its time.
    packed = path.with_suffix(".xml.gz")
    if not packed.exists():
        with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as stream:
            shutil.copyfileobj(plain, stream)
    start = time.process_time()
    records = pubmed_parser.parse_medline_xml(str(packed), author_list=True, reference_list=True)
    n_read = sum(1 for _ in records)
    return n_read, time.process_time() - start


def _with_xtract(path: Path) -> tuple[int, float]:
    """Let EDirect's xtract read a handful of fields; it uses every core that it finds."""
    command = ["xtract", "-input", str(path), "-pattern", "PubmedArticle", "-element", *_FIELDS]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return len(done.stdout.splitlines()), cpu_s


OURS = "litsweep iter_record_set"
READERS = {
    OURS: _with_litsweep,
    "lxml, trees alone": _with_bare_trees,
    "Bio.Entrez.read": _with_entrez,
    "pubmed_parser": _with_pubmed_parser,
    "xtract": _with_xtract,
}


def _is_installed(name: str) -> bool:
    if name == "xtract":
        return shutil.which(name) is not None
    return name != "pubmed_parser" or importlib.util.find_spec(name) is not None


def _is_valid(raw: bytes) -> bool:
    """Tell whether Bio.Entrez, which checks the DTD, takes the record."""
    try:
        _read_with_entrez(HEAD + raw + TAIL)
    except ValidationError:
        return False
    return True


def _read_with_entrez(reply: bytes) -> Any:
    return Entrez.read(io.BytesIO(reply))  # type: ignore[no-untyped-call]


def _replies(path: Path) -> Iterator[bytes]:
    """Yield sets of ``N_A_CALL`` records, the last of fewer."""
    records: list[bytes] = []
    for raw in _raw_records(path):
        records.append(raw)
        if len(records) == N_A_CALL:
            yield HEAD + b"\n".join(records) + TAIL
            records = []
    if records:
        yield HEAD + b"\n".join(records) + TAIL


def _raw_records(path: Path) -> Iterator[bytes]:
    rest = b""
    with path.open("rb") as stream:
        while piece := stream.read(1 << 22):
            rest += piece
            end = 0
            for match in _RECORD.finditer(rest):
                end = match.end()
                yield match[0]
            rest = rest[end:]


if __name__ == "__main__":
    main()
