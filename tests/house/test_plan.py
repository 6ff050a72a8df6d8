"""The plan of a house and what --print shows of it: pure, and without secrets."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from litsweep.errors import UsageError
from litsweep.settings import load_settings
from litsweep_app.cli.app import app
from litsweep_app.house import environment
from litsweep_app.house.environment import Inherits
from litsweep_app.house.options import HouseOptions
from litsweep_app.house.plan import HousePlan, build_plan

SECRET = "litsweep:hunter2"


def _plan(tmp_path: Path, **chosen: object) -> HousePlan:
    options = HouseOptions(folder=tmp_path / "house", **chosen)  # type: ignore[arg-type]
    return build_plan(options, load_settings(), SECRET if options.has_auth else None)


def _sets(plan: HousePlan, name: str) -> dict[str, str]:
    (process,) = [one for one in plan.processes if one.name == name]
    return dict(process.sets)


def test_the_server_comes_first_then_what_is_deployed_then_the_worker(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    assert [one.name for one in plan.processes[:3]] == ["server", "deployments", "worker"]
    server, deployments, worker = plan.processes[:3]
    assert server.is_vital
    assert server.after == ()
    assert deployments.after == ("server",)
    assert set(worker.after) == {"server", "deployments"}
    assert "--limit 2" in " ".join(worker.command)
    assert plan.processes == _plan(tmp_path).processes


def test_a_gpu_adds_a_worker_that_keeps_the_models(tmp_path: Path) -> None:
    assert "gpu-worker" not in [one.name for one in _plan(tmp_path).processes]
    plan = _plan(tmp_path, has_gpu=True)
    (worker,) = [one for one in plan.processes if one.name == "gpu-worker"]
    assert worker.command[-6:-2] == ["litsweep_app.cli", "gpu-worker", "--pool", "litsweep-warm"]


def test_the_server_gets_no_settings_and_tells_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NCBI_API_KEY", "LITSWEEP_SERVED_API_KEY", "PREFECT_API_URL", "PREFECT_PROFILE"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    plan = _plan(tmp_path, port=4711)
    assert plan.processes[0].inherits is Inherits.NO_SETTINGS
    inherited = environment.inherited(Inherits.NO_SETTINGS)
    assert "secret" not in inherited.values()
    assert inherited["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    sets = _sets(plan, "server")
    assert sets["DO_NOT_TRACK"] == "1"
    assert sets["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert sets["PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"] == "false"
    assert sets["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"].endswith(".filesystem")
    assert sets["PREFECT_HOME"].startswith(str(tmp_path))


def test_the_worker_gets_the_settings_with_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "secret")
    monkeypatch.setenv("LITSWEEP_MODELS_DIR", "weights")
    monkeypatch.setenv("PREFECT_API_URL", "http://elsewhere/api")
    Path("litsweep.toml").write_text('database_url = "sqlite:///results.db"\n', "utf-8")
    inherited = environment.inherited(Inherits.SETTINGS)
    assert inherited["NCBI_API_KEY"] == "secret"
    assert "PREFECT_API_URL" not in inherited
    assert "127.0.0.1" in inherited["NO_PROXY"]
    sets = _sets(_plan(tmp_path, port=4711), "worker")
    assert sets["LITSWEEP_SETTINGS_FILE"] == str(tmp_path / "litsweep.toml")
    assert sets["LITSWEEP_DATABASE_URL"] == f"sqlite:///{tmp_path / 'results.db'}"
    assert sets["LITSWEEP_MODELS_DIR"] == str(tmp_path / "weights")
    assert sets["PREFECT_API_URL"] == "http://127.0.0.1:4711/api"
    assert sets["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
    assert sets["PREFECT_WORKER_QUERY_SECONDS"] == "2"
    assert int(sets["PREFECT_CLIENT_MAX_RETRIES"]) > 5


def test_a_declared_model_keeps_its_folder_wherever_the_flow_runs(tmp_path: Path) -> None:
    Path("litsweep.toml").write_text(
        "[models.mine]\n"
        'model_id = "mine"\nkind = "seq2seq"\ncontext_window = 512\nlicence = "MIT"\n'
        f'intended_use = "A test."\nfolder = "weights"\nweights_sha256 = "{"0" * 64}"\n',
        "utf-8",
    )
    declared = json.loads(_sets(_plan(tmp_path), "worker")["LITSWEEP_MODELS"])
    assert declared["mine"]["folder"] == str(tmp_path / "weights")
    assert declared["mine"]["kind"] == "seq2seq"


def test_a_postgresql_address_is_passed_on_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", "postgresql://me:hunter2@db/results")
    plan = _plan(tmp_path)
    assert "LITSWEEP_DATABASE_URL" not in _sets(plan, "worker")
    assert "hunter2" not in plan.results_database


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://me@db/prefect", "postgresql+asyncpg://me@db/prefect"),
        ("postgres://me@db/prefect", "postgresql+asyncpg://me@db/prefect"),
        ("postgresql+asyncpg://me@db/prefect", "postgresql+asyncpg://me@db/prefect"),
    ],
    ids=["postgresql", "postgres", "whole"],
)
def test_prefect_s_own_database_gets_the_driver_that_it_needs(
    tmp_path: Path, given: str, used: str
) -> None:
    sets = _sets(_plan(tmp_path, prefect_database_url=given), "server")
    assert sets["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == used


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.7.7", "::", "lab.example.org"])
def test_other_machines_need_a_password(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="--auth"):
        HouseOptions(folder=tmp_path, host=host)
    assert HouseOptions(folder=tmp_path, host=host, has_auth=True).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_needs_none(tmp_path: Path, host: str) -> None:
    assert HouseOptions(folder=tmp_path, host=host).server_url.startswith("http://")


def test_one_port_cannot_be_two(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="4200"):
        HouseOptions(folder=tmp_path, port=4200, health_port=4200)


def test_no_secret_is_in_what_the_plan_shows(tmp_path: Path) -> None:
    plan = _plan(tmp_path, has_auth=True, prefect_database_url="postgresql://me:hunter2@db/prefect")
    assert _sets(plan, "server")["PREFECT_SERVER_API_AUTH_STRING"] == SECRET
    assert _sets(plan, "worker")["PREFECT_API_AUTH_STRING"] == SECRET
    assert "hunter2" not in repr(plan)
    assert not any("hunter2" in word for one in plan.processes for word in one.command)


def test_print_shows_what_would_run_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "hunter2")
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql://me:hunter2@db/p")
    done = CliRunner().invoke(app, ["up", "--print", "--auth", "--port", "4711"])
    assert done.exit_code == 0
    shown = done.stdout
    assert "server start --host 127.0.0.1 --port 4711" in shown
    assert "PREFECT_SERVER_API_AUTH_STRING=(hidden)" in shown
    assert "export PREFECT_API_URL=http://127.0.0.1:4711/api" in shown
    assert 'export PREFECT_API_AUTH_STRING="$(cat ' in shown
    assert "NCBI_API_KEY" in shown
    assert "hunter2" not in shown
    assert not list(tmp_path.iterdir())


def test_the_desk_is_a_process_that_knows_no_server_and_is_linked_to(tmp_path: Path) -> None:
    plan = _plan(tmp_path, desk_port=8711)
    (desk,) = [one for one in plan.processes if one.name == "desk"]
    assert desk.command[-5:] == ["litsweep_app.cli", "desk", "--port", "8711", "--no-ticket"]
    assert str(desk.ready) == "http://127.0.0.1:8711/api/health answers"
    assert desk.after == ()
    assert _sets(plan, "desk")["LITSWEEP_DESK_HOST"] == "127.0.0.1"
    assert not any(name.startswith("PREFECT_") for name in _sets(plan, "desk"))
    assert _sets(plan, "worker")["LITSWEEP_DESK_URL"] == "http://127.0.0.1:8711"
    assert not desk.is_vital


def test_links_lead_to_the_address_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DESK_URL", "https://desk.example.org")
    assert "LITSWEEP_DESK_URL" not in _sets(_plan(tmp_path), "worker")


def test_a_house_without_a_desk_links_to_none(tmp_path: Path) -> None:
    plan = _plan(tmp_path, has_desk=False, desk_port=4200)
    assert "desk" not in [one.name for one in plan.processes]
    assert "LITSWEEP_DESK_URL" not in _sets(plan, "worker")
