"""A web hook on loopback that keeps what is posted to it, and answers with a status of choice."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class HookCatcher:
    """What was posted; ``status`` is the answer to the next ones."""

    port: int = 0
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def catching_hooks() -> Iterator[HookCatcher]:
    """Run a server that takes what is posted."""
    catcher = HookCatcher()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            catcher.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(catcher.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    catcher.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield catcher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
