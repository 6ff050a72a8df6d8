"""One worker of ``benchmarks.workers``: says ``ready``, waits for a line, reads, says ``done``."""

import sys

from flows.read_documents import read_documents
from litsweep.domain.documents import DocumentKind
from litsweep_app.prefect_server import recording_server
from tests.fakes.made_gpu import made_gpu


def main() -> None:
    """Read what waits, recorded on the server that the environment names."""
    with recording_server(lambda _: None), made_gpu():
        read_documents(kinds=[DocumentKind.FULL_TEXT])  # imports and connects
        print("ready", flush=True)
        sys.stdin.readline()
        read_documents(kinds=[DocumentKind.ABSTRACT])
        print("done", flush=True)


if __name__ == "__main__":
    main()
