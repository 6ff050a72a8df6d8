"""One host, asked over HTTP: throttled, timed out, judged, and asked again where that helps.

Every request of the library leaves through `HttpSource.ask`. It knows nothing of what the
replies mean beyond `litsweep.sources.replies`, and nothing of which addresses may answer beyond
`litsweep.sources.peers`.
"""

import logging
import random
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self, cast

import httpx

from litsweep.errors import (
    AccessRefused,
    MalformedReply,
    QueryRefused,
    RateLimited,
    SourceError,
    SourceUnreachable,
)
from litsweep.settings import Settings
from litsweep.sources.packing import unpack
from litsweep.sources.peers import find_proxy, is_loopback, is_named_private, private_peer
from litsweep.sources.redaction import Redactor
from litsweep.sources.replies import Action, Endpoint, Judgement, classify
from litsweep.sources.throttle import Throttle

_CONNECT_SECONDS: Final = 15.0
_LONGEST_PAUSE: Final = 60.0
_LONGEST_RETRY_AFTER: Final = 120.0
_LIMIT_SECONDS: Final = 1.0  # NBK25497: the limit is counted by the second.
# A source that gives broken replies is up: what it does not mend in half a minute it mends
# another day, and to find one broken record of 200 the batch is asked for in eight halvings.
_MOST_RETRIES_OF_THE_BROKEN: Final = 4
_MOST_REDIRECTS: Final = 3
# 200 records are about 6 MB (ncbi.md 1.4) and the largest full texts some tens of MB. More
# than this is a fault, a bomb, or too many records at once.
MAX_REPLY_BYTES: Final = 64 * 1024 * 1024

_RETRIED: Final = (Action.RETRY, Action.RETRY_SMALLER)
_WAYS_OUT: Final[dict[type[SourceError], str]] = {
    SourceUnreachable: "Check the network and, if it is set, the address in the settings; "
    "the next sweep goes on from what is stored.",
    RateLimited: "Something else may be using the same address or API key; wait a minute, or "
    "lower requests_per_second. The next sweep goes on from what is stored.",
    MalformedReply: "This is the source's fault and usually passes; the next sweep goes on "
    "from what is stored.",
    AccessRefused: "Check NCBI_API_KEY, or unset it to go on at 3 requests a second; an address "
    "that NCBI blocks is freed by writing to them (NBK25497).",
    QueryRefused: "Correct the query.",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question. With ``form`` it is a POST, and what is in the form is in no address.

    ``path`` is appended to the source's base address. ``can_shrink`` tells that the caller can
    ask for less at a time.
    """

    endpoint: Endpoint
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    can_shrink: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply that may be used, or the reason why the caller must ask otherwise.

    ``action`` is OK, ABSENT, RETRY_SMALLER (only where the request can shrink), SEARCH_AGAIN
    or SLICE; ``cause`` is redacted.
    """

    action: Action
    body: bytes
    url: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    judgement: Judgement
    body: bytes = field(default=b"", repr=False)
    retry_after: float | None = None


class HttpSource:
    """A base address and everything needed to ask it politely; safe to share between threads.

    ``retries`` counts the tries after the first: with the ten of the settings, an outage of three
    minutes is outlived whatever the jitter (pauses of 181 to 362 s). Redirects are followed only
    for a GET and only to the same scheme, host and port: a form may hold the API key.
    """

    def __init__(
        self,
        base_url: str,
        settings: Settings,
        throttle: Throttle,
        *,
        retries: int | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> None:
        self.base_url = base_url
        self.host = _host(base_url)
        self._throttle = throttle
        self._retries = settings.retries if retries is None else retries
        self._timeout = settings.timeout_seconds
        self._sleep = sleep
        self._draw = draw
        self._clock = clock
        self._max_reply_bytes = max_reply_bytes
        key = settings.ncbi_api_key
        self._redactor = Redactor(settings.ncbi_email, key=key.get_secret_value() if key else None)
        # Proxies are for the outside: the sandbox on this machine is reached without one.
        proxy = None if is_loopback(self.host) else find_proxy(base_url)
        # Of a proxy only its own address is seen, and it is where the settings send us.
        self._is_checked = proxy is None and not is_named_private(self.host)
        self._client = httpx.Client(
            transport=transport,
            verify=_read_certificates(),
            timeout=httpx.Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout)),
            headers={"User-Agent": f"litsweep/{version('litsweep')}", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            # The proxy is found once, by `find_proxy`: what checks the other end must know of it.
            proxy=proxy,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def redact(self, text: str) -> str:
        """Return ``text``, which a source wrote, without this run's secrets."""
        return self._redactor.redact(text)

    def ask(self, request: Request) -> Reply:
        """Send ``request`` until a reply can be used, or no try is left.

        Raises:
            SourceError: the class names what went wrong; the message says what, where, after
                how many tries, and the way out, and holds no secret.
        """
        n_tries = n_broken = 0
        while True:
            n_tries += 1
            attempt = self._attempt(request)
            action = attempt.judgement.action
            if action is Action.FATAL:
                raise self._error(request, attempt, n_tries)
            if action not in _RETRIED:
                return self._reply(request, attempt)
            n_broken += attempt.judgement.error is MalformedReply
            is_last = n_tries > self._retries or n_broken > _MOST_RETRIES_OF_THE_BROKEN
            wants_less = action is Action.RETRY_SMALLER and request.can_shrink
            if wants_less and (n_tries >= 2 or is_last):
                return self._reply(request, attempt)
            if is_last:
                raise self._error(request, attempt, n_tries)
            self._pause(request, attempt, n_tries)

    def _reply(self, request: Request, attempt: _Attempt) -> Reply:
        return Reply(
            action=attempt.judgement.action,
            body=self._redactor.redact_bytes(attempt.body),
            url=self.base_url + request.path,
            cause=attempt.judgement.cause,
        )

    def _error(self, request: Request, attempt: _Attempt, n_tries: int) -> SourceError:
        # Not "from" what httpx raised: its traceback holds the form, and the form the key.
        judgement = attempt.judgement
        times = "once" if n_tries == 1 else f"{n_tries} times"
        way_out = _WAYS_OUT[judgement.error]
        return judgement.error(
            f"{self.host} ({request.endpoint}) was asked {times}: {judgement.cause}. {way_out}"
        )

    def _pause(self, request: Request, attempt: _Attempt, n_tries: int) -> None:
        # Jitter over the upper half: clients that failed together do not come back together,
        # and a short outage does not use up the tries.
        pause = min(_LONGEST_PAUSE, 2.0**n_tries) * (0.5 + 0.5 * self._draw())
        is_over_limit = attempt.judgement.error is RateLimited
        if is_over_limit:
            pause = max(pause, _LIMIT_SECONDS)
        if attempt.retry_after is not None:
            pause = max(pause, min(attempt.retry_after, _LONGEST_RETRY_AFTER))
        if is_over_limit or attempt.retry_after is not None:
            self._throttle.hold_off(pause)
        _log.warning(
            "%s (%s): %s; try %d of %d in %.1f s",
            self.host,
            request.endpoint,
            attempt.judgement.cause,
            n_tries + 1,
            self._retries + 1,
            pause,
        )
        self._sleep(pause)

    def _attempt(self, request: Request) -> _Attempt:
        attempt = self._try(request)
        judgement = replace(attempt.judgement, cause=self.redact(attempt.judgement.cause))
        return replace(attempt, judgement=judgement)

    def _try(self, request: Request) -> _Attempt:
        try:
            return self._send(request)
        except httpx.ConnectTimeout:
            return _failed("no connection in time", SourceUnreachable)
        except httpx.TimeoutException:
            return self._too_slow()
        except (httpx.RemoteProtocolError, zlib.error) as error:
            return _failed(f"the reply broke off ({error})", MalformedReply)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            words = str(error) or type(error).__name__
            return _failed(f"no connection ({words})", SourceUnreachable)

    def _too_slow(self) -> _Attempt:
        cause = f"no whole reply within {self._timeout:g} s"
        return _failed(cause, SourceUnreachable, Action.RETRY_SMALLER)

    def _send(self, request: Request) -> _Attempt:
        url = httpx.URL(self.base_url + request.path)
        if request.query:
            url = url.copy_merge_params(request.query)
        for _ in range(_MOST_REDIRECTS + 1):
            method = "GET" if request.form is None else "POST"
            turn = self._throttle.wait()
            deadline = self._clock() + self._timeout
            with self._client.stream(method, url, data=request.form) as response:
                self._throttle.replied(turn)
                if self._is_checked and (private := private_peer(response)):
                    _log.warning("%s led to %s: refused unread", self.host, private)
                    return _refused_peer(self.host)
                self._heed_limit(response.headers)
                if not response.has_redirect_location:
                    return self._receive(request, response, deadline)
                target = url.join(response.headers["Location"])
            if request.form is not None or not _same_place(url, target):
                return _refused_redirect(target)
            url = target
        return _refused_redirect(url)

    def _heed_limit(self, headers: httpx.Headers) -> None:
        limit = _whole_number(headers.get("X-RateLimit-Limit"))
        if limit is not None:
            self._throttle.lower_to(limit)
        if _whole_number(headers.get("X-RateLimit-Remaining")) == 0:
            self._throttle.nothing_remains()

    def _receive(self, request: Request, response: httpx.Response, deadline: float) -> _Attempt:
        body = bytearray()
        encoding = response.headers.get("Content-Encoding", "")
        for chunk in unpack(encoding, cast(httpx.SyncByteStream, response.stream)):
            body += chunk
            if len(body) > self._max_reply_bytes:
                cause = f"the reply is larger than {self._max_reply_bytes:,} bytes"
                less = Action.RETRY_SMALLER if request.can_shrink else Action.FATAL
                return _failed(cause, MalformedReply, less)
            # The read time-out of httpx begins anew with each chunk: a reply that drips in
            # would never end.
            if self._clock() > deadline:
                return self._too_slow()
        content_type = response.headers.get("Content-Type", "")
        whole = bytes(body)
        return _Attempt(
            judgement=classify(request.endpoint, response.status_code, content_type, whole),
            body=whole,
            retry_after=_retry_after(response.headers.get("Retry-After")),
        )


@cache
def _read_certificates() -> ssl.SSLContext:
    """Read the authorities' certificates once a process: 30 ms that every client would take."""
    return httpx.create_ssl_context()


def cause_of(error: SourceError) -> str:
    """Return what an error of `HttpSource.ask` says happened, without the way out."""
    return str(error).removesuffix(_WAYS_OUT.get(type(error), "")).strip()


def _host(base_url: str) -> str:
    try:
        return httpx.URL(base_url).host or base_url
    except httpx.InvalidURL:
        return "the address in the settings"


def _failed(
    cause: str,
    error: type[SourceError],
    action: Action = Action.RETRY,
) -> _Attempt:
    return _Attempt(judgement=Judgement(action=action, cause=cause, error=error))


def _same_place(url: httpx.URL, target: httpx.URL) -> bool:
    return (url.scheme, url.host, url.port) == (target.scheme, target.host, target.port)


def _refused_redirect(target: httpx.URL) -> _Attempt:
    cause = f"it redirects to {target.scheme}://{target.host}, which is not followed"
    return _failed(cause, SourceUnreachable, Action.FATAL)


def _refused_peer(host: str) -> _Attempt:
    cause = (
        f"the name {host} led to a private address, so the reply was refused unread; for a copy "
        "of the service within your own network, write its number in the settings"
    )
    return _failed(cause, SourceUnreachable, Action.FATAL)


def _whole_number(value: str | None) -> int | None:
    # The length, since Python refuses to read thousands of digits.
    is_one = value is not None and value.isascii() and value.isdigit() and len(value) < 10
    return int(value) if value is not None and is_one else None


def _retry_after(value: str | None) -> float | None:
    """Read ``Retry-After``: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if (seconds := _whole_number(value)) is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
