"""``litsweep reviewer``: accounts from the command line."""

import io
import json
import shutil
from pathlib import Path

import pytest

from db.engine import Database, open_database
from db.reviewers import find_password_hash, get_reviewer
from litsweep_app.web.security.passwords import is_right
from tests.cli.conftest import Litsweep
from tests.cli.test_bad_input import assert_told

PASSWORD = "a quiet hour of screening"


@pytest.fixture
def folder(tmp_path: Path, empty_file: Path) -> Path:
    """A working folder with a database in which nobody has an account."""
    shutil.copy(empty_file, tmp_path / "litsweep.db")
    return tmp_path


def _open(folder: Path) -> Database:
    return open_database(f"sqlite:///{folder}/litsweep.db")


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_an_invitation(litsweep: Litsweep, folder: Path) -> None:
    done = litsweep("reviewer", "add", "Ada Fiction", "--role", "lead")
    assert done.code == 0
    assert done.out.startswith("http://127.0.0.1:8765/enter?ticket=")
    assert done.out.strip().endswith("&next=%2Faccount")
    assert "Ada Fiction is a lead" in done.err
    shown = json.loads(litsweep("reviewer", "list", "--json").out)
    assert [(one["name"], one["role"], one["has_password"]) for one in shown] == [
        ("Ada Fiction", "lead", False)
    ]
    assert "password" in litsweep("reviewer", "list").out


def test_a_password_is_read_and_stored_as_a_hash(
    litsweep: Litsweep, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, PASSWORD + "\n")
    done = litsweep("reviewer", "add", "Ada", "--password-stdin")
    assert (done.code, done.out) == (0, "")
    assert PASSWORD.encode() not in (folder / "litsweep.db").read_bytes()
    _type(monkeypatch, "another good sentence\n")
    assert litsweep("reviewer", "password", "Ada", "--password-stdin").code == 0
    database = _open(folder)
    with database.reading() as conn:
        stored = find_password_hash(conn, get_reviewer(conn, "Ada").reviewer_id)
    database.close()
    assert is_right("another good sentence", stored)
    assert not is_right(PASSWORD, stored)
    litsweep("reviewer", "link", "Ada")
    assert '"has_password": false' in litsweep("reviewer", "list", "--json").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("role", "Lea", "reader"), ["only lead", "first"]),
        (("disable", "Lea"), ["only lead"]),
        (("disable", "Bob"), ["no account 'Bob'", "reviewer list"]),
        (("add", "lea"), ["'Lea' already"]),
        (("add", " "), ["1 to 100 letters"]),
        (("add", "x" * 101), ["1 to 100 letters"]),
        (("add", "Le\u202ea"), ["U+202E", "cannot be seen"]),
        (("link", "Bob"), ["no account"]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said(
    litsweep: Litsweep, folder: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    litsweep("reviewer", "add", "Lea", "--role", "lead")
    assert_told(litsweep("reviewer", *arguments), 2, *words)


def test_a_weak_password_adds_nobody(
    litsweep: Litsweep, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, "short\n")
    assert_told(litsweep("reviewer", "add", "Ada", "--password-stdin"), 2, "at least 12")
    assert json.loads(litsweep("reviewer", "list", "--json").out) == []


def test_roles_change_and_accounts_rest(litsweep: Litsweep, folder: Path) -> None:
    for name in ("Lea", "Leo"):
        litsweep("reviewer", "add", name, "--role", "lead")
    assert litsweep("reviewer", "role", "Lea", "reader").code == 0
    assert litsweep("reviewer", "disable", "Lea").code == 0
    assert_told(litsweep("reviewer", "link", "Lea"), 2, "disabled")
    [lea, _leo] = json.loads(litsweep("reviewer", "list", "--json").out)
    assert lea["role"] == "reader"
    assert lea["disabled_at"]
    assert litsweep("reviewer", "enable", "Lea").code == 0
    [lea, _leo] = json.loads(litsweep("reviewer", "list", "--json").out)
    assert lea["disabled_at"] is None
