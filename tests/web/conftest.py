"""A desk on a filled database: asked in this process, or served to a real browser."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from starlette.testclient import TestClient

from db.desk_sessions import start_session
from db.engine import Database, open_database
from db.reviewers import add_reviewer
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.ports import free_port
from litsweep_app.web.application import build_application
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.csrf import make_token
from tests.fakes.filled_database import fill_whole

CHROMIUM = Path("/usr/bin/chromium")
PEOPLE = {
    Role.READER: "Rea Reader",
    Role.REVIEWER: "Rob Reviewer",
    Role.LEAD: "Lea Lead",
}


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample records, read and decided upon, and three people."""
    path = tmp_path_factory.mktemp("desk") / "filled.db"
    database = open_database(f"sqlite:///{path}", create=True)
    fill_whole(database)
    with database.writing() as conn:
        for role, name in PEOPLE.items():
            add_reviewer(conn, name=name, role=role, created_by="test", now=datetime.now(UTC))
    database.close()
    return path


@pytest.fixture
def database(filled_file: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of it for one test."""
    path = tmp_path / "results.db"
    shutil.copy(filled_file, path)
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


def sign_in(database: Database, role: Role) -> str:
    """Begin a session of the person with this role; return its secret."""
    with database.writing() as conn:
        number = list(PEOPLE).index(role) + 1
        return start_session(conn, number, datetime.now(UTC))


@pytest.fixture
def client_of(database: Database) -> Callable[[Role | None], TestClient]:
    """Make a client of the desk who is signed in with a role, or not at all."""
    app = build_application(database, Settings())

    def build(role: Role | None) -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=False)
        if role is not None:
            secret = sign_in(database, role)
            client.cookies.set(COOKIE, secret)
            client.headers["X-CSRF-Token"] = make_token(secret)
        return client

    return build


@dataclass
class Desk:
    """A desk that is served at ``address`` on ``database``."""

    address: str
    database: Database

    def sign_in(self, context: BrowserContext, role: Role) -> None:
        """Let a browser in as the person with this role."""
        secret = sign_in(self.database, role)
        context.add_cookies([{"name": COOKIE, "value": secret, "url": self.address}])


@contextmanager
def serving(database: Database) -> Iterator[Desk]:
    """Serve the desk on a free port of loopback, in a thread."""
    port = free_port()
    config = uvicorn.Config(
        build_application(database, Settings()),
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the desk did not start"
        thread.join(0.02)
    yield Desk(f"http://127.0.0.1:{port}", database)
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """A served desk on a copy of the filled database."""
    with serving(database) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; no longer than a module, for its event loop would stop others' own."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium: .ci/install-system-packages installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=120_000
        )
        yield launched
        launched.close()
