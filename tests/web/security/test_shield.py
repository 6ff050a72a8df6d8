"""What is refused before any page sees it, and what every answer carries."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest
import uvicorn
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from db.engine import Database
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web import application
from litsweep_app.web.page import Page
from litsweep_app.web.security import limits
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.csrf import make_token
from litsweep_app.web.serving import build_config, listen
from litsweep_app.web.visit import Visit
from tests.web.conftest import sign_in
from tests.web.security.conftest import BASE, Browsers

SAFETY: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def echo(visit: Visit) -> Response:
    return JSONResponse({"body": visit.body, "form": dict(visit.form.items())})


def fail(_visit: Visit) -> Response:
    raise RuntimeError("the secret is 1234")


def break_off(_visit: Visit) -> Response:
    def rows() -> Iterator[str]:
        yield "first,row\n" * 1_000
        raise RuntimeError("the database went away")

    return StreamingResponse(rows(), media_type="text/csv", headers={"X-Frame-Options": "ALLOW"})


PAGES: Final = (
    Page(path="/echo", name="echo", handler=echo, role=Role.READER, methods=("GET", "POST")),
    Page(path="/fail", name="fail", handler=fail, role=None),
    Page(path="/break-off", name="break_off", handler=break_off, role=None),
    Page(
        path="/api/echo",
        name="api_echo",
        handler=echo,
        role=Role.READER,
        methods=("GET", "POST"),
        is_api=True,
    ),
)


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A reader's browser on a desk with pages that say what they got."""
    monkeypatch.setattr(application, "PAGES", (*application.PAGES, *PAGES))
    app = application.build_application(database, Settings())
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    secret = sign_in(database, Role.READER)
    client.cookies.set(COOKIE, secret)
    client.headers["X-CSRF-Token"] = make_token(secret)
    return client


@pytest.mark.parametrize(
    ("method", "path", "status", "options"),
    [
        ("GET", "/sign-in", 303, {}),
        ("GET", "/account", 200, {}),
        ("HEAD", "/account", 200, {}),
        ("GET", "/nowhere", 404, {}),
        ("GET", "/api/nowhere", 404, {}),
        ("DELETE", "/account", 405, {}),
        ("OPTIONS", "/account", 405, {}),
        ("BREW", "/account", 405, {}),
        ("POST", "/echo", 413, {"content": b"x" * 262_145}),
        ("POST", "/api/echo", 415, {"content": b"{}"}),
        ("GET", "/account?" + "x" * 9_000, 414, {}),
        ("GET", "/fail", 500, {}),
        ("GET", "/people", 403, {}),
        ("GET", "/account", 400, {"headers": {"Host": "evil.example"}}),
        ("GET", "/static/look/page.css", 200, {}),
        ("GET", "/static/nothing.css", 404, {}),
        ("GET", "/static/../application.py", 404, {}),
        ("GET", "/static/%2e%2e/application.py", 404, {}),
        ("POST", "/static/look/page.css", 405, {}),
        ("GET", BASE + "//evil.example/", 404, {}),
        ("GET", "/account/", 307, {}),
    ],
)
def test_every_answer_carries_the_headers(
    client: TestClient, method: str, path: str, status: int, options: dict[str, Any]
) -> None:
    answer = client.request(method, path, **options)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SAFETY} == SAFETY
    assert "server" not in answer.headers
    is_kept = path == "/static/look/page.css" and status == 200
    assert answer.headers["cache-control"] == ("no-cache" if is_kept else "no-store")
    # A way out of the desk is never given.
    assert answer.headers.get("location", BASE + "/").startswith((BASE + "/", "/"))


def test_the_headers_cannot_be_replaced_by_a_page(client: TestClient) -> None:
    client.headers["Accept-Encoding"] = "identity"
    answer = client.get("/break-off")
    assert answer.headers.get_list("x-frame-options") == ["DENY"]


def test_what_nobody_foresaw_is_told_by_a_number_only(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        page = client.get("/fail?ticket=abc").text
    [record] = caplog.records
    assert record.exc_info
    assert record.args
    reference = str(record.args[0])  # type: ignore[index]
    assert reference in page
    assert "1234" not in page
    assert "RuntimeError" not in page
    assert "Traceback" not in page
    assert "ticket" not in record.getMessage()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil"])
def test_the_desk_answers_to_its_own_names_only(client: TestClient, host: str) -> None:
    answer = client.get("/account", headers={"Host": host})
    assert answer.status_code == 400
    assert "desk_allowed_hosts" in answer.text


def test_names_are_added_by_settings(browser_of: Browsers) -> None:
    settings = Settings(desk_allowed_hosts=" desk.example, Other.example", desk_url="https://a.b/")
    for host in ("desk.example", "other.example:8080", "a.b", "localhost:1", "[::1]:2"):
        answer = browser_of(settings=settings).get("/sign-in", headers={"Host": host})
        assert answer.status_code == 200, host


def test_behind_a_proxy_the_public_origin_is_our_own(browser_of: Browsers) -> None:
    settings = Settings(desk_url="https://desk.example")
    browser = browser_of(Role.READER, settings=settings)
    for origin, status in {"https://desk.example": 403, "https://desk.example:444": 403}.items():
        answer = browser.client.post("/account/tokens", headers={"Origin": origin})
        assert answer.status_code == status
        # The first got as far as the form's token.
        assert ("another site" in answer.text) == (origin != "https://desk.example")


def test_a_body_is_bounded_by_what_comes_not_by_what_is_declared(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(300):
            yield b"a=" + b"x" * 1_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/echo", content=pieces(), headers=headers).status_code == 413
    assert client.post("/echo", headers={"Content-Length": "1e9"}).status_code == 400


def test_a_form_is_bounded(client: TestClient) -> None:
    many = {f"field{n}": "x" for n in range(limits.MOST_FIELDS + 1)}
    assert client.post("/echo", data=many).status_code == 400
    assert client.post("/echo", files={"file": b"x"}).status_code == 415
    # A codec that takes seconds, and one that raises what nobody foresaw.
    for codec in ("punycode", "idna"):
        kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={codec}"}
        part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nxn--a\r\n--x--\r\n'
        assert client.post("/echo", content=part, headers=kind).status_code == 415
    assert client.post("/echo", data={"note": "a\0b"}).status_code == 400
    assert client.get("/echo", params={"q": "a\0b"}).status_code == 400
    assert client.get("/echo%00").status_code == 400
    assert client.post("/echo", data={"note": "ok"}).json()["form"]["note"] == "ok"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b"{",
        b"\xff",
        b"NaN",
        b'["\\ud800"]',
        b'{"a\\u0000": 1}',
        b"1" * 5_000,
    ],
    ids=["open", "deep", "too deep", "half", "bytes", "NaN", "surrogate", "NUL", "long number"],
)
def test_json_that_would_harm_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/echo", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


def test_json_as_deep_as_allowed_is_taken(client: TestClient) -> None:
    value: Any = "x"
    for _ in range(limits.DEEPEST_JSON - 1):
        value = [value]
    assert client.post("/api/echo", json=value).json()["body"] == value
    assert client.post("/api/echo").json()["body"] is None


def test_a_program_is_told_how_to_come_in(client: TestClient) -> None:
    client.cookies.clear()
    answer = client.get("/api/echo")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        'Bearer realm="litsweep"',
    )
    assert json.loads(answer.text)["status"] == 401


def test_what_is_sent_after_the_end_of_a_session_is_not_taken_for_stored(
    client: TestClient,
) -> None:
    client.cookies.clear()
    headers = {"Referer": f"{BASE}/topics/a%2Fb/queue/title_abstract?after=1"}
    answer = client.post("/echo", data={"note": "x"}, headers=headers)
    assert answer.status_code == 401
    assert "nothing of what you sent was stored" in answer.text
    assert "/sign-in?next=%2Ftopics%2Fa%252Fb%2Fqueue%2Ftitle_abstract%3Fafter%3D1" in answer.text
    fragment = client.get("/echo", headers={"HX-Request": "true"})
    assert fragment.status_code == 401


def test_styles_are_kept_for_good_under_their_version(client: TestClient) -> None:
    from litsweep_app.web.static_files import static_path

    address = static_path("look/page.css")
    kept = client.get(address)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/look/page.css?v=000").headers["cache-control"] == "no-cache"
    again = client.get("/static/look/page.css", headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 304
    assert kept.headers["content-encoding"] == "gzip"


def test_tokens_of_forms_look_different_and_all_hold(client: TestClient) -> None:
    secret = client.cookies[COOKIE]
    tokens = {make_token(secret) for _ in range(20)}
    assert len(tokens) == 20
    for token in tokens:
        assert client.post("/echo", data={"csrf": token}).status_code == 200


@pytest.fixture
def served(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """The desk, served as `litsweep desk` serves it, with little patience for slow bodies."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(application, "PAGES", (*application.PAGES, *PAGES))
    listener = listen("127.0.0.1", 0)
    settings = Settings(database_url=f"sqlite:///{database.place}")
    server = uvicorn.Server(build_config(settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the desk did not start"
        thread.join(0.02)
    yield listener.getsockname()
    server.should_exit = True
    thread.join(20)
    listener.close()


def _ask(address: tuple[str, int], request: bytes) -> bytes:
    """Send bytes as they are, and return all that comes until the server hangs up."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


def test_at_the_socket(served: tuple[str, int]) -> None:
    host = b"Host: 127.0.0.1\r\n"
    end = b"Connection: close\r\n\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na="
    slow = _ask(served, b"POST /sign-in HTTP/1.1\r\n" + host + form)
    assert slow.startswith(b"HTTP/1.1 408")
    assert b"content-security-policy" in slow
    huge = b"X: " + b"x" * 40_000 + b"\r\n"
    assert b" 4" in _ask(served, b"GET / HTTP/1.1\r\n" + host + huge + end)[:13]
    none = _ask(served, b"GET /sign-in HTTP/1.0\r\n\r\n")
    assert none.startswith(b"HTTP/1.1 400")
    two = _ask(served, b"GET / HTTP/1.1\r\n" + host + b"Host: evil.example\r\n" + end)
    assert two.startswith(b"HTTP/1.1 400")
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    smuggled = b"GET /sign-in HTTP/1.1\r\n" + host + end
    answers = _ask(served, b"POST /sign-in HTTP/1.1\r\n" + host + both + smuggled)
    assert answers.startswith(b"HTTP/1.1 400")
    assert answers.count(b"HTTP/1.1 ") == 1, "what follows is nobody's request"
    broken = _ask(served, b"GET /break-off HTTP/1.1\r\n" + host + end)
    assert broken.startswith(b"HTTP/1.1 200")
    assert not broken.endswith(b"0\r\n\r\n"), "what broke off must not look whole"
    # Nobody is believed to be a proxy.
    told = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\n"
    plain = _ask(served, b"GET /sign-in HTTP/1.1\r\n" + host + told + end)
    assert b"set-cookie: litsweep_visitor=" in plain
    assert b"server:" not in plain.lower()
