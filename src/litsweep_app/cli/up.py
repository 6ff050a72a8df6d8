"""``litsweep up``: Prefect's server, what is deployed on it and its worker, on this machine."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.status import Status

from db import topics
from db.engine import open_database
from litsweep.settings import Settings, hide_password, load_settings
from litsweep_app.cli.console import Exit, err, say, show
from litsweep_app.house.options import HouseOptions

_REMIND_S: Final = 15.0
_PORT = typer.Option(min=0, max=65535, help="Port of the Prefect server; 0: any free one.")
_HEALTH_PORT = typer.Option(min=0, max=65535, help="Port of the health page; 0: any free one.")
_DESK_PORT = typer.Option(min=0, max=65535, help="Port of the review desk; 0: any free one.")
_DATABASE = typer.Option(
    help="Where Prefect keeps its own data, postgresql://USER@HOST/NAME; without it, a file in "
    "the folder. It is no place for results.",
    envvar="PREFECT_SERVER_DATABASE_CONNECTION_URL",
    show_envvar=False,
)


def up(
    folder: Annotated[Path, typer.Option(help="Where the house keeps its files.")] = Path(
        "litsweep-house"
    ),
    host: Annotated[
        str, typer.Option(help="Address the Prefect server listens on; others need --auth.")
    ] = "127.0.0.1",
    port: Annotated[int, _PORT] = 4200,
    health_port: Annotated[int, _HEALTH_PORT] = 4201,
    limit: Annotated[int, typer.Option(min=1, max=64, help="Runs at a time on the worker.")] = 2,
    gpu: Annotated[
        bool, typer.Option("--gpu", help="Also a worker that keeps the models in memory.")
    ] = False,
    desk: Annotated[
        bool, typer.Option("--desk/--no-desk", help="Also the review desk, where people decide.")
    ] = True,
    desk_port: Annotated[int, _DESK_PORT] = 8765,
    auth: Annotated[
        bool, typer.Option("--auth", help="Ask for a password; it is made and kept in the folder.")
    ] = False,
    prefect_database_url: Annotated[str | None, _DATABASE] = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Show what would be run, and run nothing.")
    ] = False,
) -> None:
    """Stand up everything that nightly sweeps need on this machine, and keep it running.

    A Prefect server with its user interface, the deployments and their schedule, a worker, and the
    review desk, on this machine alone unless --host says otherwise (the desk in any case). What
    dies is started again; Ctrl-C stops everything. What is kept is in the folder, and in the
    results database of the settings.
    """
    settings = load_settings()
    options = HouseOptions(
        folder=folder.expanduser().absolute(),
        host=host,
        port=_chosen(port),
        health_port=_chosen(health_port),
        limit=limit,
        has_auth=auth,
        has_gpu=gpu,
        has_desk=desk,
        desk_port=_chosen(desk_port),
        prefect_database_url=prefect_database_url,
    )
    if print_only:
        return _print(options, settings)
    _stand(options, settings)


def _chosen(port: int) -> int:
    from litsweep_app.ports import free_port

    return port or free_port()


def _print(options: HouseOptions, settings: Settings) -> None:
    from litsweep_app.house.plan import build_plan
    from litsweep_app.house.showing import describe_plan

    for line in describe_plan(build_plan(options, settings, "USER:PASSWORD" * options.has_auth)):
        show(line)


def _stand(options: HouseOptions, settings: Settings) -> None:
    from litsweep_app.house import folder

    folder.prepare_folder(options)
    with folder.locked(options, say) as lock:
        folder.require_free_ports(options)
        _prepare_results(settings)
        folder.prepare_server_database(options)
        _run(options, settings, folder.read_or_make_auth(options), lock)


def _prepare_results(settings: Settings) -> None:
    database = open_database(settings.database_url, create=True)
    try:
        with database.reading() as conn:
            known = topics.list_topics(conn)
    finally:
        database.close()
    say(f"Results are kept in {hide_password(settings.database_url)}")
    if not known:
        say("There is no topic yet, so that a night finds nothing to do. Add one, now or later:")
        say("  litsweep topic add NAME --query '…'")
    if settings.ncbi_email is None:
        say("NCBI_EMAIL is not set: NCBI asks for an address, and may block those without one.")


def _run(options: HouseOptions, settings: Settings, auth: str | None, lock: int) -> None:
    from litsweep_app.house.health import HealthWatch
    from litsweep_app.house.health_server import serving
    from litsweep_app.house.plan import build_plan
    from litsweep_app.house.readiness import ReadinessProbe
    from litsweep_app.house.server_client import ServerClient
    from litsweep_app.house.standing import keep, listening
    from litsweep_app.house.supervisor import Supervisor

    plan = build_plan(options, settings, auth)
    server = ServerClient(options.api_url, auth)
    supervisor = Supervisor(plan, lock=lock, is_ready=ReadinessProbe(server).is_ready, announce=say)
    watch = HealthWatch(options, server, supervisor.statuses, settings.database_url)
    with listening(supervisor) as wishes, serving(watch, options), _progress() as progress:
        say(f"Standing up the house in {options.folder} (Ctrl-C stops it) …")
        keep(
            supervisor,
            wishes,
            find_complaints=lambda: watch.look().complaints,
            progress=progress,
            when_standing=lambda: _show_addresses(options, settings),
        )
    server.close()
    if wishes.at_once:
        say("Ended at once.")
        raise typer.Exit(Exit.INTERRUPTED)
    say("The house has stopped. What was stored stays; the next start goes on from there.")


def _show_addresses(options: HouseOptions, settings: Settings) -> None:
    from litsweep_app.cli.desk import make_first_address
    from litsweep_app.house.showing import describe_addresses

    desk = make_first_address(settings, options.desk_url) if options.has_desk else []
    show("\nThe house stands.")
    for line in (*desk, *describe_addresses(options)):
        show(f"  {line}".rstrip())
    show("To stop it: Ctrl-C here.")


@contextmanager
def _progress() -> Iterator[Callable[[list[str]], None]]:
    """Show what is awaited: on a terminal as a line that changes, else a line now and then."""
    if not err.is_terminal:
        yield _Reminder().tell
        return
    with Status("", console=err) as line:

        def tell(awaited: list[str]) -> None:
            if awaited:
                line.update(f"waiting for {', '.join(awaited)}")
            else:
                line.stop()

        yield tell


class _Reminder:
    """Says what is still awaited once in a while, for a log."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def tell(self, awaited: list[str]) -> None:
        """Take what is awaited now."""
        if awaited and time.monotonic() - self._told_at >= _REMIND_S:
            self._told_at = time.monotonic()
            say(f"still waiting for {', '.join(awaited)}")
