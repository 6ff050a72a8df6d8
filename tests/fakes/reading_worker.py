"""A worker that waits for a word before it reads each batch it has leased.

``python -m tests.fakes.reading_worker SIZE``: says ``leased N`` on its output, reads the batch at
the next line of its input, and ends with ``done`` when nothing waits. It does what
``flows.read_documents`` does, without Prefect's engine.
"""

import sys
from datetime import UTC, datetime
from unittest.mock import patch

from litsweep.domain.documents import DocumentKind
from litsweep.models.loading import Availability
from tasks import leasing, read, ways


def main(size: int) -> None:
    # Without the model that compares sentences, which takes seconds to load.
    absent = Availability(is_available=False, reason="too slow for a test")
    since = datetime.now(UTC)
    with patch.object(ways, "is_available", lambda *_: absent), leasing.holding_leases():
        (scope,) = read.list_scopes(None, [DocumentKind.ABSTRACT])
        run_id, terms = read.open_run(scope, since)
        for batch in leasing.lease_batches(scope, terms, size):
            _say(f"leased {len(batch)}")
            sys.stdin.readline()
            read.read_batch.fn(batch, run_id)
        read.close_run(run_id)
    _say("done")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
