"""In by a password: whom it lets in, what it tells, how often it can be tried."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from db.engine import Database, open_database
from db.login_attempts import begin_attempt, forget_attempts
from db.reviewers import (
    disable,
    find_password_hash,
    get_reviewer,
    set_password_hash,
)
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web.security import passwords
from litsweep_app.web.security.cookies import COOKIE, VISITOR
from tests.web.conftest import sign_in
from tests.web.security.conftest import BASE, NAME, PASSWORD, Browsers, token_in


def test_the_right_password_lets_in_and_sends_on(
    browser_of: Browsers, with_password: Database
) -> None:
    browser = browser_of()
    sent_away = browser.get("/account?x=1")
    assert sent_away.headers["location"] == "/sign-in?next=%2Faccount%3Fx%3D1"
    done = browser.sign_in(next="/account?x=1")
    assert (done.status_code, done.headers["location"]) == (303, "/account?x=1")
    assert NAME in browser.get("/account").text


def test_a_wrong_password_and_a_name_that_nobody_has_look_alike(
    browser_of: Browsers, with_password: Database
) -> None:
    browser = browser_of()
    with with_password.writing() as conn:
        disable(conn, get_reviewer(conn, "Rea Reader"), now=datetime.now(UTC))
    answers = [
        browser.sign_in(name=name, password=password)
        for name, password in [
            (NAME, "a wrong password"),
            ("Nobody At All", PASSWORD),
            ("Lea Lead", ""),  # has none
            ("Rea Reader", PASSWORD),  # is disabled
        ]
    ]
    assert {answer.status_code for answer in answers} == {403}
    texts = {re.search(r'role="alert">(.*?)</p>', answer.text, re.S) for answer in answers}
    assert {found and found[1] for found in texts} == {"The name or the password is wrong."}
    assert not any(COOKIE in answer.headers.get("set-cookie", "") for answer in answers)


@pytest.mark.parametrize("name", [NAME, "Nobody At All", "Lea Lead"])
def test_each_attempt_does_the_same_work(
    browser_of: Browsers, with_password: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = []
    whole = PasswordHasher.verify

    def verify(self: PasswordHasher, stored: str, password: bytes) -> bool:
        hashes.append(stored.rpartition("$")[0].rpartition("$")[0])
        return whole(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    browser_of().sign_in(name=name, password="not the password")
    assert hashes == ["$argon2id$v=19$m=65536,t=3,p=4"]


def test_signing_in_gives_a_new_secret_and_ends_the_former_session(
    browser_of: Browsers, with_password: Database
) -> None:
    browser = browser_of()
    planted = "planted-by-somebody-else-0123456789abcdef"
    browser.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    browser.sign_in()
    first = browser.client.cookies[COOKIE]
    assert first != planted
    assert len(first) == 43
    other = browser_of()
    other.client.cookies.set(COOKIE, first)
    token = token_in(browser.get("/account").text)
    browser.client.post("/sign-in", data={"csrf": token, "name": NAME, "password": PASSWORD})
    assert browser.client.cookies[COOKIE] != first
    assert other.get("/account").status_code == 303


def test_signing_out_ends_the_session_not_only_the_cookie(
    browser_of: Browsers, with_password: Database
) -> None:
    browser = browser_of()
    browser.sign_in()
    secret = browser.client.cookies[COOKIE]
    done = browser.send("/sign-out", "/account")
    assert done.headers["location"] == "/sign-in"
    assert COOKIE not in browser.client.cookies
    browser.client.cookies.set(COOKIE, secret)
    assert browser.get("/account").status_code == 303


def _cookies(answer_headers: list[str]) -> dict[str, set[str]]:
    found = {}
    for header in answer_headers:
        pair, *flags = header.split("; ")
        found[pair.partition("=")[0]] = {flag.lower() for flag in flags}
    return found


def test_cookies_are_for_this_site_alone_and_for_no_script(
    browser_of: Browsers, with_password: Database
) -> None:
    browser = browser_of()
    first = _cookies(browser.get("/sign-in").headers.get_list("set-cookie"))
    assert first == {VISITOR: {"httponly", "path=/", "samesite=strict"}}
    second = _cookies(browser.sign_in().headers.get_list("set-cookie"))
    assert second[COOKIE] == {"httponly", "path=/", "samesite=strict"}


@pytest.mark.parametrize(
    ("base", "desk_url"),
    [("https://127.0.0.1", None), ("http://desk.example", "https://desk.example")],
    ids=["forwarded scheme", "desk_url"],
)
def test_by_https_cookies_are_secure_and_the_hosts_own(
    browser_of: Browsers, with_password: Database, base: str, desk_url: str | None
) -> None:
    browser = browser_of(settings=Settings(desk_url=desk_url), base=base)
    page = browser.get("/sign-in")
    [cookie] = page.headers.get_list("set-cookie")
    assert cookie.startswith(f"__Host-{VISITOR}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    # The client, unlike a browser behind a proxy, speaks plain http and would keep them back.
    pair = cookie.partition(";")[0]
    fields = {"csrf": token_in(page.text), "name": NAME, "password": PASSWORD}
    origin = desk_url or base
    headers = {"Cookie": pair, "Origin": origin}
    done = browser.client.post("/sign-in", data=fields, headers=headers)
    assert done.status_code == 303
    assert f"__Host-{COOKIE}=" in done.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie: a=b\r\nX: y",
        "///evil.example",
        "evil.example",
        "/sign-out",
        "/" + "a" * 3_000,
    ],
)
def test_nobody_is_sent_to_another_site(
    browser_of: Browsers, with_password: Database, wanted: str
) -> None:
    browser = browser_of()
    assert browser.sign_in(next=wanted).headers["location"] == "/"
    assert browser.get("/sign-in", params={"next": wanted}).headers["location"] == "/"


def test_guessing_is_slowed_and_sessions_go_on(
    browser_of: Browsers, with_password: Database
) -> None:
    browser, signed_in = browser_of(), browser_of(Role.REVIEWER)
    statuses = [browser.sign_in(password=f"wrong {n}").status_code for n in range(5)]
    assert statuses == [403] * 5
    stopped = browser.sign_in()  # now even the right one
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["retry-after"]) <= 5
    assert "try again in" in stopped.text
    assert signed_in.get("/account").status_code == 200
    assert browser_of(address="10.1.2.3").sign_in().status_code == 303


def test_two_processes_count_together(with_password: Database) -> None:
    other = open_database(f"sqlite:///{with_password.place}")
    now = datetime.now(UTC)
    waits = []
    for n in range(7):
        with (with_password, other)[n % 2].writing() as conn:
            waits.append(begin_attempt(conn, NAME, "10.0.0.1", now=now))
    other.close()
    assert waits[:5] == [None] * 5
    assert waits[5:] == [timedelta(seconds=5)] * 2


def test_waits_double_to_a_quarter_of_an_hour_and_end_with_success(
    with_password: Database,
) -> None:
    now = datetime.now(UTC)
    waits = []
    with with_password.writing() as conn:
        for _ in range(14):
            wait = begin_attempt(conn, NAME, "10.0.0.1", now=now)
            if wait is not None:
                waits.append(wait.total_seconds())
                now += wait
                assert begin_attempt(conn, NAME, "10.0.0.1", now=now) is None
        assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]
        forget_attempts(conn, NAME)
        assert begin_attempt(conn, NAME, "10.0.0.1", now=now) is None


def test_many_addresses_cannot_guess_one_name_faster_nor_one_address_many_names(
    database: Database,
) -> None:
    now = datetime.now(UTC)
    with database.writing() as conn:
        for n in range(20):
            assert begin_attempt(conn, NAME, f"10.0.0.{n}", now=now) is None
        assert begin_attempt(conn, NAME, "10.0.1.1", now=now) is not None
        for n in range(20):
            assert begin_attempt(conn, f"Guess {n}", "10.9.9.9", now=now) is None
        assert begin_attempt(conn, "Guess 21", "10.9.9.9", now=now) is not None
        assert begin_attempt(conn, "Guess 21", "10.9.9.8", now=now) is None


def test_what_is_typed_as_a_name_is_not_kept_unless_it_is_one(database: Database) -> None:
    from sqlalchemy import select

    from db.tables import login_attempts

    with database.writing() as conn:
        begin_attempt(conn, "my secret password", "10.0.0.1", now=datetime.now(UTC))
        begin_attempt(conn, NAME, "10.0.0.1", now=datetime.now(UTC))
        names = list(conn.scalars(select(login_attempts.c.name)))
    assert names[1] == NAME
    assert re.fullmatch(r"\?[0-9a-f]{8}", names[0])


def test_a_hash_of_former_parameters_is_made_anew(browser_of: Browsers, database: Database) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with database.writing() as conn:
        number = get_reviewer(conn, NAME).reviewer_id
        set_password_hash(conn, number, cheap)
    assert browser_of().sign_in().status_code == 303
    with database.reading() as conn:
        stored = find_password_hash(conn, number)
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert browser_of().sign_in().status_code == 303


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("eleven char", "at least 12"),
        ("x" * 1_025, "at most 1,024 bytes"),
        ("rob reviewer 1", "first to be guessed"),
        ("Litsweep2026", "first to be guessed"),
        ("aaaaaaaaaaaaaaaa", "first to be guessed"),
        ("passwordpassword", "first to be guessed"),
    ],
)
def test_what_is_no_password(password: str, fault: str) -> None:
    with pytest.raises(passwords.UsageError, match=fault):
        passwords.check_password(password, name=NAME)


@pytest.mark.parametrize(
    "password", [PASSWORD, "four words " * 90, "eine Nacht im März", "пароль из слов"]
)
def test_anything_else_may_be_one(password: str) -> None:
    passwords.check_password(password, name=NAME)


def test_one_password_typed_in_two_ways_is_one() -> None:
    stored = passwords.hash_password("caf\u00e9 in the morning")
    assert passwords.is_right("cafe\u0301 in the morning", stored)
    assert not passwords.is_right("cafe in the morning", stored)


def test_a_session_is_noted_as_used_once_a_minute(database: Database) -> None:
    from sqlalchemy import select

    from db.tables import desk_sessions
    from litsweep_app.web.application import build_application

    secret = sign_in(database, Role.READER)
    client = TestClient(build_application(database, Settings()), base_url=BASE)
    client.cookies.set(COOKIE, secret)

    def last_seen() -> datetime:
        with database.reading() as conn:
            seen = conn.scalar(select(desk_sessions.c.last_seen_at))
        assert seen is not None
        return seen

    before = last_seen()
    client.get("/account")
    assert last_seen() == before
    with database.writing() as conn:
        conn.execute(desk_sessions.update().values(last_seen_at=before - timedelta(minutes=2)))
    client.get("/account")
    assert last_seen() >= before
