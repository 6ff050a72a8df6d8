from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from db.engine import Database, open_database
from litsweep.settings import Settings
from tasks.pace import ncbi_throttle, open_eutils, open_full_texts

KEY = "0123456789abcdef0123456789abcdef4242"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'litsweep.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, create=True)
    yield opened
    opened.close()


def slot_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("litsweep.db.rate-*"))


def test_the_limit_is_kept_beside_the_database_one_file_a_key_and_the_key_in_none(
    url: str, database: Database, tmp_path: Path
) -> None:
    without = Settings(database_url=url)
    with_key = Settings(database_url=url, ncbi_api_key=SecretStr(KEY))
    for settings in (without, with_key, with_key):
        throttle = ncbi_throttle(settings, database)
        throttle.replied(throttle.wait())
        assert str(throttle).startswith(f"the file {tmp_path}/litsweep.db.rate-")
    files = slot_files(tmp_path)
    assert len(files) == 2
    assert not any(KEY in name or KEY in (tmp_path / name).read_text() for name in files)


def test_another_place_to_ask_has_a_limit_of_its_own(
    url: str, database: Database, tmp_path: Path
) -> None:
    for address in ("http://one.example/", "http://other.example/"):
        ncbi_throttle(Settings(database_url=url, eutils_url=address), database).wait()
    assert len(slot_files(tmp_path)) == 2


def test_every_source_that_tasks_ask_has_a_shared_limit(
    url: str, database: Database, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9/"
    settings = Settings(
        database_url=url,
        eutils_url=f"{nowhere}eutils",
        pmc_cloud_url=f"{nowhere}cloud",
        europe_pmc_url=f"{nowhere}europe",
        retries=0,
    )
    with (
        open_eutils(settings, database) as eutils,
        open_full_texts(settings, database, eutils) as full_texts,
    ):
        full_texts.fetch("PMC1")
    assert len(slot_files(tmp_path)) == 3
