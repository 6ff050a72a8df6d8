"""HTTP for tests that ask a Prefect server: what it is too busy for is asked again.

A server on SQLite answers 503 when another of its own writers was faster; Prefect's client asks
again, and so does this.
"""

import time
from typing import Final

import httpx

_PATIENCE_S: Final = 60.0


class PatientTransport(httpx.HTTPTransport):
    """Repeats a request that was answered by 503, for up to a minute."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            response = super().handle_request(request)
            if response.status_code != 503 or time.monotonic() > deadline:
                return response
            response.read()
            response.close()
            time.sleep(0.5)
