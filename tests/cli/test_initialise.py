"""``init`` makes what is missing and leaves alone what is there."""

from pathlib import Path

from litsweep.settings import Settings
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
    assert named == set(Settings.model_fields) - {"ncbi_api_key"}
    assert "NCBI_API_KEY" in text
