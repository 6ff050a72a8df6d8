"""A process that decides as one person, again and again, each time having looked first.

``python -m tests.fakes.deciding_person URL NAME TIMES``: for each of ``TIMES`` rounds it reads
what stands of this person about PMID 1, decides otherwise, and tries again where another
process was faster. It says ``ready``, begins at a line on its standard input, and prints how
many decisions it made and how many conflicts it met.
"""

import sys
from typing import Final

from db.decisions import find_standing
from db.engine import Database, open_database
from db.records import get_record
from litsweep.domain.decisions import Stage
from litsweep.errors import DecisionConflict
from tests.fakes.screened_topic import TOPIC, decide

_MOST_TRIES: Final = 1000


def main(url: str, name: str, times: str) -> None:
    """Decide and report."""
    database = open_database(url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    n_conflicts = sum(_decide(database, name, str(number)) for number in range(int(times)))
    sys.stdout.write(f"{times} {n_conflicts}\n")


def _decide(database: Database, name: str, note: str) -> int:
    """Decide once; return how often something else was decided in between."""
    for n_conflicts in range(_MOST_TRIES):
        with database.reading() as conn:
            record_id = get_record(conn, 1).record_id
            seen = find_standing(conn, TOPIC, record_id, Stage.TITLE_ABSTRACT, "Ada")
        expected = {"expected_id": seen.screening_decision_id if seen else None}
        try:
            with database.writing() as conn:
                decide(conn, 1, reviewer="Ada", note=f"{name} {note}", expected=expected)
        except DecisionConflict:
            continue
        return n_conflicts
    raise AssertionError("no end of conflicts")


if __name__ == "__main__":
    main(*sys.argv[1:])
