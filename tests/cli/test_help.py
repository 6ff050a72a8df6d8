"""Every command and every option says what it is for."""

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from litsweep_app.cli.app import app
from tests.cli.conftest import Litsweep

ROOT = typer.main.get_command(app)


def _commands(
    command: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, sub in getattr(command, "commands", {}).items():
        yield from _commands(sub, (*path, name))


COMMANDS = dict(_commands(ROOT))
IDS = [" ".join(path) or "litsweep" for path in COMMANDS]


@pytest.mark.parametrize("path", COMMANDS, ids=IDS)
def test_each_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert getattr(command, "help", None), "the command has no help"
    undocumented = [
        param.name for param in getattr(command, "params", []) if not getattr(param, "help", None)
    ]
    assert not undocumented
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.stdout


def test_all_commands_are_there() -> None:
    wanted = (
        "init doctor topic sweep backfill load read search show sql runs loads digest alerts lag "
        "sandbox demo db models"
    )
    assert set(wanted.split()) <= {path[0] for path in COMMANDS if path}


def test_without_arguments_the_help_is_shown(litsweep: Litsweep) -> None:
    done = litsweep()
    assert done.code == 2
    assert "sandbox" in done.said


def test_an_unknown_command_is_wrong_use(litsweep: Litsweep) -> None:
    done = litsweep("swep")
    assert done.code == 2
    assert "No such command" in done.err


def test_version(litsweep: Litsweep) -> None:
    done = litsweep("--version")
    assert (done.code, done.out.split()[0]) == (0, "litsweep")
