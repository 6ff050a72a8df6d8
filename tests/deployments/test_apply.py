"""``python -m deployments.apply`` against a real server on which people have been at work."""

from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import (
    DeploymentScheduleCreate,
    DeploymentUpdate,
    WorkPoolCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

from deployments.apply import main
from deployments.outcomes import Done, settle
from deployments.pools import Pool

NIGHT = "nightly/nightly"


def test_a_new_server_gets_everything(applied: str) -> None:
    lines = applied.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {"made"}
    assert lines[-1].startswith(f"all {len(lines) - 1} things on http://127.0.0.1:")
    for name in ("litsweep-warm", NIGHT, "read-documents/read-on-gpu", "litsweep: end runs that"):
        assert name in applied


def test_what_is_as_declared_is_not_touched(
    operator: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _updates(operator)
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {"left"}
    assert _updates(operator) == before


def test_what_was_changed_on_the_server_is_told_and_put_right(
    operator: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    night = operator.read_deployment_by_name(NIGHT)
    operator.update_deployment(
        night.id,
        DeploymentUpdate(
            parameters={"topics": ["sepsis"]}, work_pool_name="litsweep-gpu", concurrency_limit=3
        ),
    )
    _add_schedule(operator, "30 22 * * *", "America/New_York")
    (first,) = night.schedules
    operator.update_deployment_schedule(
        night.id, first.id, schedule=CronSchedule(cron="5 4 * * *", timezone="Asia/Tokyo")
    )
    operator.update_work_pool("litsweep-gpu", WorkPoolUpdate(concurrency_limit=None))
    operator.delete_deployment(operator.read_deployment_by_name("load/load").id)

    assert main(["--check"]) == 1
    told = capsys.readouterr().out
    for words in (
        'work pool name: "litsweep-gpu" → "litsweep"',
        'parameters: {"topics": ["sepsis"]} → {}',
        "concurrency limit: 3 → 1",
        'schedule every-night: "5 4 * * *" Asia/Tokyo → "30 22 * * *" America/New_York',
        'scheduled twice at "30 22 * * *" America/New_York',
        "at most any number of runs → 1",
        "there is no deployment load/load",
        "another trigger",  # what ends dead runs knows the deployments by their numbers
        "\n4 of ",
    ):
        assert words in told
    assert operator.read_deployment_by_name(NIGHT).parameters == {"topics": ["sepsis"]}

    assert main([]) == 0
    told = capsys.readouterr().out
    assert "changed  deployment  nightly/nightly" in told
    assert "made     deployment  load/load" in told
    mended = operator.read_deployment_by_name(NIGHT)
    assert (mended.id, mended.work_pool_name, mended.parameters) == (night.id, "litsweep", {})
    (schedule,) = mended.schedules
    assert (schedule.id, schedule.slug) == (first.id, "every-night")
    assert main(["--check"]) == 0


def test_what_an_operator_switched_off_or_added_stays(
    operator: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    night = operator.read_deployment_by_name(NIGHT)
    operator.update_deployment_schedule(night.id, night.schedules[0].id, active=False)
    _add_schedule(operator, "0 12 * * 1", "Europe/Berlin")
    sweep = operator.read_deployment_by_name("sweep/sweep")
    operator.pause_deployment(sweep.id)
    # Also where something else is put right on the way.
    for deployment in (night, sweep):
        operator.update_deployment(deployment.id, DeploymentUpdate(description="mine"))

    assert main([]) == 0
    told = capsys.readouterr().out
    assert "schedule every-night was switched off" in told
    assert 'also scheduled at "0 12 * * 1" Europe/Berlin, not by prefect.yaml' in told
    assert "paused: its schedules start nothing" in told
    found = operator.read_deployment_by_name(NIGHT)
    assert [each.active for each in found.schedules if each.slug] == [False]
    assert len(found.schedules) == 2
    assert operator.read_deployment_by_name("sweep/sweep").paused

    operator.resume_deployment(sweep.id)
    for each in found.schedules:
        if each.slug:
            operator.update_deployment_schedule(found.id, each.id, active=True)
        else:
            operator.delete_deployment_schedule(found.id, each.id)


def test_a_file_of_ones_own(
    operator: SyncPrefectClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ours.yaml"
    installed = Path(__file__).parents[2] / "deployments" / "prefect.yaml"
    path.write_text(installed.read_text("utf-8").replace('"30 22 * * *"', '"0 2 * * *"'), "utf-8")
    assert main(["--file", str(path)]) == 0
    (schedule,) = operator.read_deployment_by_name(NIGHT).schedules
    assert isinstance(schedule.schedule, CronSchedule)
    assert schedule.schedule.cron == "0 2 * * *"
    assert main(["--check"]) == 1
    assert (
        '"0 2 * * *" America/New_York → "30 22 * * *" America/New_York' in capsys.readouterr().out
    )
    assert main([]) == 0


def test_a_deployment_that_cannot_be_costs_only_itself(
    operator: SyncPrefectClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prefect.yaml"
    lines = ["deployments:"]
    for name, pool in (("lost", "nowhere"), ("kept", "litsweep")):
        lines.append(
            f"  - {{name: {name}, entrypoint: flows.sweep.sweep, work_pool: {{name: {pool}}}}}"
        )
    path.write_text("\n".join(lines), "utf-8")
    assert main(["--file", str(path)]) == 1
    told = capsys.readouterr().out
    assert "DIFFERS  deployment  sweep/lost" in told
    assert 'Work pool "nowhere" not found' in told
    assert "made     deployment  sweep/kept" in told
    operator.delete_deployment(operator.read_deployment_by_name("sweep/kept").id)
    assert main([]) == 0


def test_a_deployment_of_an_older_release_is_told_and_left(
    operator: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    flow_id = operator.create_flow_from_name("sweep")
    old = operator.create_deployment(flow_id, "old", work_pool_name="litsweep", tags=["litsweep"])
    assert main([]) == 0
    assert "not in prefect.yaml; `prefect deployment delete sweep/old`" in capsys.readouterr().out
    operator.delete_deployment(old)


def test_the_gpu_pool_keeps_its_number_of_gpus(operator: SyncPrefectClient) -> None:
    assert operator.read_work_pool("litsweep-gpu").concurrency_limit == 1
    assert main(["--gpus", "4"]) == 0
    assert operator.read_work_pool("litsweep-gpu").concurrency_limit == 4
    assert main([]) == 0
    assert operator.read_work_pool("litsweep-gpu").concurrency_limit == 4
    assert main(["--gpus", "1"]) == 0


def test_a_pool_of_another_type_is_the_operators(operator: SyncPrefectClient) -> None:
    operator.create_work_pool(WorkPoolCreate(name="containers", type="kubernetes"))
    containers = Pool(operator, "containers", "process", "")
    found = containers.find()
    assert found is not None
    assert not containers.differences(found)
    assert containers.remarks(found) == ["kubernetes, not process"]
    warm = settle(Pool(operator, "containers", "litsweep-warm", ""), may_change=True)
    assert warm.done is Done.DIFFERS
    assert "`prefect work-pool delete containers`" in warm.said
    operator.delete_work_pool("containers")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("deployments: [", "is no YAML", id="broken"),
        pytest.param("deployments: [{name: night}]", "needs a name, an entrypoint", id="short"),
        pytest.param(
            "deployments: [{name: night, entrypoint: flows.nightly.weekly, work_pool: {name: p}}]",
            "night names the flow flows.nightly.weekly, and there is none",
            id="no-such-flow",
        ),
        pytest.param(
            "deployments: [{name: n, entrypoint: flows.sweep.sweep, work_pool: {name: p}, "
            "schedules: [{slug: s, cron: always, timezone: UTC}]}]",
            "is not what it should be",
            id="no-such-time",
        ),
    ],
)
def test_a_file_that_is_none(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prefect.yaml"
    path.write_text(text, "utf-8")
    assert main(["--file", str(path), "--print"]) == 2
    assert words in capsys.readouterr().err


def test_a_server_that_is_not_named_or_not_there_or_not_ours(
    operator: SyncPrefectClient, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--api-url", ""]) == 2
    assert "No Prefect server is named" in capsys.readouterr().err
    assert main(["--api-url", "http://127.0.0.1:9/api"]) == 2
    assert "does not answer" in capsys.readouterr().err
    with temporary_settings({PREFECT_API_AUTH_STRING: "operator:wrong"}):
        assert main(["--check"]) == 2
    assert "wants a password" in capsys.readouterr().err


def test_what_is_declared_can_be_read_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print"]) == 0
    told = capsys.readouterr().out
    assert 'every-night: "30 22 * * *" America/New_York' in told
    assert 'every-hour: "15 * * * *" America/New_York (off until switched on)' in told
    assert "on litsweep.night.swept" in told


def _updates(client: SyncPrefectClient) -> dict[str, Any]:
    deployments = {each.name: each.updated for each in client.read_deployments()}
    return deployments | {each.name: each.updated for each in client.read_work_pools()}


def _add_schedule(client: SyncPrefectClient, cron: str, timezone: str) -> None:
    when = CronSchedule(cron=cron, timezone=timezone)
    night = client.read_deployment_by_name(NIGHT)
    client.create_deployment_schedules(night.id, [DeploymentScheduleCreate(schedule=when)])
