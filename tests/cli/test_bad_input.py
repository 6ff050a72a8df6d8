"""What goes wrong is told in a sentence with the way out, and leaves nothing half-written."""

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from litsweep_app.sandbox import SandboxAddress
from tests.cli.conftest import KEY, N_RECORDS, SCRIPT, Done, Litsweep, write_settings

NOWHERE = "http://127.0.0.1:9/"  # the discard port: nothing listens there
SWEEP_ALL = ("sweep", "--topic", "everything", "--since", "1800-01-01", "--no-read")


def assert_told(done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.said
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.said
    assert "Error(" not in done.said
    assert KEY not in done.said


def run_statuses(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "litsweep.db")) as conn:
        found = conn.execute("SELECT status FROM search_runs ORDER BY search_run_id")
        return [status for (status,) in found]


def count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "litsweep.db")) as conn:
        (number,) = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(number)


@pytest.fixture
def swept(project: Path, litsweep: Litsweep) -> Path:
    """The working folder with a topic to sweep."""
    litsweep("topic", "add", "everything", "--query", "all[sb]")
    return project


# --- the sources --------------------------------------------------------------------------


def test_no_network(
    swept: Path, litsweep_process: Litsweep, prefect_environment: dict[str, str]
) -> None:
    env = prefect_environment | {"LITSWEEP_EUTILS_URL": NOWHERE, "NCBI_API_KEY": KEY}
    done = litsweep_process(*SWEEP_ALL, env=env)
    assert_told(done, 1, "Connection refused", "Check the network")
    assert done.err.count("Connection refused") == 1
    assert "everything, crdt 1800-01-01" in done.out
    assert (run_statuses(swept), count(swept, "records")) == (["failed"], 0)
    # The next sweep goes on, with the network back.
    done = litsweep_process(*SWEEP_ALL, env=prefect_environment)
    assert_told(done, 0)
    assert count(swept, "records") == N_RECORDS


def test_a_refused_key(
    swept: Path, litsweep_process: Litsweep, prefect_environment: dict[str, str]
) -> None:
    refused = f"invalid-{KEY}"
    done = litsweep_process(*SWEEP_ALL, env=prefect_environment | {"NCBI_API_KEY": refused})
    assert_told(done, 1, "API key invalid", "Check NCBI_API_KEY")
    assert run_statuses(swept) == ["failed"]
    for path in swept.iterdir():
        assert KEY.encode() not in path.read_bytes()


def test_a_query_that_cannot_be_run(
    swept: Path, litsweep_process: Litsweep, prefect_environment: dict[str, str]
) -> None:
    added = litsweep_process("topic", "add", "open", "--query", "((asthma")
    assert_told(added, 0, "'((asthma' has a '(' that is not closed")
    done = litsweep_process("sweep", "--topic", "open", env=prefect_environment)
    assert_told(done, 1, "open: The query '((asthma' has a '(' that is not closed", "Correct it")
    assert (run_statuses(swept), count(swept, "records")) == (["failed"], 0)


# --- settings -----------------------------------------------------------------------------

SETTINGS = {
    "broken TOML": (b'eutils_url = "', "not valid TOML"),
    "unknown setting": (b'eutil_url = "http://x/"', "eutil_url: there is no such setting"),
    "a table": (b"[ncbi]\nemail = 'a@b.org'", "ncbi: there is no such setting"),
    "not a number": (b'batch_size = "many"', "batch_size"),
    "out of range": (b"overlap_days = -1", "overlap_days"),
    "no address": (b'eutils_url = "eutils.ncbi.nlm.nih.gov"', "http:// or https://"),
    "unknown level": (b'log_level = "LOUD"', "DEBUG, INFO, WARNING, ERROR"),
    "unknown device": (b'device = "gpu"', "auto, cpu, cuda"),
    "secret in the wrong line": (f'batch_size = "{KEY}"'.encode(), "batch_size"),
    "binary": (b"\x00\x01\xff\xfe\x89PNG", "cannot be read"),
    "Latin-1": ("models_dir = 'Künstlich'".encode("latin-1"), "not UTF-8"),
    "no database": (b'database_url = "litsweep.db"', "database_url"),
    "other database": (b'database_url = "mysql://u@h/d"', "mysql"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_unusable_settings(litsweep: Litsweep, tmp_path: Path, name: str) -> None:
    content, told = SETTINGS[name]
    path = tmp_path / "litsweep.toml"
    path.write_bytes(content)
    for command in (("init",), ("topic", "list"), ("sweep",), ("sql", "SELECT 1")):
        assert_told(litsweep(*command), 2, told)
    assert path.read_bytes() == content
    assert {one.name for one in tmp_path.iterdir()} == {"litsweep.toml"}
    assert litsweep("sweep", "--help").code == 0


def test_a_folder_in_place_of_the_settings(litsweep_process: Litsweep, tmp_path: Path) -> None:
    (tmp_path / "litsweep.toml").mkdir()
    assert_told(litsweep_process("topic", "list"), 2, "litsweep.toml is not a file")


def test_unusable_settings_in_a_process(litsweep_process: Litsweep, tmp_path: Path) -> None:
    (tmp_path / "litsweep.toml").write_bytes(b"\xff\xfe\x00")
    assert_told(litsweep_process("sweep"), 2, "litsweep.toml cannot be read", "litsweep init")


def test_a_settings_file_that_is_not_there(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_SETTINGS_FILE", "nowhere.toml")
    assert_told(litsweep("topic", "list"), 2, "nowhere.toml", "unset")


# --- the database -------------------------------------------------------------------------

NEEDS_DATABASE = [
    ("topic", "list"),
    ("topic", "add", "a", "--query", "a"),
    ("sweep",),
    ("read",),
    ("runs",),
    ("search", "x"),
    ("show", "1"),
    ("sql", "SELECT 1"),
    ("db", "check"),
]


@pytest.mark.parametrize("command", NEEDS_DATABASE, ids=" ".join)
def test_no_database_yet(litsweep: Litsweep, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = litsweep(*command)
    assert_told(done, 1, "litsweep.db")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [*NEEDS_DATABASE, ("init",), ("db", "upgrade")], ids=" ".join)
def test_a_database_of_a_newer_version(
    litsweep: Litsweep, project: Path, command: tuple[str, ...]
) -> None:
    with closing(sqlite3.connect(project / "litsweep.db")) as conn:
        conn.execute("UPDATE litsweep_schema_version SET version_num = '9999'")
        conn.commit()
    before = (project / "litsweep.db").read_bytes()
    assert_told(litsweep(*command), 1, "newer")
    assert (project / "litsweep.db").read_bytes() == before


@pytest.mark.parametrize("command", NEEDS_DATABASE, ids=" ".join)
def test_a_file_that_is_no_database(
    litsweep: Litsweep, project: Path, command: tuple[str, ...]
) -> None:
    (project / "litsweep.db").write_bytes(b"This is a shopping list.\n" * 100)
    assert_told(litsweep(*command), 1, "not a database")


def test_a_read_only_folder(litsweep_process: Litsweep) -> None:
    folder = Path("/sys")  # not even root may make a file there
    if not folder.is_dir():
        pytest.skip("no /sys")
    assert_told(litsweep_process("init", cwd=folder), 1, "/sys/litsweep.db", "may write")


# --- models -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["sweep", "read"])
@pytest.mark.parametrize(
    ("setting", "model", "code", "told"),
    [
        ("summary_model", "biogpt", 1, "hf download microsoft/biogpt"),
        ("analysis_model", "pubmedgpt", 1, "hf download stanford-crfm/BioMedLM"),
        ("summary_model", "gpt-9", 2, "There is no model named 'gpt-9'"),
        ("analysis_model", "minilm", 2, "cannot write"),
    ],
)
def test_a_model_that_cannot_be_used(
    litsweep: Litsweep,
    swept: Path,
    ncbi: SandboxAddress,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    setting: str,
    model: str,
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    write_settings(swept, ncbi, **{setting: f'"{model}"'})
    done = litsweep(command)
    assert_told(done, code, setting, told)
    assert "Prefect" not in done.said, "it must be refused before anything slow is started"
    assert run_statuses(swept) == []


def test_models_are_listed_and_refused(litsweep: Litsweep, project: Path) -> None:
    listed = litsweep("models", "list")
    assert "biomedlm (also pubmedgpt)" in listed.out
    assert "often wrong" in litsweep("models", "list", "--json").out
    assert_told(litsweep("models", "check", "gpt-9"), 2, "no model named 'gpt-9'")
    empty = project / "models" / "biogpt"
    empty.mkdir(parents=True)
    with (project / "litsweep.toml").open("a", encoding="utf-8") as settings:
        settings.write('models_dir = "models"\n')
    assert_told(litsweep("models", "check", "biogpt"), 1, "no config.json")


# --- the command itself -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "2026-02-01", "--until", "2026-01-31"), "ends (2026-01-31) before it begins"),
        (("--since", "2999-01-01"), "before it begins (2999-01-01)"),
        (("--since", "2026-13-01"), "'2026-13-01' is not a day such as 2026-10-31"),
        (("--until", "yesterday"), "'yesterday' is not a day such as"),
        (("--topic", "everythin"), "Did you mean 'everything'?"),
        (("--topic", "everything", "--topic", "nix"), "no topic 'nix'"),
        (("--topic", ""), "no topic ''"),
        (("everything",), "unexpected extra argument"),
    ],
)
def test_a_sweep_that_cannot_be_begun(
    litsweep: Litsweep, swept: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep("sweep", *arguments)
    assert_told(done, 2, told)
    assert "Prefect" not in done.said
    assert run_statuses(swept) == []


def test_no_topic_and_a_retired_topic(litsweep: Litsweep, project: Path) -> None:
    assert_told(litsweep("sweep"), 2, "no topic to sweep", "litsweep topic add")
    litsweep("topic", "add", "old", "--query", "x")
    litsweep("topic", "retire", "old")
    assert_told(litsweep("sweep"), 2, "no topic to sweep")
    assert_told(litsweep("sweep", "--topic", "old"), 2, "'old' was retired on")
    assert_told(litsweep("read", "--topic", "odl"), 2, "Did you mean 'old'?")


def test_a_prefect_server_that_does_not_answer(swept: Path, litsweep_process: Litsweep) -> None:
    done = litsweep_process(*SWEEP_ALL, env={"PREFECT_API_URL": f"{NOWHERE}api"})
    assert_told(done, 1, f"{NOWHERE}api does not answer", "unset PREFECT_API_URL")
    assert run_statuses(swept) == []


def test_a_reader_that_goes_away(filled: Path) -> None:
    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            '"$0" sql "SELECT abstract FROM records" --csv | head -c 10',
            str(SCRIPT),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (len(done.stdout), "Traceback" in done.stderr) == (10, False)


# --- a full disk --------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Mount a disk at ``tmp_path / "disk"``; yields what sets its size, such as ``2m``."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or _run(mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk):
        pytest.skip("may not mount a disk here")
    yield lambda size: _must(mount, "-o", f"remount,size={size}", disk)
    _must(shutil.which("umount") or "umount", "-l", disk)


def _run(*command: str | Path) -> int:
    return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode


def _must(*command: str | Path) -> None:
    assert _run(*command) == 0, command


def test_a_full_disk(
    swept: Path,
    litsweep_process: Litsweep,
    prefect_environment: dict[str, str],
    small_disk: Callable[[str], None],
) -> None:
    disk = swept / "disk"
    for name in ("litsweep.db", "litsweep.toml"):
        shutil.copy(swept / name, disk)
    used = sum(path.stat().st_size for path in disk.iterdir())
    small_disk(f"{used // 1024 + 300}k")
    full = litsweep_process(*SWEEP_ALL, env=prefect_environment, cwd=disk)
    assert_told(full, 1, "No room is left", "Free some space")
    small_disk("50m")
    assert count(disk, "records") in {0, N_RECORDS}
    assert _is_sound(disk / "litsweep.db")
    done = litsweep_process(*SWEEP_ALL, env=prefect_environment, cwd=disk)
    assert_told(done, 0)
    assert count(disk, "records") == N_RECORDS
    assert run_statuses(disk)[-1] == "complete"


def test_a_file_that_may_not_grow(swept: Path, litsweep_process: Litsweep) -> None:
    limit = 32_768  # less than what SQLite writes ahead for a query of 100 kB
    done = litsweep_process(
        *("topic", "add", "long", "--query", "asthma OR " * 10_000 + "asthma"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert_told(done, 1, "litsweep.db", "disk")
    assert _is_sound(swept / "litsweep.db")
    assert count(swept, "topics") == 1


def _is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
