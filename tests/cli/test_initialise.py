"""``init`` makes what is missing and leaves alone what is there."""

import re
from pathlib import Path

from litsweep.models.registry import get_spec
from litsweep.settings import Settings, load_settings
from tests.cli.conftest import Litsweep


def test_init_makes_settings_and_database(litsweep: Litsweep, tmp_path: Path) -> None:
    done = litsweep("init")
    assert done.code == 0
    # A reader that closes last leaves SQLite's log files beside the database.
    assert {path.name.removesuffix("-shm").removesuffix("-wal") for path in tmp_path.iterdir()} == {
        "litsweep.toml",
        "litsweep.db",
    }
    assert "litsweep topic add" in done.err


def test_init_twice_keeps_the_files(litsweep: Litsweep, tmp_path: Path) -> None:
    litsweep("init")
    (tmp_path / "litsweep.toml").write_text('ncbi_email = "a@example.org"\n', "utf-8")
    litsweep("topic", "add", "asthma", "--query", "asthma")
    before = (tmp_path / "litsweep.db").read_bytes()
    done = litsweep("init")
    assert done.code == 0
    assert (tmp_path / "litsweep.toml").read_text("utf-8") == 'ncbi_email = "a@example.org"\n'
    assert (tmp_path / "litsweep.db").read_bytes() == before
    assert "left as it is" in done.err


def test_the_settings_file_names_every_setting_but_the_key(
    litsweep: Litsweep, tmp_path: Path
) -> None:
    litsweep("init")
    text = (tmp_path / "litsweep.toml").read_text("utf-8")
    named = {name for name in Settings.model_fields if f"\n# {name} = " in text}
    secrets = {"ncbi_api_key", "served_api_key", "smtp_password"}
    assert named == set(Settings.model_fields) - secrets - {"models"}
    assert "NCBI_API_KEY" in text
    assert "LITSWEEP_SERVED_API_KEY" in text
    assert "LITSWEEP_SMTP_PASSWORD" in text


def test_what_the_settings_file_shows_can_be_used(litsweep: Litsweep, tmp_path: Path) -> None:
    litsweep("init")
    path = tmp_path / "litsweep.toml"
    shown = path.read_text("utf-8")
    path.write_text(re.sub(r"^# (?=\[models|\w+ = )", "", shown, flags=re.M), "utf-8")
    settings = load_settings()
    assert get_spec("my-model", settings).context_window == 1024
    defaults = Settings.model_construct()
    examples = {
        *("ncbi_email", "models_dir", "models", "batch_tokens", "requests_per_second"),
        *("reader_database_url", "dask_scheduler", "desk_url", "notification_blocks"),
        *("mail_to", "mail_from", "smtp_host", "smtp_user"),
    }
    for name in set(Settings.model_fields) - examples:
        assert getattr(settings, name) == getattr(defaults, name), name
