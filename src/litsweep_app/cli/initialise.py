"""``litsweep init``: a settings file and an empty results database in this folder."""

from importlib.resources import files

from db.engine import open_database
from litsweep.settings import hide_password, load_settings, settings_file
from litsweep_app.cli.console import say


def init() -> None:
    """Make litsweep.toml and the results database here; what exists is left as it is."""
    path = settings_file()
    if path.exists():
        say(f"{path} is there already: left as it is.")
    else:
        template = files("litsweep_app").joinpath("litsweep.template.toml").read_text("utf-8")
        path.write_text(template, encoding="utf-8")
        say(f"Wrote {path}: every setting, with its default.")
    settings = load_settings()
    open_database(settings.database_url, create=True).close()
    say(f"The results database is ready: {hide_password(settings.database_url)}")
    if settings.ncbi_email is None:
        say("Set NCBI_EMAIL to your address: NCBI asks every program for one.")
    say(
        "Next: litsweep topic add NAME --query '…', then litsweep sweep. In doubt: litsweep doctor."
    )
