"""How fast PubMed XML becomes records, beside ``Bio.Entrez.read`` on the same bytes.

Run ``python -m benchmarks.parsing [FOLDER] [N_RECORDS]``. The records of FOLDER's XML files
(default: the packaged sample) are repeated with new PMIDs until there are N_RECORDS. Both
parsers read one set of them, in this process, on one core. CPU seconds are compared; wall
time is shown, since it also tells how busy the machine was.
"""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

from Bio import Entrez

from benchmarks.made_records import build_set, read_records
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

N_RECORDS = 5_000


def main() -> None:
    """Measure and print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data()
    n_records = int(sys.argv[2]) if len(sys.argv) > 2 else N_RECORDS
    distinct = list(read_records(folder))
    if not distinct:
        sys.exit(f"No PubMed records in {folder}.")
    xml = build_set(distinct, n_records)
    kilobytes = len(xml) / n_records / 1000
    print(f"{n_records} records ({len(distinct)} distinct, {kilobytes:.1f} kB each) of {folder}")
    print(f"{'':32}{'CPU s':>8}{'wall s':>8}{'records/CPU s':>15}")
    show("litsweep parse_record_set", n_records, lambda: len(parse_record_set(xml).records))
    show("Bio.Entrez.read, no validation", n_records, lambda: count_with_entrez(xml))


def count_with_entrez(xml: bytes) -> int:
    """Read with Biopython, for comparison."""
    reply = Entrez.read(io.BytesIO(xml), validate=False)  # type: ignore[no-untyped-call]
    return len(reply["PubmedArticle"])


def show(name: str, n_records: int, read: Callable[[], int]) -> None:
    """Time one reading and print its line; stop where records are missing."""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        n_read = read()
    except ValueError as error:  # Bio.Entrez on records in the forms of older DTDs
        print(f"{name:32} refuses these records: {error}")
        return
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if n_read != n_records:
        sys.exit(f"{name} read {n_read} of {n_records} records.")
    print(f"{name:32}{cpu:8.2f}{wall:8.2f}{n_records / cpu:15,.0f}")


if __name__ == "__main__":
    main()
