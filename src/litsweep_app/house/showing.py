"""What is said about a house: what it would run (`--print`), and where it is when it stands."""

import shlex
from collections.abc import Iterator

from litsweep_app.house.environment import Inherits, list_settings, show_variables
from litsweep_app.house.options import HouseOptions
from litsweep_app.house.plan import HousePlan, ProcessPlan

_INHERITED = {
    Inherits.NO_SETTINGS: "this environment, less PREFECT_, NCBI_ and LITSWEEP_ variables",
    Inherits.SETTINGS: "this environment, less PREFECT_ variables",
}


def describe_plan(plan: HousePlan) -> Iterator[str]:
    """Yield the lines that say what would be run, with every secret hidden."""
    for number, process in enumerate(plan.processes, 1):
        yield f"{number}. {process.name}: {process.what}"
        yield from (f"   {line}" for line in _describe(plan, process))
        yield ""
    yield "Addresses"
    yield from (f"   {line}" for line in describe_addresses(plan.options))
    yield "Files"
    yield from (f"   {line}" for line in _describe_files(plan))
    names = ", ".join(list_settings()) or "none"
    yield f"Variables of litsweep and NCBI that the workers get: {names}"
    yield f"Stopped in the order {', '.join(one.name for one in reversed(plan.processes))}."


def _describe(plan: HousePlan, process: ProcessPlan) -> Iterator[str]:
    yield f"command  {shlex.join(process.command)}"
    if process.after:
        yield f"after    {', '.join(process.after)}"
    yield f"ready    when {process.ready}"
    restart = process.restart
    yield (
        f"restart  when it ends, after {restart.first_pause_s:g} to {restart.longest_pause_s:g} s; "
        f"given up after {restart.n_quick} deaths within {restart.quick_s:g} s of a start"
    )
    yield f"log      {plan.log_of(process)}"
    yield f"gets     {_INHERITED[process.inherits]}, and"
    yield from (f"         {line}" for line in show_variables(sorted(process.sets.items())))


def _describe_files(plan: HousePlan) -> Iterator[str]:
    options = plan.options
    yield f"{options.folder} (readable by you alone)"
    if options.prefect_database_url is None:
        yield f"{options.server_database}: Prefect's own database"
    yield f"{options.server_home}, {options.worker_home}: what Prefect keeps beside it"
    yield f"{options.log_folder}: one log a process, 5 MB and one older file at most"
    if options.has_auth:
        yield f"{options.password_file}: user and password of the server, made once"
    yield f"results: {plan.results_database}"


def describe_addresses(options: HouseOptions) -> Iterator[str]:
    """Yield where a house is and how it is used."""
    if options.has_desk:
        yield f"review desk     {options.desk_url}"
    yield f"user interface  {options.server_url}"
    yield f"API             {options.api_url}"
    yield f"health page     {options.health_url} (for programs: {options.health_url}/health)"
    yield f"folder          {options.folder}"
    yield ""
    yield "To use it from another shell:"
    yield f"   export PREFECT_API_URL={options.api_url}"
    if options.has_auth:
        file = shlex.quote(str(options.password_file))
        yield f'   export PREFECT_API_AUTH_STRING="$(cat {file})"'
    yield "To start a night: in the user interface under Deployments, or there"
    yield "   prefect deployment run nightly/nightly"
