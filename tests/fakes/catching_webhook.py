"""A web server on loopback that keeps what is posted to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class CatchingWebhook:
    """Its address, and the bodies that came, in their order."""

    url: str
    bodies: list[str] = field(default_factory=list)


@contextmanager
def catching() -> Iterator[CatchingWebhook]:
    """Catch what is posted while the block lasts."""
    caught: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            caught.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield CatchingWebhook(f"http://127.0.0.1:{server.server_port}/", caught)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
