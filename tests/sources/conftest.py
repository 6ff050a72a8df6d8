"""Settings with a key and an e-mail that must never be seen, and a pause that takes no time."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from litsweep.settings import Settings
from litsweep.sources.throttle import Throttle
from tests.sources.fakes.pauses import Pauses

API_KEY = "0123456789abcdef0123456789abcdef4242"
EMAIL = "somebody.private@example.org"


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def api_key() -> str:
    return API_KEY


@pytest.fixture
def email() -> str:
    return EMAIL


@pytest.fixture
def settings() -> Settings:
    return Settings(
        ncbi_api_key=SecretStr(API_KEY),
        ncbi_email=EMAIL,
        eutils_url="http://eutils.example/entrez/eutils/",
        pmc_cloud_url="http://cloud.example/",
        europe_pmc_url="http://europe.example/rest/",
        retries=2,
    )


@pytest.fixture
def unthrottled() -> Callable[[], Throttle]:
    """A throttle that lets everything through at once."""

    def make() -> Throttle:
        ticks = iter(range(10**9))
        return Throttle(1.0, clock=lambda: 10.0 * next(ticks), sleep=lambda _: None)

    return make
