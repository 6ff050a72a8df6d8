"""Images and compose file: what their own validators say, and that all they name is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.manifests import lines_of, wrong_command, wrong_variables

DOCKER = Path(__file__).parents[2] / "deployments" / "docker"
DOCKERFILES = ("Dockerfile", "Dockerfile.cuda")
# Services with a port of their own inside; nothing of them is published but on loopback.
PUBLISHED = {"server", "desk"}


def _tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed on this machine")
    return found


@pytest.mark.parametrize("name", DOCKERFILES)
def test_hadolint_has_no_remark(name: str) -> None:
    done = subprocess.run(
        [_tool("hadolint"), str(DOCKER / name)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_an_image_runs_as_nobody_in_particular_and_knows_no_secret(name: str) -> None:
    text = (DOCKER / name).read_text("utf-8")
    assert re.findall(r"^USER (.*)$", text, re.M) == ["10001:10001"]
    assert re.search(r"^HEALTHCHECK ", text, re.M)
    assert not re.search(r"^(ENV|ARG|LABEL)?.*(PASSWORD|AUTH_STRING|API_KEY)", text, re.M)
    command = yaml.safe_load(re.findall(r"^CMD (.*)$", text, re.M)[-1])
    assert command[2:6] == ["litsweep_app.last_to_leave", "prefect", "worker", "start"]
    copied = re.findall(r"^COPY ([\w. ]+) \S+$", text.partition(" AS environment")[0], re.M)
    for source in " ".join(copied).split():
        assert (DOCKER.parents[1] / source).exists(), source


def test_the_images_differ_in_torch_and_what_follows_only() -> None:
    cpu, cuda = (set((DOCKER / name).read_text("utf-8").splitlines()) for name in DOCKERFILES)
    assert len(cpu ^ cuda) < 25


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """The variables of ``.env.example``, each with something in it."""
    text = (DOCKER / ".env.example").read_text("utf-8")
    pairs = re.findall(r"^([A-Z_]+)=(.*)$", text, re.M)
    return {name: value or f"made-up-{name.lower()}" for name, value in pairs}


@pytest.fixture(scope="module")
def composed(example: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The compose file as Docker Compose understands it."""
    path = tmp_path_factory.mktemp("compose") / "env"
    path.write_text("".join(f"{name}={value}\n" for name, value in example.items()))
    done = subprocess.run(
        [
            *(_tool("docker-compose"), "--env-file", str(path), "--profile", "gpu"),
            *("--file", str(DOCKER / "compose.yaml"), "config"),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(path.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    services: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return services


def test_what_is_asked_for_is_explained_in_the_example(example: dict[str, str]) -> None:
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) == set(example)
    assert "install -m 600 .env.example .env" in text


def test_ports_are_open_on_this_machine_alone(composed: dict[str, Any]) -> None:
    published = {name for name, service in composed.items() if service.get("ports")}
    assert published == PUBLISHED
    for name in published:
        assert {port["host_ip"] for port in composed[name]["ports"]} == {"127.0.0.1"}


def test_every_command_module_and_variable_exists(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        for words in lines_of([str(each) for each in service.get("command") or ["-"]]):
            assert wrong_command(words) is None, name
        if name != "postgres":  # whose variables are its image's and databases.sh's
            assert not wrong_variables(list(service.get("environment") or {})), name


def test_each_process_connects_as_who_may_do_its_work(composed: dict[str, Any]) -> None:
    urls = {
        name: (service.get("environment") or {}).get("LITSWEEP_DATABASE_URL", "")
        for name, service in composed.items()
    }
    users = {name: re.findall(r"//(\w+)@", url)[0] for name, url in urls.items() if url}
    assert users == {
        "results": "litsweep",
        "worker": "litsweep_worker",
        "tend": "litsweep_worker",
        "gpu-worker": "litsweep_gpu",
        "backup": "litsweep_reader",
        "desk": "litsweep_desk",
    }
    for name, service in composed.items():
        told = {
            variable
            for variable, value in (service.get("environment") or {}).items()
            if "made-up-" in str(value) and "PASSWORD" in variable
        }
        assert len(told) <= (5 if name == "results" else 3), name
        assert "made-up-postgres_password" not in str(service) or name == "postgres"
        assert "made-up-ncbi_api_key" not in str(service) or name == "worker"


def test_all_is_hardened_limited_and_started_again(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        is_once = service["restart"] == "no"
        assert is_once == (name in {"results", "apply"}), name
        if not is_once:
            assert service["deploy"]["resources"]["limits"]["memory"], name
        assert service["restart"] in {"no", "unless-stopped"}
        if name not in {"postgres", "redis"}:
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
            assert service["depends_on"], name


def test_who_is_waited_for_can_be_healthy(composed: dict[str, Any]) -> None:
    for name, service in composed.items():
        for other, wanted in (service.get("depends_on") or {}).items():
            if wanted["condition"] == "service_healthy":
                assert composed[other]["healthcheck"]["test"], f"{name} waits for {other}"
            if wanted["condition"] == "service_completed_successfully":
                assert composed[other]["restart"] == "no"


def test_what_goes_to_the_builder_is_chosen_by_name() -> None:
    lines = (DOCKER.parents[1] / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {"**/.env*", "**/*.db*"} <= set(rules)
