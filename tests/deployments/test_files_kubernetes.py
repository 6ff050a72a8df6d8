"""The manifests: built by kubectl, held to Kubernetes' schemas, and to what they should name."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.actions import WorkPoolCreate

from tests.fakes.manifests import lines_of, walk, wrong_command, wrong_variables

KUBERNETES = Path(__file__).parents[2] / "deployments" / "kubernetes"
WORKERS = {"worker": "litsweep-worker", "gpu-worker": "litsweep-gpu"}
"""The secret of each; the user on the database has the same name, with an underscore."""


@cache
def _objects() -> list[dict[str, Any]]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed on this machine")
    done = subprocess.run(
        ["kubectl", "kustomize", str(KUBERNETES / "gpu")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    secrets = (KUBERNETES / "secrets.example.yaml").read_text("utf-8")
    return [*yaml.safe_load_all(done.stdout), *yaml.safe_load_all(secrets)]


def _pods() -> dict[str, dict[str, Any]]:
    return {
        each["metadata"]["name"]: pod
        for each in _objects()
        for pod in walk(each)
        if "containers" in pod
    }


def test_every_object_meets_the_schema_of_its_kind() -> None:
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is absent")
    for each in _objects():
        validator.validate(each, validator.latest_version(), strict=True)


def test_pods_run_without_rights_and_within_limits() -> None:
    assert len(_pods()) == 9
    for name, pod in _pods().items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"]:
            held = container["securityContext"]
            assert held["allowPrivilegeEscalation"] is False, name
            assert held["readOnlyRootFilesystem"] is True, name
            assert held["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


def test_every_command_module_and_variable_exists() -> None:
    for name, pod in _pods().items():
        for container in pod["containers"]:
            for words in lines_of(container["command"]):
                assert wrong_command(words) is None, name
            assert not wrong_variables([one["name"] for one in container.get("env", [])]), name
    for each in _objects():
        if each["kind"] in {"Secret", "ConfigMap"}:
            assert not wrong_variables(list(each.get("stringData") or each.get("data") or {}))


def test_what_pods_take_from_is_there() -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in _objects()}
    for name, pod in _pods().items():
        for source in (one for container in pod["containers"] for one in container["envFrom"]):
            kind = "Secret" if "secretRef" in source else "ConfigMap"
            (reference,) = source.values()
            assert (kind, reference["name"]) in there, name
        for volume in pod["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in there, name
        assert ("ServiceAccount", pod["serviceAccountName"]) in there, name


def test_each_worker_is_told_its_own_secret_and_connects_as_itself() -> None:
    for name, secret in WORKERS.items():
        (container,) = _pods()[name]["containers"]
        (url,) = [one["value"] for one in container["env"] if one["name"].endswith("DATABASE_URL")]
        assert f"//{secret.replace('-', '_')}@" in url
        told = {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
        assert told == {"litsweep-prefect", secret}
    secrets = [each for each in _objects() if each["kind"] == "Secret"]
    assert not any(value for each in secrets for value in each["stringData"].values())


def test_the_desk_connects_as_itself_and_knows_no_server() -> None:
    (container,) = _pods()["desk"]["containers"]
    (url,) = [one["value"] for one in container["env"] if one["name"].endswith("DATABASE_URL")]
    assert "//litsweep_desk@" in url
    told = {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
    assert told == {"litsweep-desk"}


def test_policies_and_budgets_choose_pods_that_there_are() -> None:
    labelled = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in _objects()
        if each["kind"] == "Deployment"
    ]
    for each in _objects():
        if each["kind"] not in {"NetworkPolicy", "PodDisruptionBudget"}:
            continue
        chosen = (each["spec"].get("podSelector") or each["spec"].get("selector") or {}).get(
            "matchLabels", {}
        )
        assert any(chosen.items() <= labels.items() for labels in labelled), each["metadata"]


@cache
def _template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads((KUBERNETES / "work-pool.json").read_text("utf-8"))
    return template


def test_the_work_pool_s_template_is_one_for_prefect() -> None:
    made = WorkPoolCreate(name="litsweep-k8s", type="kubernetes", base_job_template=_template())
    named = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(made.base_job_template)))
    assert named == set(_template()["variables"]["properties"])


def test_the_job_that_it_makes_is_one_for_kubernetes() -> None:
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is absent")
    values = {
        name: each.get("default", f"the-{name.replace('_', '-')}")
        for name, each in _template()["variables"]["properties"].items()
    }
    values |= {"env": [], "labels": {}, "command": ["prefect", "flow-run", "execute"]}
    job = _fill(_template()["job_configuration"]["job_manifest"], values)
    validator.validate(job, validator.latest_version(), strict=True)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"]


def _fill(part: Any, values: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: _fill(each, values) for name, each in part.items()}
    if isinstance(part, list):
        return [_fill(each, values) for each in part]
    if isinstance(part, str) and (alone := re.fullmatch(r"\{\{ (\w+) \}\}", part)):
        return values[alone[1]]
    if isinstance(part, str):
        return re.sub(r"\{\{ (\w+) \}\}", lambda found: str(values[found[1]]), part)
    return part
