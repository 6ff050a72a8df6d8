"""What the documents promise is there: every command they show parses, every module exists."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from litsweep.models.registry import MODELS, get_spec
from litsweep.settings import load_settings
from litsweep_app.cli.app import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "deployments/README.md",
    "deployments/postgresql.md",
    "deployments/docker/README.md",
    "deployments/kubernetes/README.md",
    "deployments/systemd/README.md",
    "docs/models.md",
)
ROOT_COMMAND = typer.main.get_command(app)


def _commands() -> list[str]:
    found = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text("utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
        inline = re.findall(r"`(litsweep [^`]+)`", text)
        lines = [line for block in blocks for line in block.splitlines()]
        found += [line for line in lines + inline if line.startswith("litsweep ")]
    return sorted(set(found))


def test_documents_show_commands() -> None:
    assert len(_commands()) >= 10


@pytest.mark.parametrize("line", _commands())
def test_documented_command_parses(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = ROOT_COMMAND
    while words and (group := getattr(command, "commands", None)):
        name = words.pop(0)
        assert name in group, f"{line}: no such command"
        command = group[name]
    known = {
        name
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    unknown = [word for word in words if word.startswith("--") and word not in known]
    assert not unknown, f"{line}: {unknown}"


def test_documented_models_can_be_declared() -> None:
    text = (ROOT / "docs" / "models.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.S)
    Path("litsweep.toml").write_text("\n".join(blocks), "utf-8")
    settings = load_settings()
    assert settings.accepted_models == {"biomedlm"}
    assert [get_spec(name, settings).name for name in settings.models] == ["my-t5", "qwen"]


def test_documented_sizes_windows_and_licences_are_the_registry_s() -> None:
    text = (ROOT / "docs" / "models.md").read_text("utf-8")
    for spec in MODELS.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{spec.name}`"))
        for shown in (spec.model_id, f"{spec.n_parameters:,}", f"{spec.context_window:,}"):
            assert f"| {shown} |" in row
        assert f"| {spec.licence} |" in row


def test_documented_modules_exist() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    named = {name for text in texts for name in re.findall(r"python -m ([\w.]+)", text)}
    assert named
    assert not [name for name in named if importlib.util.find_spec(name) is None]


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.M))
    assert named
    assert not [name for name in named if f"\n{name}:" not in makefile]
