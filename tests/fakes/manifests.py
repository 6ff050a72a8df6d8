"""What the deployment files name, taken out of them: commands, variables, modules."""

import importlib.util
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import typer.main
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_settings_fields
from prefect_redis.client import RedisMessagingSettings

from litsweep.settings import Settings
from litsweep_app.cli.app import app

_NCBI = {"NCBI_EMAIL", "NCBI_API_KEY"}


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside a value, itself included."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def lines_of(command: Sequence[str]) -> list[list[str]]:
    """The commands that a container's command stands for: itself, or those of its script."""
    if command[0] not in {"sh", "/bin/sh"}:
        return [list(command)]
    return [shlex.split(line, comments=True) for line in command[-1].splitlines()]


def wrong_command(words: Sequence[str]) -> str | None:
    """Say what is wrong with a command of ours, or with a module; None: nothing."""
    words = list(words)
    if words[:2] == ["python", "-m"]:
        return None if importlib.util.find_spec(words[2]) else f"no module {words[2]}"
    if not words or words[0] != "litsweep":
        return None
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    while rest and (group := getattr(command, "commands", None)):
        if (name := rest.pop(0)) not in group:
            return f"litsweep has no command {name}"
        command = group[name]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    return f"{' '.join(words)}: no option {unknown}" if unknown else None


def wrong_variables(names: Sequence[str]) -> list[str]:
    """The variables that nothing reads: of litsweep, NCBI or Prefect."""
    prefects = set(_get_settings_fields(PrefectSettings))
    redis = {
        f"PREFECT_REDIS_MESSAGING_{name.upper()}" for name in RedisMessagingSettings.model_fields
    }
    ours = {f"LITSWEEP_{name.upper()}" for name in Settings.model_fields}
    known = prefects | redis | ours | _NCBI
    return [
        name for name in names if re.match(r"(LITSWEEP|NCBI|PREFECT)_", name) and name not in known
    ]
