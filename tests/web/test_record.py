"""A record's own page."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from db.engine import Database
from db.histories import AskedHistory, iter_history
from litsweep.domain.reviewers import Role
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC
from tests.web.conftest import PEOPLE

Clients = Callable[[Role | None], TestClient]


def test_a_record_shows_where_it_was_found_and_what_people_decided(
    client_of: Clients, database: Database
) -> None:
    with database.reading() as conn:
        decided = list(iter_history(conn, AskedHistory(reviewer="Ada Fiction", topic=TOPIC)))[-1]
    page = client_of(Role.READER).get(path_to("records", decided.record_id)).text
    for words in ("About this record", "Found for", path_to("runs", 1), "Ada Fiction", "include"):
        assert words in page
    assert 'class="deciding"' not in page


def test_a_record_can_be_decided_upon_where_the_address_names_a_topic(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    here = path_to("records", 5, topic=TOPIC, stage="title_abstract")
    page = client.get(here).text
    form = page[page.index('class="deciding"') :]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = client.post(
        path_to("topics", TOPIC, "decisions"), data={**fields, "decision": "include"}
    )
    assert answer.headers["location"] == here
    assert "Your decision:" in client.get(here).text
    with database.reading() as conn:
        (stored,) = list(
            iter_history(conn, AskedHistory(reviewer=PEOPLE[Role.REVIEWER], topic=TOPIC))
        )
    assert (stored.record_id, stored.has_seen_machine_text) == (5, True)


def test_a_record_without_a_full_text_says_so(client_of: Clients) -> None:
    client = client_of(Role.READER)
    assert client.get(path_to("records", 1, "text")).status_code == 404
    assert client.get(path_to("records", 99_999)).status_code == 404
    assert "The full text was not sought" in client.get(path_to("records", 1)).text
