"""``litsweep desk``: it serves, prints one address that lets one person in, and ends quietly."""

import contextlib
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import Client

from db.engine import open_database
from db.reviewers import add_reviewer, disable, get_reviewer, list_reviewers
from litsweep.domain.reviewers import Role
from tests.cli.conftest import SCRIPT, Litsweep, clean_environment
from tests.cli.test_bad_input import assert_told


@dataclass
class Served:
    """A running desk: the address that it printed, and its process."""

    address: str
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        return self.address.partition("/enter")[0]

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return what the process ended with and said."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [SCRIPT, "desk", *options],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address, process.communicate()[1]
        yield Served(address, process)
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.communicate()


@pytest.fixture
def folder(tmp_path: Path, empty_file: Path) -> Path:
    """A working folder with a database in which nobody has an account."""
    shutil.copy(empty_file, tmp_path / "litsweep.db")
    return tmp_path


def add(folder: Path, *people: tuple[str, Role]) -> None:
    database = open_database(f"sqlite:///{folder}/litsweep.db")
    with database.writing() as conn:
        for name, role in people:
            add_reviewer(conn, name=name, role=role, created_by="test", now=datetime.now(UTC))
    database.close()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_printed_address_lets_in_once_and_ctrl_c_ends_quietly(
    folder: Path, processes: str
) -> None:
    with running(folder, "--port", "0", "--workers", processes, "--as", "Ada Fiction") as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter\?ticket=[\w-]{43}", served.address)
        with Client(base_url=served.base, timeout=60) as browser:
            page = browser.get(served.address)
            assert "Sign in as <bdi>Ada Fiction</bdi>" in page.text
            fields = dict(re.findall(r'name="(csrf|ticket)" value="([^"]+)"', page.text))
            done = browser.post("/enter", data=fields, headers={"Origin": served.base})
            assert (done.status_code, done.headers["location"]) == (303, "/")
            # Each of the processes knows the session.
            for _ in range(8):
                with Client(base_url=served.base, cookies=browser.cookies, timeout=60) as again:
                    assert "Ada Fiction" in again.get("/account").text
            assert browser.get(served.address).status_code == 410
        code, said = served.interrupt()
    assert code == 0
    assert said.endswith("The desk is closed.\n")
    assert "Traceback" not in said
    assert "no accounts yet: Ada Fiction is its first, a lead" in said


def test_the_port_of_the_settings_may_be_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (folder / "litsweep.toml").write_text(f"desk_port = {port}\n", "utf-8")
        with running(folder, "--as", "Ada") as served:
            assert f":{port}/" not in served.address
            _, said = served.interrupt()
    assert f"Port {port} is taken" in said


def test_a_port_that_was_asked_for_and_is_taken(litsweep: Litsweep, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_told(
            litsweep("desk", "--port", port, "--as", "Ada"), 2, f"127.0.0.1:{port}", "in use"
        )


def test_who_comes_in(folder: Path) -> None:
    add(folder, ("Lea", Role.LEAD), ("Rob", Role.REVIEWER))
    with running(folder, "--port", "0") as served:
        assert "/enter?ticket=" in served.address
        assert "This lets Lea in" in served.interrupt()[1]
    with running(folder, "--port", "0", "--as", "Rob") as served:
        assert "This lets Rob in" in served.interrupt()[1]
    add(folder, ("Leo", Role.LEAD))
    with running(folder, "--port", "0") as served:
        assert served.address.endswith("/sign-in")
        assert "--as NAME" in served.interrupt()[1]


def test_nobody_is_let_in_who_has_no_account(litsweep: Litsweep, folder: Path) -> None:
    add(folder, ("Lea", Role.LEAD), ("Rob", Role.REVIEWER))
    database = open_database(f"sqlite:///{folder}/litsweep.db")
    with database.writing() as conn:
        disable(conn, get_reviewer(conn, "Rob"), now=datetime.now(UTC))
    assert_told(litsweep("desk", "--port", "0", "--as", "Bob"), 2, "no account 'Bob'")
    assert_told(litsweep("desk", "--port", "0", "--as", "Rob"), 2, "is disabled")
    with database.reading() as conn:
        assert [one.name for one in list_reviewers(conn)] == ["Lea", "Rob"]
    database.close()


def test_passwords_do_not_cross_a_network_in_the_clear(litsweep: Litsweep, folder: Path) -> None:
    told = litsweep("desk", "--host", "0.0.0.0", "--port", "0", "--as", "Ada")
    assert_told(told, 2, "without https", "desk_url", "desk_allow_http")
    (folder / "litsweep.toml").write_text('desk_url = "http://desk.example"\n', "utf-8")
    assert litsweep("desk", "--host", "0.0.0.0", "--port", "0", "--as", "Ada").code == 2
    # Nothing is made before it can be served.
    database = open_database(f"sqlite:///{folder}/litsweep.db")
    with database.reading() as conn:
        assert not list_reviewers(conn)
    database.close()
    (folder / "litsweep.toml").write_text('desk_url = "https://desk.example"\n', "utf-8")
    with running(folder, "--host", "0.0.0.0", "--port", "0", "--as", "Ada") as served:
        assert served.address.startswith("https://desk.example/enter?ticket=")


def test_no_database_yet_and_one_of_a_newer_version(litsweep: Litsweep, tmp_path: Path) -> None:
    assert_told(litsweep("desk", "--port", "0"), 1, "litsweep.db")
    assert not list(tmp_path.iterdir())
