"""A Prefect server's API as far as a house asks it: answers what ``answers`` says, None is 503."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Self

import yaml


class PrefectApi:
    """Runs in a thread on a free port of loopback; all is well unless ``answers`` is changed."""

    def __init__(self, worker: str) -> None:
        text = (files("deployments") / "prefect.yaml").read_text("utf-8")
        self.answers: dict[str, Any] = {
            "/ready": "OK",
            "/work_pools/litsweep/workers/filter": [
                {
                    "name": worker,
                    "status": "ONLINE",
                    "last_heartbeat_time": datetime.now(UTC).isoformat(),
                }
            ],
            "/deployments/filter": [
                {"name": one["name"], "schedules": []}
                for one in yaml.safe_load(text)["deployments"]
            ],
            "/automations/filter": [{"name": "litsweep: zombies", "enabled": True}],
            "/flow_runs/filter": [{"expected_start_time": "2026-11-23T03:30:00Z"}],
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.answers))
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_ending: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def _handler(answers: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = answers[self.path.removeprefix("/api")]
            body = json.dumps(answer).encode()
            self.send_response(503 if answer is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None:
            return

    return Handler
