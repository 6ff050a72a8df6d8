"""Asks an OpenAI-compatible server, and tells what passes from what does not.

Knows addresses, tries and time-outs, and the bearer key, which is in no message and no ``repr``.
What the replies mean is read elsewhere (``litsweep.models.served_replies``).
"""

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import httpx
from pydantic import SecretStr

from litsweep.errors import ModelError, ModelNotAvailable

_CONNECT_SECONDS: Final = 15.0
_LONGEST_PAUSE: Final = 60.0
_MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
# Busy, starting, or behind a gateway that is: worth waiting for.
_BUSY: Final = frozenset({408, 425, 429, 502, 503, 504})
# A server that answers, and answers nonsense, does not mend in a minute.
_MOST_TRIES_OF_THE_BROKEN: Final = 3
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_QUOTATION: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said: a JSON object where it agreed, else its reason, without the key.

    ``software`` is the header ``Server``, which few set.
    """

    status: int
    data: Mapping[str, Any]
    message: str
    software: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why one try gave nothing; ``waits`` tells that a later one may."""

    cause: str
    waits: bool
    retry_after: float | None = None


class ServerClient:
    """One server; safe to share between threads. Redirects are not followed.

    ``timeout_s`` is for one whole request; ``retries`` counts the tries after the first where the
    server cannot be reached or is busy.

    Raises:
        ModelNotAvailable: ``base_url`` is no address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: SecretStr | None,
        timeout_s: float,
        retries: int,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key.get_secret_value() if key else ""
        self._timeout_s = timeout_s
        self._retries = retries
        self._sleep = sleep
        self._draw = draw
        try:
            host = httpx.URL(base_url).host
        except httpx.InvalidURL as error:
            raise ModelNotAvailable(f"{base_url!r} is no address: correct served_at.") from error
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_SECONDS, timeout_s)),
            headers={"User-Agent": f"litsweep/{version('litsweep')}"} | self._authorization(),
            follow_redirects=False,
            # Proxies are for the outside, not for a server on this machine.
            trust_env=host not in _LOCAL,
        )

    def __repr__(self) -> str:
        return f"ServerClient({self._base_url!r})"

    def ask(self, path: str, payload: Mapping[str, Any] | None = None) -> Answer:
        """GET ``path``, or POST ``payload`` to it, until the server has answered.

        An answer may be a refusal (``is_ok`` is false): judging it is the caller's.

        Raises:
            ModelNotAvailable: the server cannot be reached, is busy for longer than the tries,
                sends elsewhere, or refuses the key.
            ModelError: it does not answer this one request in time, or not in JSON.
        """
        n_tries = 0
        while True:
            n_tries += 1
            found = self._try(path, payload)
            if isinstance(found, Answer):
                return found
            most = self._retries + 1 if found.waits else _MOST_TRIES_OF_THE_BROKEN
            if n_tries >= min(most, self._retries + 1):
                raise self._error(found, n_tries)
            self._sleep(self._pause(found, n_tries))

    def _error(self, problem: _Problem, n_tries: int) -> ModelError:
        times = "once" if n_tries == 1 else f"{n_tries} times"
        said = f"The server {self._base_url} was asked {times}: {problem.cause}."
        if problem.waits:
            return ModelNotAvailable(
                f"{said} Start it, wait until it is ready, or correct served_at."
            )
        return ModelError(f"{said} Its own log may say more.")

    def _pause(self, problem: _Problem, n_tries: int) -> float:
        pause = min(_LONGEST_PAUSE, 2.0**n_tries) * (0.5 + 0.5 * self._draw())
        return max(pause, min(problem.retry_after or 0.0, _LONGEST_PAUSE))

    def _try(self, path: str, payload: Mapping[str, Any] | None) -> Answer | _Problem:
        try:
            return self._send(path, payload)
        except httpx.ConnectTimeout:
            return _Problem("no connection in time", waits=True)
        except httpx.TimeoutException:
            # Asked again, it would take as long again.
            raise self._too_slow() from None
        except httpx.RemoteProtocolError as error:
            return _Problem(f"the reply broke off ({self._redact(str(error))})", waits=False)
        except httpx.HTTPError as error:
            words = str(error) or type(error).__name__
            return _Problem(f"no connection ({self._redact(words)})", waits=True)

    def _too_slow(self) -> ModelError:
        return ModelError(
            f"The server {self._base_url} gave no whole reply within {self._timeout_s:g} s. Raise "
            "generation_timeout_seconds, or lower batch_size: it is how many prompts are sent "
            "at once."
        )

    def _send(self, path: str, payload: Mapping[str, Any] | None) -> Answer | _Problem:
        deadline = time.monotonic() + self._timeout_s
        body = bytearray()
        method = "GET" if payload is None else "POST"
        with self._client.stream(method, self._base_url + path, json=payload) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_REPLY_BYTES:
                    return _Problem("a reply of over 16 MB", waits=False)
                if time.monotonic() > deadline:
                    raise self._too_slow()
        return self._judge(response, bytes(body))

    def _judge(self, response: httpx.Response, body: bytes) -> Answer | _Problem:
        status = response.status_code
        data = _read_json(body)
        if 300 <= status < 400:
            raise ModelNotAvailable(
                f"The server {self._base_url} sends elsewhere (HTTP {status}), and redirects are "
                "not followed. Give its real address in served_at."
            )
        if status in (401, 403):
            raise ModelNotAvailable(
                f"The server {self._base_url} refuses the request (HTTP {status}). Set the key "
                "that it expects in the environment: LITSWEEP_SERVED_API_KEY."
            )
        message = self._redact(read_message(data))
        if status in _BUSY:
            cause = f"HTTP {status}" + (f", {message}" if message else "")
            return _Problem(cause, waits=True, retry_after=_retry_after(response))
        if 200 <= status < 300 and data is None:
            kind = response.headers.get("Content-Type", "no type").partition(";")[0]
            return _Problem(f"a reply that is no JSON object ({kind:.60})", waits=False)
        if status >= 500 and not _is_about_the_request(message):
            return _Problem(f"HTTP {status}" + (f", {message}" if message else ""), waits=False)
        return Answer(
            status=status,
            data=data or {},
            message=message or f"HTTP {status}",
            software=response.headers.get("Server", ""),
        )

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _redact(self, text: str) -> str:
        text = text.replace(self._key, "***") if self._key else text
        return text if len(text) <= _LONGEST_QUOTATION else text[:_LONGEST_QUOTATION] + " …"


def read_message(data: Mapping[str, Any] | None) -> str:
    """Return the reason in an error's body, in any of the forms that servers write it.

    OpenAI, vLLM and llama.cpp: ``error.message``; Ollama: ``error``; older vLLM: ``message``;
    FastAPI: ``detail``.
    """
    error = (data or {}).get("error")
    if isinstance(error, dict):
        error = error.get("message")
    for found in (error, (data or {}).get("message"), (data or {}).get("detail")):
        if isinstance(found, str) and found.strip():
            return " ".join(found.split())
    return ""


def _read_json(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_about_the_request(message: str) -> bool:
    # llama.cpp answers 500 to what it does not support: asking again changes nothing.
    return re.search(r"\b(support|unsupported|invalid|only)", message, re.IGNORECASE) is not None


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return max(0.0, float(response.headers.get("Retry-After", "")))
    except ValueError:
        return None
