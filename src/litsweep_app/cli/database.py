"""``litsweep db``: upgrade, check, index, back up, bring back, copy; and PostgreSQL's roles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from db import backup as backups
from db import roles as grants
from db import schema, soundness
from db.copying import copy_database
from litsweep.errors import UsageError
from litsweep.settings import hide_password, load_settings
from litsweep_app.cli.console import Exit, progress_bars, say, show, show_table

app = typer.Typer(
    help="Upgrade, check, back up, copy and protect the results database.", no_args_is_help=True
)

# A step for a log is told this often in a hundred; a bar moves as often.
_STEPS: Final = 20
_HASH_SHOWN: Final = 16


@app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this litsweep; a missing one is made."""
    url = load_settings().database_url
    before = schema.current_revision(url)
    schema.upgrade(url)
    after = schema.current_revision(url)
    say(f"{hide_password(url)} is at revision {after}" + (" already." if before == after else "."))


@app.command("check")
def check() -> None:
    """Look whether the database is sound, and count its rows; ends with 1 when it is not."""
    url = load_settings().database_url
    found = soundness.examine(url)
    if found.n_rows:
        show_table(["table", "rows"], [[name, f"{n:,}"] for name, n in found.n_rows.items()])
    if not found.faults:
        return say(f"{hide_password(url)} is ready and sound, at revision {found.revision}.")
    for fault in found.faults:
        say(f"{fault.what} {fault.way_out}")
    say(f"{hide_password(url)} is not sound ({found.state.value} schema).")
    raise typer.Exit(Exit.INCOMPLETE)


@app.command("reindex")
def reindex() -> None:
    """Make the search index anew from the records, which stay as they are."""
    n_records = soundness.reindex(load_settings().database_url)
    say(f"The search index knows {n_records:,} records.")


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over an older backup of that name.")
    ] = False,
) -> None:
    """Write everything into one SQLite file, whoever writes meanwhile."""
    with _progress() as listener:
        url = load_settings().database_url
        made = backups.back_up(url, file, replace=replace, listener=listener)
    say(f"{made.path} holds {made.n_rows:,} rows ({made.n_bytes / 1e6:,.1f} MB); it is sound.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `litsweep db backup` wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put it in place of a database with rows, kept aside."),
    ] = False,
) -> None:
    """Bring back a backup, also of an older litsweep; the backup itself is not changed."""
    from tasks.policies import is_alive  # which brings Prefect

    url = load_settings().database_url
    with _progress() as listener:
        done = backups.restore(
            url, file, replace=replace, is_owner_alive=is_alive, listener=listener
        )
    say(f"{hide_password(url)} holds the {done.n_rows:,} rows of {file}.")
    if done.kept_aside:
        say(f"What was there before is kept as {done.kept_aside}.")


@app.command("copy")
def copy(
    to: Annotated[str, typer.Option("--to", help="Address of an empty or missing database.")],
) -> None:
    """Copy everything into another database, of either kind, and compare every table."""
    url = load_settings().database_url
    with _progress() as listener:
        tables = copy_database(url, to, listener)
    rows = [
        [
            one.name,
            f"{one.source.n_rows:,}",
            f"{one.target.n_rows:,}",
            one.target.sha256[:_HASH_SHOWN],
            "equal" if one.is_equal else "DIFFERS",
        ]
        for one in tables
    ]
    show_table(["table", "rows here", "rows there", "hash there", "compared"], rows)
    n_rows = sum(one.target.n_rows for one in tables)
    say(
        f"{hide_password(to)} holds all {n_rows:,} rows; numbers and hashes of {len(tables)} "
        "tables are equal. Set database_url to it to use it; what is written here from now on is "
        "not in it."
    )


_PasswordFile = Annotated[Path | None, typer.Option(help="File whose first line is its password.")]


@app.command("roles")
def roles(
    reader: Annotated[str, typer.Option(help="Who may read and nothing else.")] = (
        grants.Part.READER.default_name
    ),
    worker: Annotated[str, typer.Option(help="Who may sweep, load and read documents.")] = (
        grants.Part.WORKER.default_name
    ),
    gpu: Annotated[str, typer.Option(help="Who may read documents and store the readings.")] = (
        grants.Part.GPU.default_name
    ),
    desk: Annotated[str, typer.Option(help="Who may store what people decide.")] = (
        grants.Part.DESK.default_name
    ),
    password_file: _PasswordFile = None,
    worker_password_file: _PasswordFile = None,
    gpu_password_file: _PasswordFile = None,
    desk_password_file: _PasswordFile = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Print the statements instead of running them.")
    ] = False,
) -> None:
    """Make the roles of a PostgreSQL database, or renew their rights; repeat it after upgrades."""
    url = load_settings().database_url
    given = {
        grants.Part.READER: (reader, password_file),
        grants.Part.WORKER: (worker, worker_password_file),
        grants.Part.GPU: (gpu, gpu_password_file),
        grants.Part.DESK: (desk, desk_password_file),
    }
    wanted = [
        grants.Role(part=part, name=name, password=_read_password(path))
        for part, (name, path) in given.items()
    ]
    if print_only:
        show("\n".join(f"{statement};" for statement in grants.describe_statements(url, wanted)))
        return say("The passwords: in psql, \\password NAME.")
    new = grants.make_roles(url, wanted)
    for role in wanted:
        say(f"{role.name}: {'made' if role.name in new else 'was there'}, {_describe(role, new)}.")
    say(
        f"For `litsweep sql` set reader_database_url to this database as {reader}; database_url to "
        f"it as {worker} for workers, as {gpu} for those that only read documents, as {desk} for "
        "people who decide. Upgrades, backups and these roles stay with the owner."
    )


def _describe(role: grants.Role, new: list[str]) -> str:
    if role.password is not None:
        return "with the password of the file"
    if role.name in new:
        return f"without a password yet (in psql: \\password {role.name})"
    return "its password unchanged"


def _read_password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        first = path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}).") from None
    if not first:
        raise UsageError(f"The first line of {path} is empty; it should be the password.")
    return first


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    waiting: dict[str, int] = {}
    told: dict[str, int] = {}
    with progress_bars() as advance:

        def listen(counted: str, n_more: int, n_total: int) -> None:
            waiting[counted] = waiting.get(counted, 0) + n_more
            done = told.get(counted, 0) + waiting[counted]
            if waiting[counted] * _STEPS >= n_total or done == n_total:
                advance(counted, waiting.pop(counted), n_total)
                told[counted] = done

        yield listen
