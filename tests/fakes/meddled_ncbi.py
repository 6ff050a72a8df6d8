"""A sandbox NCBI with somebody in between, who may change, hold up or refuse what is asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx

from litsweep_app.sandbox import SandboxAddress


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of NCBI: the tool's name, and the form that came with it."""

    tool: str
    form: dict[str, str]

    def without(self, pmid: int) -> "Question":
        """The same question, not asking for one PMID."""
        ids = [each for each in self.form["id"].split(",") if each != str(pmid)]
        return Question(self.tool, {**self.form, "id": ",".join(ids)})


Meddle = Callable[[Question], Question | int]
"""Returns the question to pass on, or the HTTP status to refuse it with."""


@contextmanager
def meddled(address: SandboxAddress, meddle: Meddle) -> Iterator[SandboxAddress]:
    """Stand before the E-utilities of a running sandbox; yields the address to ask instead."""
    with httpx.Client() as upstream:

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                tool = self.path.rpartition("/")[2].removesuffix(".fcgi")
                verdict = meddle(Question(tool, dict(parse_qsl(body, keep_blank_values=True))))
                if isinstance(verdict, int):
                    return self._answer(verdict, "text/html", b"Bad luck")
                reply = upstream.post(f"{address.eutils_url}{tool}.fcgi", data=verdict.form)
                self._answer(reply.status_code, reply.headers["Content-Type"], reply.content)

            def _answer(self, status: int, kind: str, content: bytes) -> None:
                with suppress(ConnectionError):  # whoever asked may be gone
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield replace(
                address, eutils_url=f"http://127.0.0.1:{server.server_port}/entrez/eutils/"
            )
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
