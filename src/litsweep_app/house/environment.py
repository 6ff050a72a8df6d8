"""The environment of each process of a house: what it inherits, and what is set for it."""

import json
import os
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from db.connections import parse_place
from litsweep.settings import Settings, hide_password, settings_file
from litsweep_app.house import family
from litsweep_app.house.options import LOOPBACK, HouseOptions

# Prefect's client waits 2, 4, 8 … seconds: nine tries outlive a server that is away 10 minutes.
_CLIENT_RETRIES: Final = "9"
_HIDDEN: Final = ("PASSWORD", "AUTH", "KEY", "SECRET", "TOKEN", "EMAIL")
_LOCAL: Final = "127.0.0.1,localhost,::1"


class Inherits(StrEnum):
    """What of the environment of ``litsweep up`` a process gets."""

    NO_SETTINGS = "no settings"
    """Not the variables of litsweep and NCBI, nor those of Prefect: the server needs none."""
    SETTINGS = "the settings of litsweep and NCBI"
    """Not Prefect's, which would lead elsewhere."""


_LEFT_OUT: Final = {
    Inherits.NO_SETTINGS: ("PREFECT_", "NCBI_", "LITSWEEP_"),
    Inherits.SETTINGS: ("PREFECT_",),
}
# How much is logged is the user's choice in any case.
_KEPT: Final = "PREFECT_LOGGING_"


def inherited(kind: Inherits) -> dict[str, str]:
    """Return what a process gets of this process's environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_LEFT_OUT[kind]) or name.startswith(_KEPT)
    }
    # A proxy for NCBI must not be asked for what is on this machine.
    direct = {
        name: ",".join(filter(None, (kept.get(name, ""), _LOCAL)))
        for name in ("NO_PROXY", "no_proxy")
    }
    return kept | direct


def list_settings() -> list[str]:
    """Return the names of the variables of litsweep and NCBI that are set."""
    return sorted(name for name in os.environ if name.startswith(("LITSWEEP_", "NCBI_")))


def of_server(options: HouseOptions, auth: str | None) -> dict[str, str]:
    """Return what is set for the Prefect server."""
    return _of_all(options) | {
        "PREFECT_HOME": str(options.server_home),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": options.server_database_url,
        "PREFECT_SERVER_API_HOST": options.host,
        "PREFECT_SERVER_API_PORT": str(options.port),
        # Kept in files, the slots of runs that died with the server come free by themselves.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        # Events are three quarters of what a night adds, and nobody looks at old ones; runs stay
        # for a quarter of a year (docs/scale.md).
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P7D",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "7776000",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The address that the browser came by, whatever machine that is on.
        "PREFECT_UI_API_URL": "/api",
        **({"PREFECT_SERVER_API_AUTH_STRING": auth} if auth else {}),
    }


def of_client(options: HouseOptions, auth: str | None) -> dict[str, str]:
    """Return what is set for whatever talks to the server."""
    return _of_all(options) | {
        "PREFECT_HOME": str(options.worker_home),
        "PREFECT_API_URL": options.api_url,
        "PREFECT_CLIENT_MAX_RETRIES": _CLIENT_RETRIES,
        **({"PREFECT_API_AUTH_STRING": auth} if auth else {}),
    }


def of_worker(options: HouseOptions, settings: Settings, auth: str | None) -> dict[str, str]:
    """Return what is set for a worker: flows run in temporary folders, so that paths are whole."""
    return (
        of_client(options, auth)
        | {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30", "PREFECT_WORKER_QUERY_SECONDS": "2"}
        | _whole_paths(settings)
        | _links_to_desk(options, settings)
    )


def of_desk(options: HouseOptions, settings: Settings) -> dict[str, str]:
    """Return what is set for the review desk: it listens on loopback, and knows no server."""
    return _of_all(options) | _whole_paths(settings) | {"LITSWEEP_DESK_HOST": LOOPBACK}


def _of_all(options: HouseOptions) -> dict[str, str]:
    return {family.MARK: str(options.folder), "DO_NOT_TRACK": "1"}


def _links_to_desk(options: HouseOptions, settings: Settings) -> dict[str, str]:
    """Have links lead to the house's own desk, unless the settings name another address."""
    if not options.has_desk or settings.desk_url:
        return {}
    return {"LITSWEEP_DESK_URL": options.desk_url}


def _whole_paths(settings: Settings) -> dict[str, str]:
    found: dict[str, str] = {}
    if settings_file().is_file():
        found["LITSWEEP_SETTINGS_FILE"] = str(settings_file().absolute())
    for name in ("database_url", "reader_database_url"):
        url = getattr(settings, name)
        if url and (path := parse_place(url).path):
            found[f"LITSWEEP_{name.upper()}"] = f"sqlite:///{path}"
    if settings.models_dir:
        found["LITSWEEP_MODELS_DIR"] = str(settings.models_dir.absolute())
    if any(model.folder and not model.folder.is_absolute() for model in settings.models.values()):
        found["LITSWEEP_MODELS"] = json.dumps(_models_with_whole_paths(settings))
    return found


def _models_with_whole_paths(settings: Settings) -> dict[str, dict[str, object]]:
    found = {}
    for name, model in settings.models.items():
        found[name] = model.model_dump(mode="json", exclude_unset=True)
        if model.folder:
            found[name]["folder"] = str(model.folder.absolute())
    return found


def show_variables(variables: Iterable[tuple[str, str]]) -> list[str]:
    """Return ``NAME=value`` lines for people; a secret is only said to be set."""
    return [
        f"{name}=(hidden)"
        if any(word in name for word in _HIDDEN)
        else f"{name}={hide_password(value) if '://' in value else value}"
        for name, value in variables
    ]
