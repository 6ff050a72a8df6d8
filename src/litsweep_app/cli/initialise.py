"""``litsweep init``: a settings file and an empty results database in this folder."""

from importlib.resources import files
from pathlib import Path

from db.engine import open_database
from litsweep.errors import SettingsError
from litsweep.settings import hide_password, load_settings, settings_file
from litsweep_app.cli.console import say


def init() -> None:
    """Make litsweep.toml and the results database here; what exists is left as it is."""
    settings, path = load_settings(), settings_file()
    open_database(settings.database_url, create=True).close()
    say(f"The results database is ready: {hide_password(settings.database_url)}")
    if path.exists():
        say(f"{path} is there already: left as it is.")
    else:
        _write_template(path)
        say(f"Wrote {path}: every setting, with its default.")
    if settings.ncbi_email is None:
        say("Set NCBI_EMAIL to your address: NCBI asks every program for one.")
    say(
        "Next: litsweep topic add NAME --query '…', then litsweep sweep. In doubt: litsweep doctor."
    )


def _write_template(path: Path) -> None:
    template = files("litsweep_app").joinpath("litsweep.template.toml").read_bytes()
    try:
        path.write_bytes(template)
    except OSError as error:
        raise SettingsError(
            f"{path.absolute()} cannot be written ({error.strerror}). Run this in a folder where "
            "you may write."
        ) from error
