"""An address of every page of the desk, on the database of `tests.fakes.filled_database`."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from litsweep_app.web.application import PAGES
from litsweep_app.web.tables import TABLES
from litsweep_app.web.visit import path_to

_PARAMETER: Final = re.compile(r"\{(\w+)\}")

SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "topic": ("everything",),
    "stage": ("title_abstract", "full_text"),
    "list": ("flagged",),
    "record_list": ("flagged",),
    "table": tuple(TABLES),
    "run_id": ("1",),
    "record_id": ("12",),
    "summary_id": ("1",),
    "finding_id": ("1",),
    "position": ("0",),
    "search_run_id": ("1",),
    "pmid": ("90000001",),
}
"""What stands for the parameters of a path; a page with another one is not looked at by itself."""

NOT_PAGES: Final = frozenset({"/enter", "/export", "/tables/{table}", "/people/table"})
"""Addresses that answer with a file, or send on."""


def list_addresses() -> Iterator[str]:
    """Yield an address of each page that people look at, some with each of a few values.

    Raises:
        KeyError: a page has a parameter of which no sample is known: add one.
    """
    for page in PAGES:
        if "GET" in page.methods and not page.is_api and page.path not in NOT_PAGES:
            yield from _fill(page.path, SAMPLES)
    yield path_to("records", 12, topic=SAMPLES["topic"][0], stage="title_abstract")
    yield path_to("search", q="delirium", topic=SAMPLES["topic"][0])
    yield path_to("runs", 1, state="new")
    yield "/nowhere"


def list_all(samples: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield every address that can be got, pages, files and programs' alike.

    ``samples`` stand in place of those of the same name in `SAMPLES`.

    Raises:
        KeyError: a page has a parameter of which no sample is known: add one.
    """
    for page in PAGES:
        if "GET" in page.methods:
            yield from _fill(page.path, {**SAMPLES, **samples})


def _fill(path: str, samples: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    found = _PARAMETER.search(path)
    if found is None:
        yield path
        return
    for value in samples[found[1]]:
        yield from _fill(path.replace(found[0], value), samples)
