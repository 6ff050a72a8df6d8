"""The demo runs, runs again, keeps off what is not its own, and what it advises is true.

Its model is left out here: reading with it takes a minute, and is tested with the models.
"""

import shlex
from pathlib import Path

import pytest

from litsweep.models.loading import Availability
from litsweep_app.ports import free_port
from litsweep_app.sandbox import SandboxAddress
from tests.cli.conftest import KEY, Litsweep, write_settings
from tests.cli.test_desk import running
from tests.cli.test_sandbox import started
from tests.fakes.screening_person import CHROMIUM, screen_by_keyboard

NO_MODELS = {"LITSWEEP_SUMMARY_MODEL": "none", "LITSWEEP_ANALYSIS_MODEL": "none"}


def advice(out: str) -> list[list[str]]:
    """Return the commands that the demo tells to give next."""
    steps = out.partition("Where to look next:")[2]
    lines = [line.strip() for line in steps.splitlines()]
    return [
        shlex.split(line.partition("   ")[0])[1:] for line in lines if line.startswith("litsweep ")
    ]


def test_the_demo_twice_and_what_it_advises(
    tmp_path: Path, litsweep_process: Litsweep, prefect_environment: dict[str, str]
) -> None:
    env = prefect_environment | NO_MODELS
    first = litsweep_process("demo", "--folder", "show", env=env)
    assert first.code == 0, first.said
    for step in ("[1/4]", "[2/4]", "[3/4]", "[4/4]", "full texts read: 0 of 6"):
        assert step in first.err
    assert "PubMed counted 24 = 24 ids = 24 fetched + 0 absent" in first.out
    assert "24 new, 0 changed" in first.out
    assert "6 retrieved, 2 not\n    PMC99900009: " in first.out
    assert "20 summaries made of sentences of the source" in first.out
    assert "6 full texts analysed:\n" in first.out
    assert "PMID 99000001" in first.out

    second = litsweep_process("demo", "--folder", "show", env=env)
    assert second.code == 0, second.said
    assert "0 new, 0 changed" in second.out
    assert "read: " not in second.err, "nothing is read twice"

    desk, *looks, serve, sweep = advice(second.out)
    assert desk == ["desk"]
    if CHROMIUM.exists():
        with running(tmp_path / "show", "--port", str(free_port())) as served:
            screen_by_keyboard(served.address, tmp_path / "show" / "litsweep.db")
    assert [look[0] for look in looks] == ["runs", "search", "show", "sql"]
    for look in looks:
        looked = litsweep_process(*look, cwd=tmp_path / "show")
        assert (looked.code, bool(looked.out)) == (0, True), looked.said
    assert serve[0] == "sandbox"
    with started(*serve[1:]):
        swept = litsweep_process(*sweep, cwd=tmp_path / "show", env=env)
    assert swept.code == 0, swept.said
    assert "0 new, 0 changed" in swept.out


def test_without_the_model_the_demo_reads_without_one(
    litsweep: Litsweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Availability(is_available=False, reason="It is not installed.")
    monkeypatch.setattr("litsweep_app.cli.demo.is_available", lambda *_: missing)
    monkeypatch.setattr("litsweep_app.flow_runs.run_nightly", lambda *_, **__: "stopped here")
    monkeypatch.setattr("litsweep_app.cli.demo._show_outcome", lambda _: None)
    done = litsweep("demo", "--folder", "show")
    assert (done.code, "left out: It is not installed." in done.err) == (1, True)
    settings = (tmp_path / "show" / "litsweep.toml").read_text("utf-8")
    assert settings.count('_model = "none"') == 2


@pytest.mark.parametrize("name", ["litsweep.toml", "litsweep.db"])
def test_a_folder_that_is_somebody_elses(litsweep: Litsweep, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_bytes(b"\xff mine")
    done = litsweep("demo", "--folder", "mine")
    assert (done.code, done.out) == (2, "")
    assert "choose another --folder" in done.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [name]
    assert (tmp_path / "mine" / name).read_bytes() == b"\xff mine"


def test_a_folder_that_cannot_be_used(litsweep: Litsweep, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for folder in ("file", "file/inside", "/sys/litsweep-demo"):
        done = litsweep("demo", "--folder", folder)
        assert (done.code, done.out) == (2, "")
        assert "choose another --folder" in done.err


def test_a_real_database_in_the_environment_is_left_alone(
    litsweep: Litsweep, filled: Path, ncbi: SandboxAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", f"postgresql://ann:{KEY}@127.0.0.1:9/reviews")
    done = litsweep("demo", "--folder", "show")
    assert done.code == 2
    assert "database_url" in done.err
    assert KEY not in done.said
    monkeypatch.delenv("LITSWEEP_DATABASE_URL")
    monkeypatch.chdir(filled)
    write_settings(filled / "show", ncbi)
    monkeypatch.setenv("LITSWEEP_SETTINGS_FILE", str(filled / "litsweep.toml"))
    done = litsweep("demo", "--folder", "other")
    assert done.code == 2
    assert "eutils_url" in done.err
